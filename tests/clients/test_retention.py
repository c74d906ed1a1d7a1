"""What the broker removes by itself, seen by consumers: old segments, what is too much, outdated keys."""

from collections.abc import Callable

from tests.clients.facade import Client, Seen, Sent, produce, read, take, until

SMALL_SEGMENTS = {"segment_bytes": "1048576", "segment_ms": "1000", "file_delete_delay_ms": "100"}


def test_records_older_than_the_retention_time_go(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, retention_ms="1000", **SMALL_SEGMENTS)
    producer = client.producer()
    produce(producer, topic, [Sent(b"old")] * 10)
    consumer = client.consumer()
    until(lambda: consumer.bounds((topic, 0)) == (10, 10), "the old records are gone")
    produce(producer, topic, [Sent(b"new")])
    consumer.assign([(topic, 0)])
    assert [(record.offset, record.value) for record in take(consumer, 1)] == [(10, b"new")]


def test_a_log_is_cut_to_its_size(confluent: Client, unique: str, new_topic: Callable[..., str]) -> None:
    topic = new_topic(unique, retention_bytes="2000000", **{**SMALL_SEGMENTS, "segment_ms": "604800000"})
    producer = confluent.producer()
    for n in range(8):
        produce(producer, topic, [Sent(b"%d" % n + b"x" * 100_000) for _ in range(8)])
    consumer = confluent.consumer()
    begin, end = until(lambda: bounds_when_cut(confluent, topic), "old segments are gone")
    assert end == 64
    consumer.assign([(topic, 0)])
    kept = take(consumer, end - begin)
    assert 2_000_000 <= sum(len(record.value or b"") for record in kept) <= 3_200_000
    assert [record.offset for record in kept] == list(range(begin, end))


def bounds_when_cut(client: Client, topic: str) -> tuple[int, int] | None:
    begin, end = client.consumer().bounds((topic, 0))
    return (begin, end) if begin >= 30 else None


def test_a_compacted_topic_keeps_the_last_value_of_each_key_and_its_end(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(
        unique,
        cleanup_policy="compact",
        min_cleanable_dirty_ratio="0.01",
        delete_retention_ms="0",
        **SMALL_SEGMENTS,
    )
    producer = client.producer()
    for value in range(20):
        produce(producer, topic, [Sent(b"%d" % value, b"key %d" % key) for key in range(50)])
    produce(producer, topic, [Sent(None, b"key %d" % key) for key in range(10)])

    def compacted() -> list[Seen] | None:
        produce(producer, topic, [Sent(b"roll", b"roll")])  # a segment is rolled by what comes after it
        seen = up_to_the_end(client, topic)
        keys = [record.key for record in seen if record.key != b"roll"]
        return seen if sorted(keys) == sorted(b"key %d" % key for key in range(10, 50)) else None

    seen = until(compacted, "only the last values are left", 25)
    assert {record.value for record in seen if record.key != b"roll"} == {b"19"}
    offsets = [record.offset for record in seen]
    assert offsets == sorted(offsets)
    assert offsets[0] >= 19 * 50


def up_to_the_end(client: Client, topic: str) -> list[Seen]:
    """Everything that is in the partition; the consumer gets to the end, whatever was removed before it."""
    consumer = client.consumer()
    _, end = consumer.bounds((topic, 0))
    consumer.assign([(topic, 0)])
    seen: list[Seen] = []
    until(
        lambda: seen.extend(consumer.poll(0.2)) or consumer.position((topic, 0)) >= end, "the end is reached"
    )
    consumer.close()
    return seen


def test_deleting_by_time_and_compacting_go_together(
    confluent: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, cleanup_policy="compact,delete", retention_ms="1500", **SMALL_SEGMENTS)
    produce(confluent.producer(), topic, [Sent(b"v", b"k")] * 5)
    until(lambda: confluent.consumer().bounds((topic, 0)) == (5, 5), "everything is gone")
    produce(confluent.producer(), topic, [Sent(b"new", b"k")])
    assert [record.offset for record in read(confluent, topic, 1)] == [5]
