"""What was acknowledged is there again after a restart, also when the broker was killed; clients carry on."""

import gc
import logging
import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from tests.clients.conftest import create_topic, wait_for_coordinator
from tests.clients.facade import (
    Client,
    Committed,
    Consumer,
    Placed,
    Refused,
    Sent,
    produce,
    read,
    take,
    until,
)
from tests.harness.broker_process import BrokerProcess

NAMES = ("kafka-python", "aiokafka", "confluent-kafka")
PATIENT = {
    "kafka-python": {"retry_backoff_ms": 100, "reconnect_backoff_max_ms": 500, "linger_ms": 0},
    "aiokafka": {"retry_backoff_ms": 100},
    "confluent-kafka": {"retry_backoff_ms": 100, "message_timeout_ms": 60_000},
}


# kafka-python forgets to close the sockets of connections that were refused.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def collect_forgotten_sockets(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """They are to go within the test that made them, so no log record may keep their errors."""
    caplog.set_level(logging.CRITICAL, logger="kafka")
    yield
    gc.collect()


def end(broker: BrokerProcess, how: str) -> None:
    if how == "SIGTERM":
        assert broker.stop() in (0, 143, -15)
    else:
        broker.kill()


@pytest.fixture
def own_admin(own_broker: BrokerProcess) -> AdminClient:
    return AdminClient({"bootstrap.servers": own_broker.bootstrap})


def committed_after_load(consumer: Consumer, partition: tuple[str, int]) -> Committed | None:
    """The committed offset, once the coordinator has loaded its log."""
    found: list[Committed | None] = []

    def answers() -> bool:
        try:
            found.append(consumer.committed(partition))
        except Refused as refusal:
            if refusal.code not in (14, 15, 16):  # loading, not available, not the coordinator (yet)
                raise
        return bool(found)

    until(answers, "the coordinator answers")
    return found[0]


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_records_offsets_topics_and_configs_survive(
    how: str, own_broker: BrokerProcess, own_admin: AdminClient, clients: Callable[..., Client]
) -> None:
    create_topic(own_admin, "kept", 3, {"retention.ms": "123456789", "cleanup.policy": "compact"})
    create_topic(own_admin, "gone", 1, {})
    wait_for_coordinator(own_broker.bootstrap)
    client = clients("confluent-kafka", own_broker.bootstrap)
    now_ms = int(time.time() * 1000)
    sent = [Sent(b"%d" % n, b"key %d" % n, (("h", b"%d" % n),), n % 3, now_ms + n) for n in range(3000)]
    produce(client.producer(compression_type="zstd"), "kept", sent)
    before = read(client, "kept", 3000, partitions=range(3))
    member = client.consumer("kept", group="readers")
    take(member, 3000)
    member.commit()
    member.commit({("kept", 1): Committed(500, "half")})
    member.close()
    own_admin.delete_topics(["gone"])["gone"].result(10)
    cluster = own_admin.list_topics().cluster_id

    end(own_broker, how)
    own_broker.start()

    client = clients("confluent-kafka", own_broker.bootstrap)
    assert read(client, "kept", 3000, partitions=range(3)) == before
    reader = client.consumer(group="readers")
    assert committed_after_load(reader, ("kept", 0)) == Committed(1000, "")
    half = reader.committed(("kept", 1))
    assert half is not None
    assert half.offset == 500
    assert reader.offset_at(("kept", 2), now_ms + 1502) == 500
    listed = own_admin.list_topics()
    assert listed.cluster_id == cluster
    assert "gone" not in listed.topics
    resource = ConfigResource(ConfigResource.Type.TOPIC, "kept")
    config = own_admin.describe_configs([resource])[resource].result(10)
    assert config["retention.ms"].value == "123456789"
    assert produce(client.producer(), "kept", [Sent(b"more", b"key", partition=0)]) == [Placed(0, 1000)]


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("name", NAMES)
def test_an_idempotent_producer_carries_on_over_a_restart(
    name: str, how: str, own_broker: BrokerProcess, own_admin: AdminClient, clients: Callable[..., Client]
) -> None:
    create_topic(own_admin, "t", 1, {})
    producer = clients(name, own_broker.bootstrap).producer(enable_idempotence=True, **PATIENT[name])
    placed = produce(producer, "t", [Sent(b"%d" % n) for n in range(100)])
    end(own_broker, how)
    for n in range(100, 200):
        producer.send("t", Sent(b"%d" % n, partition=0))
    own_broker.start()
    placed += producer.results()
    assert placed == [Placed(0, n) for n in range(200)]
    seen = read(clients("confluent-kafka", own_broker.bootstrap), "t", 200)
    assert [record.value for record in seen] == [b"%d" % n for n in range(200)]


