"""Fixtures of the real-client tests: one broker process, fresh names, clients that always get closed."""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import confluent_kafka
import pytest
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from kafka.protocol.metadata.api_versions import ApiVersionsRequest, ApiVersionsResponse

from tests.clients.aiokafka_client import AiokafkaClient
from tests.clients.confluent_client import ConfluentClient
from tests.clients.facade import Client, until
from tests.clients.kafka_python_client import KafkaPythonClient
from tests.clients.raw import RawConnection
from tests.harness.broker_process import BrokerProcess

CLIENTS: dict[str, type[Client]] = {
    client.name: client for client in (KafkaPythonClient, AiokafkaClient, ConfluentClient)
}
SETTINGS = (
    "authorizer.class.name=",
    "num.partitions=4",
    "log.initial.task.delay.ms=500",
    "log.retention.check.interval.ms=500",
    "log.cleaner.backoff.ms=200",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.consumer.min.session.timeout.ms=1000",
    "group.consumer.session.timeout.ms=3000",
    "group.consumer.min.heartbeat.interval.ms=300",
    "group.consumer.heartbeat.interval.ms=300",
    "group.consumer.assignment.interval.ms=0",
    "group.share.min.heartbeat.interval.ms=300",
    "group.share.heartbeat.interval.ms=300",
    "group.share.assignment.interval.ms=0",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
    "share.coordinator.state.topic.num.partitions=4",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms=500",
)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """The broker that the tests share; whoever stops or fills it uses `own_broker`."""
    with BrokerProcess(tmp_path_factory.mktemp("clients") / "data", *SETTINGS) as broker:
        wait_for_coordinator(broker.bootstrap)
        yield broker


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker of this test alone, to be stopped, killed and started again."""
    with BrokerProcess(tmp_path / "data", *SETTINGS) as broker:
        yield broker


def wait_for_coordinator(bootstrap: str) -> None:
    """Until the broker answers for groups: Apache Kafka says NOT_COORDINATOR for a while at first."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": "first"})

    def answers() -> bool:
        try:
            return not consumer.committed([TopicPartition("none", 0)], 10)[0].error
        except KafkaException:
            return False

    until(answers, "an answer of the group coordinator", 30)
    consumer.close()


@pytest.fixture(scope="session")
def offered_apis(broker: BrokerProcess) -> set[int]:
    """The keys of the APIs that the broker says it has."""
    with RawConnection(broker.bootstrap) as connection:
        request = ApiVersionsRequest(client_software_name="kafkapy-tests", client_software_version="1")
        return {api.api_key for api in connection.ask(request, ApiVersionsResponse, 3).api_keys}


@pytest.fixture(autouse=True)
def needs_api(request: pytest.FixtureRequest) -> None:
    """A broker offers what it implements and nothing else: tests of other APIs wait until it offers them."""
    for mark in request.node.iter_markers("needs_api"):
        missing = set(mark.args) - request.getfixturevalue("offered_apis")
        if missing:
            pytest.skip(f"the broker does not offer the APIs {sorted(missing)}")


@pytest.fixture
def bootstrap(broker: BrokerProcess) -> str:
    return broker.bootstrap


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses: for topics, groups and transactional ids."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name.removeprefix("test_"))
    return f"{words[:60].strip('-')}-{secrets.token_hex(3)}"


@pytest.fixture
def group(unique: str) -> str:
    return f"group-{unique}"


@pytest.fixture
def topic(unique: str, new_topic: Callable[..., str]) -> str:
    """A new topic with one partition."""
    return new_topic(unique)


@pytest.fixture(scope="session")
def admin(broker: BrokerProcess) -> AdminClient:
    """confluent-kafka's admin client of the shared broker."""
    return AdminClient({"bootstrap.servers": broker.bootstrap})


def create_topic(admin: AdminClient, name: str, partitions: int, config: Mapping[str, str]) -> None:
    """Create a topic and wait until each partition has a leader, for which Apache Kafka takes a moment."""
    admin.create_topics([NewTopic(name, partitions, 1, config=dict(config))])[name].result(20)

    def has_leaders() -> bool:
        topic = admin.list_topics(timeout=10).topics.get(name)  # asked by its name, it would be created again
        return topic is not None and [p.leader for p in topic.partitions.values()] == [1] * partitions

    until(has_leaders, f"a leader for each partition of {name}")


@pytest.fixture
def new_topic(admin: AdminClient) -> Callable[..., str]:
    """`new_topic(name, partitions=1, **config)` creates a topic; config keys are written with "_" for "."."""

    def create(name: str, partitions: int = 1, **config: str) -> str:
        create_topic(admin, name, partitions, {key.replace("_", "."): value for key, value in config.items()})
        return name

    return create


@pytest.fixture
def clients() -> Iterator[Callable[..., Client]]:
    """`clients(name, bootstrap)` gives a client library; it is closed when the test ends."""
    opened: list[Client] = []

    def client(name: str, bootstrap: str) -> Client:
        opened.append(CLIENTS[name](bootstrap))
        return opened[-1]

    yield client
    for one in reversed(opened):
        one.close()


@pytest.fixture(params=sorted(CLIENTS))
def client(request: pytest.FixtureRequest, bootstrap: str, clients: Callable[..., Client]) -> Client:
    """Each client library in turn, connected to the shared broker."""
    return clients(request.param, bootstrap)


@pytest.fixture
def confluent(bootstrap: str, clients: Callable[..., Client]) -> Client:
    """confluent-kafka, where the test is about the broker and any client would do."""
    return clients("confluent-kafka", bootstrap)


@pytest.fixture(scope="session")
def rounds() -> Callable[[int], int]:
    """`rounds(200)` is 200, or ten times as many when KAFKAPY_LONG is set."""
    return lambda normal: normal * 10 if os.environ.get("KAFKAPY_LONG") else normal
