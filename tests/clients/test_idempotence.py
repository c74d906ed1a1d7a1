"""Idempotent producers whose connection is cut at the worst moments: each record is there once, in order."""

import struct
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.clients.facade import Client, Placed, Sent, produce, read, take
from tests.clients.proxy import PRODUCE, Proxy
from tests.harness.broker_process import BrokerProcess

TRANSACTIONAL = frozenset({PRODUCE, 24, 26})  # AddPartitionsToTxn, EndTxn
CLIENT_OPTIONS = {
    "kafka-python": {"max_in_flight_requests_per_connection": 5, "retry_backoff_ms": 50, "batch_size": 2000},
    "aiokafka": {"retry_backoff_ms": 50, "max_batch_size": 2000},
    "confluent-kafka": {"retry_backoff_ms": 50, "batch_num_messages": 20, "reconnect_backoff_ms": 10},
}


@pytest.fixture
def proxy(broker: BrokerProcess) -> Iterator[Proxy]:
    with Proxy(broker.bootstrap) as proxy:
        yield proxy


def every(count: int, verdict: str, apis: frozenset[int] = frozenset({PRODUCE})) -> Callable[[bytes], str]:
    """Say `verdict` to every `count`-th request of these APIs, but to no more than six."""
    seen: Counter[str] = Counter()

    def rule(frame: bytes) -> str:
        if struct.unpack_from(">h", frame)[0] not in apis:
            return "pass"
        seen["requests"] += 1
        if seen["requests"] % count or seen["lost"] >= 6:
            return "pass"
        seen["lost"] += 1
        return verdict

    return rule


@pytest.mark.parametrize("verdict", ["lose-answer", "lose-request", "lose-half"])
@pytest.mark.parametrize("name", sorted(CLIENT_OPTIONS))
def test_a_connection_cut_in_mid_flight_makes_neither_duplicates_nor_gaps(
    name: str, verdict: str, proxy: Proxy, topic: str, clients: Callable[..., Client], bootstrap: str
) -> None:
    producer = clients(name, proxy.bootstrap).producer(enable_idempotence=True, **CLIENT_OPTIONS[name])
    proxy.on_request(every(3, verdict))
    for n in range(600):
        producer.send(topic, Sent(b"%06d" % n + b"." * 94, partition=0))
    results = producer.results()
    assert proxy.cuts >= 3
    proxy.on_request(lambda frame: "pass")
    assert results == [Placed(0, n) for n in range(600)]
    seen = read(clients("confluent-kafka", bootstrap), topic, 600)
    assert [int((record.value or b"")[:6]) for record in seen] == list(range(600))


@pytest.mark.parametrize("name", sorted(CLIENT_OPTIONS))
def test_without_idempotence_an_answer_lost_may_repeat_a_record_but_loses_none(
    name: str, proxy: Proxy, topic: str, clients: Callable[..., Client], bootstrap: str
) -> None:
    producer = clients(name, proxy.bootstrap).producer(
        enable_idempotence=False, acks="all", **CLIENT_OPTIONS[name]
    )
    proxy.on_request(every(3, "lose-answer"))
    for n in range(300):
        producer.send(topic, Sent(b"%06d" % n + b"." * 94, partition=0))
    assert all(isinstance(result, Placed) for result in producer.results())
    assert proxy.cuts >= 3
    consumer = clients("confluent-kafka", bootstrap).consumer()
    _, end = consumer.bounds((topic, 0))
    seen = read(clients("confluent-kafka", bootstrap), topic, end)
    assert end > 300
    assert {int((record.value or b"")[:6]) for record in seen} == set(range(300))


@pytest.mark.needs_api(24, 25, 26, 28)  # AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit
@pytest.mark.parametrize("verdict", ["lose-answer", "lose-request"])
@pytest.mark.parametrize("name", sorted(CLIENT_OPTIONS))
def test_transactions_are_whole_though_connections_to_their_coordinator_are_cut(
    name: str,
    verdict: str,
    proxy: Proxy,
    topic: str,
    unique: str,
    clients: Callable[..., Client],
    bootstrap: str,
) -> None:
    producer = clients(name, proxy.bootstrap).producer(transactional_id=unique, **CLIENT_OPTIONS[name])
    proxy.on_request(every(4, verdict, TRANSACTIONAL))
    for n in range(20):
        producer.begin()
        produce(producer, topic, [Sent(b"%d %d" % (n, m)) for m in range(3)])
        producer.abort() if n % 5 == 4 else producer.commit()
    assert proxy.cuts >= 3
    expected = [b"%d %d" % (n, m) for n in range(20) if n % 5 != 4 for m in range(3)]
    reader = clients("confluent-kafka", bootstrap).consumer(isolation_level="read_committed")
    reader.assign([(topic, 0)])
    assert [record.value for record in take(reader, len(expected))] == expected


def test_a_consumer_whose_connections_are_cut_misses_nothing_and_repeats_nothing(
    client: Client, proxy: Proxy, topic: str, clients: Callable[..., Client]
) -> None:
    producer = client.producer()
    consumer = clients(client.name, proxy.bootstrap).consumer()
    consumer.assign([(topic, 0)])
    seen: list[int] = []
    for start in range(0, 500, 100):
        for n in range(start, start + 100):
            producer.send(topic, Sent(b"%d" % n))
        producer.results()
        proxy.cut_all()
        while len(seen) < start + 100:
            seen += [int(record.value or b"") for record in consumer.poll(0.5)]
    assert seen == list(range(500))