@pytest.mark.parametrize("name", NAMES)
def test_a_consumer_group_carries_on_over_a_restart(
    name: str, own_broker: BrokerProcess, own_admin: AdminClient, clients: Callable[..., Client]
) -> None:
    create_topic(own_admin, "t", 2, {})
    wait_for_coordinator(own_broker.bootstrap)
    client = clients(name, own_broker.bootstrap)
    writer = clients("confluent-kafka", own_broker.bootstrap).producer()
    member = client.consumer("t", group="g")
    produce(writer, "t", [Sent(b"%d" % n, partition=n % 2) for n in range(100)])
    take(member, 100)
    member.commit()
    own_broker.restart()
    produce(writer, "t", [Sent(b"%d" % n, partition=n % 2) for n in range(100, 200)])
    seen: set[tuple[int, int]] = set()

    def complete() -> bool:
        seen.update((record.partition, record.offset) for record in member.poll(0.3))
        return len(seen) >= 100

    until(complete, "the rest is read")
    assert seen == {(partition, offset) for partition in range(2) for offset in range(50, 100)}

    def commits() -> bool:
        try:
            member.commit()
        except Refused:
            member.poll(0.3)
            return False
        return True

    until(commits, "the group commits again")


@pytest.mark.needs_api(24, 26)  # AddPartitionsToTxn, EndTxn
def test_a_transaction_left_open_by_a_killed_broker_is_not_seen_and_can_be_replaced(
    own_broker: BrokerProcess, own_admin: AdminClient, clients: Callable[..., Client]
) -> None:
    create_topic(own_admin, "t", 1, {})
    wait_for_coordinator(own_broker.bootstrap)
    client = clients("confluent-kafka", own_broker.bootstrap)
    producer = client.producer(transactional_id="id")
    producer.begin()
    produce(producer, "t", [Sent(b"committed")])
    producer.commit()
    producer.begin()
    produce(producer, "t", [Sent(b"open")])
    own_broker.kill()
    own_broker.start()
    replacing = clients("confluent-kafka", own_broker.bootstrap).producer(transactional_id="id")
    replacing.begin()
    produce(replacing, "t", [Sent(b"new")])
    replacing.commit()
    reader = client.consumer(isolation_level="read_committed")
    reader.assign([("t", 0)])
    assert [record.value for record in take(reader, 2)] == [b"committed", b"new"]


def test_what_was_acknowledged_before_each_of_three_kills_is_there(
    own_broker: BrokerProcess, own_admin: AdminClient, clients: Callable[..., Client]
) -> None:
    own_admin.create_topics([NewTopic("t", 4, 1)])["t"].result(10)
    acknowledged: set[tuple[int, int, bytes]] = set()
    for life in range(3):
        producer = clients("confluent-kafka", own_broker.bootstrap).producer(compression_type="lz4")
        values = [b"life %d record %d" % (life, n) for n in range(1000)]
        for value, place in zip(values, produce(producer, "t", [Sent(v) for v in values]), strict=True):
            acknowledged.add((*place, value))
        own_broker.kill()
        own_broker.start()
    seen = read(clients("confluent-kafka", own_broker.bootstrap), "t", 3000, partitions=range(4))
    assert {(record.partition, record.offset, record.value) for record in seen} == acknowledged


@pytest.mark.kafkapy_promise
def test_a_new_broker_serves_groups_at_once(
    own_broker: BrokerProcess, clients: Callable[..., Client]
) -> None:
    """The very first requests for a group need no second attempt."""
    consumer = clients("confluent-kafka", own_broker.bootstrap).consumer(group="g")
    assert consumer.committed(("t", 0)) is None
