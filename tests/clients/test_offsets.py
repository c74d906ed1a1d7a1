"""Where records are: beginning and end, positions, seeking, searching by time, and committed offsets."""

import time
from collections.abc import Callable

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.clients.facade import Client, Committed, Refused, Sent, produce, take

OFFSET_OUT_OF_RANGE = 1
OFFSET_METADATA_TOO_LARGE = 12


def delete_records(admin: AdminClient, topic: str, before: int) -> None:
    for deleted in admin.delete_records([TopicPartition(topic, 0, before)]).values():
        assert deleted.result(10).low_watermark == before


def test_an_empty_partition_begins_and_ends_at_zero(client: Client, topic: str) -> None:
    assert client.consumer().bounds((topic, 0)) == (0, 0)


def test_the_end_moves_with_records_and_the_beginning_with_deletion(
    client: Client, topic: str, admin: AdminClient
) -> None:
    produce(client.producer(), topic, [Sent(b"%d" % n) for n in range(10)])
    consumer = client.consumer()
    assert consumer.bounds((topic, 0)) == (0, 10)
    delete_records(admin, topic, 4)
    assert consumer.bounds((topic, 0)) == (4, 10)
    consumer.assign([(topic, 0)])
    assert [record.offset for record in take(consumer, 6)] == list(range(4, 10))
    assert consumer.position((topic, 0)) == 10


def test_a_consumer_seeks_forth_and_back_also_into_the_middle_of_a_batch(client: Client, topic: str) -> None:
    produce(client.producer(compression_type="gzip"), topic, [Sent(b"%d" % n) for n in range(100)])
    consumer = (
        client.consumer(max_poll_records=1000) if client.name != "confluent-kafka" else client.consumer()
    )
    consumer.assign([(topic, 0)])
    assert len(take(consumer, 100)) == 100
    for offset in (37, 99, 0, 50):
        consumer.seek((topic, 0), offset)
        seen = take(consumer, 100 - offset)
        assert [record.value for record in seen] == [b"%d" % n for n in range(offset, 100)]


def test_an_offset_out_of_range_starts_again_at_the_beginning(
    client: Client, topic: str, admin: AdminClient
) -> None:
    produce(client.producer(), topic, [Sent(b"%d" % n) for n in range(10)])
    delete_records(admin, topic, 5)
    consumer = client.consumer(auto_offset_reset="earliest")
    consumer.assign([(topic, 0)])
    take(consumer, 5)
    consumer.seek((topic, 0), 2)
    assert [record.offset for record in take(consumer, 5)] == [5, 6, 7, 8, 9]
    consumer.seek((topic, 0), 1000)
    assert [record.offset for record in take(consumer, 5)] == [5, 6, 7, 8, 9]


def test_an_offset_out_of_range_is_an_error_without_a_reset_policy(client: Client, topic: str) -> None:
    produce(client.producer(), topic, [Sent(b"v")])
    consumer = client.consumer(auto_offset_reset="error" if client.name == "confluent-kafka" else "none")
    consumer.assign([(topic, 0)])
    if client.name == "confluent-kafka":
        take(consumer, 1)
    consumer.seek((topic, 0), 5)
    with pytest.raises(Refused) as refusal:
        take(consumer, 1)
    # librdkafka wraps it: "no offset to reset to"
    assert refusal.value.code == (-140 if client.name == "confluent-kafka" else OFFSET_OUT_OF_RANGE)


def test_latest_starts_after_what_is_there(client: Client, topic: str) -> None:
    producer = client.producer()
    produce(producer, topic, [Sent(b"old")])
    consumer = client.consumer(auto_offset_reset="latest")
    consumer.assign([(topic, 0)])
    deadline = time.monotonic() + 10
    seen = consumer.poll(0.2)
    while not seen and time.monotonic() < deadline:
        produce(producer, topic, [Sent(b"new")])
        seen = consumer.poll(0.2)
    assert {record.value for record in seen} == {b"new"}


@pytest.mark.parametrize("codec", ["none", "gzip", "zstd"])
def test_the_first_record_at_or_after_a_time_is_found_inside_batches(
    codec: str, client: Client, topic: str
) -> None:
    producer = client.producer(**({} if codec == "none" else {"compression_type": codec}))
    start = int(time.time() * 1000) - 100_000
    for first in (0, 10, 20):
        produce(producer, topic, [Sent(b"v", timestamp_ms=start + n * 100) for n in range(first, first + 10)])
    consumer = client.consumer()
    for n in (0, 3, 10, 17, 29):
        assert consumer.offset_at((topic, 0), start + n * 100) == n
        assert consumer.offset_at((topic, 0), start + n * 100 - 50) == n
    assert consumer.offset_at((topic, 0), 0) == 0
    assert consumer.offset_at((topic, 0), start + 29 * 100 + 1) is None


def test_times_out_of_order_find_the_first_offset_that_is_late_enough(client: Client, topic: str) -> None:
    now = int(time.time() * 1000)
    times = [now - 5000, now - 1000, now - 4000, now - 3000, now]
    produce(client.producer(), topic, [Sent(b"v", timestamp_ms=at) for at in times])
    consumer = client.consumer()
    assert consumer.offset_at((topic, 0), now - 4500) == 1
    assert consumer.offset_at((topic, 0), now - 999) == 4


def test_searching_an_empty_partition_by_time_finds_nothing(client: Client, topic: str) -> None:
    assert client.consumer().offset_at((topic, 0), 1) is None


def test_an_offset_that_was_never_committed_is_absent(client: Client, topic: str, group: str) -> None:
    assert client.consumer(group=group).committed((topic, 0)) is None


def test_a_group_may_commit_for_partitions_it_assigned_itself(
    client: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 2)
    consumer = client.consumer(group=group)
    consumer.assign([(topic, 0), (topic, 1)])
    consumer.commit({(topic, 0): Committed(7, "a note"), (topic, 1): Committed(0, "")})
    consumer.commit({(topic, 0): Committed(5, "another note")})
    other = client.consumer(group=group)
    first, second = other.committed((topic, 0)), other.committed((topic, 1))
    assert first is not None
    assert first.offset == 5
    assert second == Committed(0, "")
    if client.name != "aiokafka":
        assert first.metadata == "another note"


def test_reading_goes_on_at_the_committed_offset(client: Client, topic: str, group: str) -> None:
    produce(client.producer(), topic, [Sent(b"%d" % n) for n in range(20)])
    first = client.consumer(group=group)
    first.assign([(topic, 0)])
    take(first, 20)
    first.commit({(topic, 0): Committed(12, "")})
    first.close()
    second = client.consumer(group=group)
    second.assign([(topic, 0)])
    assert [record.value for record in take(second, 8)] == [b"%d" % n for n in range(12, 20)]


def test_metadata_above_the_limit_is_refused(client: Client, topic: str, group: str) -> None:
    consumer = client.consumer(group=group)
    consumer.assign([(topic, 0)])
    with pytest.raises(Refused) as refusal:
        consumer.commit({(topic, 0): Committed(1, "x" * 4097)})
    assert refusal.value.code == OFFSET_METADATA_TOO_LARGE
    allowed = 4095 if client.name == "confluent-kafka" else 4096  # confluent-kafka sends a NUL as well
    consumer.commit({(topic, 0): Committed(1, "x" * allowed)})
