"""Transactions: all or nothing for readers of committed records, one producer per id, offsets included."""

from collections.abc import Callable

import pytest

from tests.clients.facade import Client, Consumer, Refused, Sent, produce, settle, take

pytestmark = pytest.mark.needs_api(
    24, 25, 26, 28
)  # AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit
COMMITTED = {"isolation_level": "read_committed"}
FENCED = {90, 47, -144, -1000}  # PRODUCER_FENCED, INVALID_PRODUCER_EPOCH; librdkafka's, aiokafka's own


def committed_reader(client: Client, topic: str, partitions: int = 1) -> Consumer:
    consumer = client.consumer(**COMMITTED)
    consumer.assign([(topic, partition) for partition in range(partitions)])
    return consumer


def test_a_committed_transaction_is_seen_whole(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 3)
    producer = client.producer(transactional_id=unique)
    reader = committed_reader(client, topic, 3)
    producer.begin()
    produce(producer, topic, [Sent(b"%d" % n, partition=n % 3) for n in range(30)])
    assert reader.poll(0.5) == []
    producer.commit()
    assert {record.value for record in take(reader, 30)} == {b"%d" % n for n in range(30)}


def test_an_aborted_transaction_is_never_seen_by_readers_of_committed_records(
    client: Client, topic: str, unique: str
) -> None:
    producer = client.producer(transactional_id=unique)
    for n in range(6):
        producer.begin()
        produce(producer, topic, [Sent(b"%d" % n)])
        producer.commit() if n % 2 else producer.abort()
    assert [record.value for record in take(committed_reader(client, topic), 3)] == [b"1", b"3", b"5"]
    everything = client.consumer()
    everything.assign([(topic, 0)])
    assert [record.value for record in take(everything, 6)] == [b"%d" % n for n in range(6)]


def test_readers_of_committed_records_wait_behind_an_open_transaction(
    client: Client, topic: str, unique: str
) -> None:
    writing = client.producer(transactional_id=unique)
    writing.begin()
    produce(writing, topic, [Sent(b"open")])
    produce(client.producer(), topic, [Sent(b"plain")])
    reader = committed_reader(client, topic)
    assert reader.poll(0.5) == []
    writing.abort()
    assert [record.value for record in take(reader, 1)] == [b"plain"]


def test_interleaved_transactions_are_told_apart(client: Client, topic: str, unique: str) -> None:
    first = client.producer(transactional_id=f"{unique}-1")
    second = client.producer(transactional_id=f"{unique}-2")
    first.begin()
    second.begin()
    for n in range(5):
        produce(first, topic, [Sent(b"first %d" % n)])
        produce(second, topic, [Sent(b"second %d" % n)])
    first.abort()
    second.commit()
    seen = take(committed_reader(client, topic), 5)
    assert [record.value for record in seen] == [b"second %d" % n for n in range(5)]


def test_a_second_producer_of_the_same_id_fences_the_first_and_aborts_what_it_left(
    client: Client, topic: str, unique: str
) -> None:
    first = client.producer(transactional_id=unique)
    first.begin()
    produce(first, topic, [Sent(b"left behind")])
    second = client.producer(transactional_id=unique)
    with pytest.raises(Refused) as refusal:
        first.commit()
    assert refusal.value.code in FENCED
    second.begin()
    produce(second, topic, [Sent(b"new")])
    second.commit()
    assert [record.value for record in take(committed_reader(client, topic), 1)] == [b"new"]


def test_offsets_are_committed_with_the_transaction_or_not_at_all(
    client: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    source, target = new_topic(f"{unique}-source"), new_topic(f"{unique}-target")
    produce(client.producer(), source, [Sent(b"%d" % n) for n in range(10)])
    consumer = client.consumer(source, group=group, **COMMITTED)
    settle([consumer], lambda owned: owned[0] == {(source, 0)}, "it owns the source")
    producer = client.producer(transactional_id=unique)

    producer.begin()
    produce(producer, target, [Sent(b"lost")])
    producer.send_offsets(consumer, {(source, 0): 10})
    producer.abort()
    assert client.consumer(group=group).committed((source, 0)) is None

    producer.begin()
    produce(producer, target, [Sent(b"kept")])
    producer.send_offsets(consumer, {(source, 0): 4})
    producer.commit()
    committed = client.consumer(group=group, **COMMITTED).committed((source, 0))
    assert committed is not None
    assert committed.offset == 4
    assert [record.value for record in take(committed_reader(client, target), 1)] == [b"kept"]


def test_one_producer_runs_many_transactions_over_many_partitions(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 4)
    producer = client.producer(transactional_id=unique)
    for n in range(40):
        producer.begin()
        produce(producer, topic, [Sent(b"%d" % n, partition=p) for p in range(4)])
        producer.commit()
    seen = take(committed_reader(client, topic, 4), 160)
    for partition in range(4):
        values = [record.value for record in seen if record.partition == partition]
        assert values == [b"%d" % n for n in range(40)]


def test_transactions_of_every_client_are_read_by_every_client(
    bootstrap: str, topic: str, unique: str, clients: Callable[..., Client]
) -> None:
    names = ("aiokafka", "confluent-kafka", "kafka-python")
    for name in names:
        producer = clients(name, bootstrap).producer(transactional_id=f"{unique}-{name}")
        producer.begin()
        produce(producer, topic, [Sent(b"aborted")])
        producer.abort()
        producer.begin()
        produce(producer, topic, [Sent(name.encode())])
        producer.commit()
    for name in names:
        seen = take(committed_reader(clients(name, bootstrap), topic), 3)
        assert [record.value for record in seen] == [other.encode() for other in names], f"read by {name}"


def test_a_transaction_that_takes_too_long_is_aborted_by_the_broker(
    client: Client, topic: str, unique: str
) -> None:
    """Kafka looks for them every transaction.abort.timed.out.transaction.cleanup.interval.ms."""
    producer = client.producer(transactional_id=unique, transaction_timeout_ms=1000)
    producer.begin()
    produce(producer, topic, [Sent(b"slow")])
    produce(client.producer(), topic, [Sent(b"plain")])
    assert [record.value for record in take(committed_reader(client, topic), 1)] == [b"plain"]
    with pytest.raises(Refused):
        producer.commit()
