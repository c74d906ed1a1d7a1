"""What a record carries comes back as it was sent; too large records are refused, and nothing else is."""

import time
from collections.abc import Callable

import pytest

from tests.clients.facade import Client, Refused, Sent, produce, read, take

UNKNOWN = -1  # what aiokafka makes of a code that it does not know
MESSAGE_TOO_LARGE = 10
INVALID_TIMESTAMP = 32
INVALID_RECORD = 87
LIMIT = 1_048_588  # message.max.bytes
BATCH_OVERHEAD = 100
ONE_MB = LIMIT - BATCH_OVERHEAD
LARGE = {
    "kafka-python": {"max_request_size": 10_000_000},
    "aiokafka": {"max_request_size": 10_000_000},
    "confluent-kafka": {"message_max_bytes": 10_000_000},
}


def test_headers_keep_their_order_and_may_repeat(client: Client, topic: str) -> None:
    headers = (
        ("b", b"1"),
        ("a", b"2"),
        ("b", b""),
        ("ключ", "значение".encode()),
        ("blob", bytes(range(256))),
    )
    produce(client.producer(), topic, [Sent(b"v", b"k", headers), Sent(b"v", b"k")])
    assert [record.headers for record in read(client, topic, 2)] == [headers, ()]


def test_null_and_empty_keys_and_values_stay_apart(client: Client, topic: str) -> None:
    combinations = [
        (key, value)
        for key in (None, b"", b"k")
        for value in (None, b"", b"v")
        if key is not None or value is not None
    ]
    produce(client.producer(), topic, [Sent(value, key) for key, value in combinations])
    assert [(record.key, record.value) for record in read(client, topic, len(combinations))] == combinations


def test_a_record_of_one_megabyte_comes_back(client: Client, topic: str) -> None:
    value = bytes(range(256)) * (ONE_MB // 256)
    produce(client.producer(**LARGE[client.name]), topic, [Sent(value), Sent(b"after")])
    assert [record.value for record in read(client, topic, 2)] == [value, b"after"]


def test_a_record_above_the_limit_is_refused_and_the_next_one_is_not(client: Client, topic: str) -> None:
    producer = client.producer(enable_idempotence=False, **LARGE[client.name])
    with pytest.raises(Refused) as refusal:
        produce(producer, topic, [Sent(b"x" * (LIMIT + 1))])
    assert refusal.value.code == MESSAGE_TOO_LARGE
    produce(producer, topic, [Sent(b"small")])
    assert [record.value for record in read(client, topic, 1)] == [b"small"]


def test_a_topic_may_have_a_smaller_limit(client: Client, unique: str, new_topic: Callable[..., str]) -> None:
    topic = new_topic(unique, max_message_bytes="2000")
    producer = client.producer(enable_idempotence=False)
    produce(producer, topic, [Sent(b"x" * 1800)])
    with pytest.raises(Refused) as refusal:
        produce(producer, topic, [Sent(b"x" * 2000)])
    assert refusal.value.code == MESSAGE_TOO_LARGE
    assert [len(record.value or b"") for record in read(client, topic, 1)] == [1800]


def test_a_topic_may_have_a_larger_limit_and_fetches_return_what_exceeds_theirs(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, max_message_bytes="10000000")
    value = b"0123456789abcdef" * 300_000
    produce(client.producer(**LARGE[client.name]), topic, [Sent(value), Sent(b"after")])
    small = {"fetch_max_bytes": 1000, "max_partition_fetch_bytes": 1000}
    options = {"fetch_message_max_bytes": 1000} if client.name == "confluent-kafka" else small
    assert [record.value for record in read(client, topic, 2, **options)] == [value, b"after"]


def test_timestamps_are_the_producers(client: Client, topic: str) -> None:
    now = int(time.time() * 1000)
    times = [now, now - 5000, 1, now + 1000]
    produce(client.producer(), topic, [Sent(b"v", timestamp_ms=at) for at in times])
    assert [record.timestamp_ms for record in read(client, topic, len(times))] == times


def test_without_a_timestamp_the_producers_clock_counts(client: Client, topic: str) -> None:
    before = int(time.time() * 1000)
    produce(client.producer(), topic, [Sent(b"v")])
    (record,) = read(client, topic, 1)
    assert before <= record.timestamp_ms <= int(time.time() * 1000)


@pytest.mark.parametrize("codec", ["none", "lz4"])
def test_a_topic_with_log_append_time_has_the_brokers_timestamps(
    codec: str, client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    options = {} if codec == "none" else {"compression_type": codec}
    produce(client.producer(**options), topic, [Sent(b"v", timestamp_ms=at) for at in (1, 2, 3)])
    seen = read(client, topic, 3)
    assert all(before <= record.timestamp_ms <= int(time.time() * 1000) for record in seen)


def test_a_timestamp_too_far_in_the_future_is_refused(client: Client, topic: str) -> None:
    in_two_hours = int(time.time() * 1000) + 2 * 3_600_000
    with pytest.raises(Refused) as refusal:
        produce(client.producer(), topic, [Sent(b"v", timestamp_ms=in_two_hours)])
    assert refusal.value.code == INVALID_TIMESTAMP


def test_a_compacted_topic_refuses_records_without_a_key(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, cleanup_policy="compact")
    producer = client.producer(enable_idempotence=False)
    with pytest.raises(Refused) as refusal:
        produce(producer, topic, [Sent(b"v")])
    assert refusal.value.code == (UNKNOWN if client.name == "aiokafka" else INVALID_RECORD)
    produce(producer, topic, [Sent(b"v", b"k")])
    assert [record.key for record in read(client, topic, 1)] == [b"k"]


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_records_arrive_whatever_acknowledgement_is_asked_for(acks: str, client: Client, topic: str) -> None:
    options: dict[str, object] = {"acks": acks if acks == "all" else int(acks), "enable_idempotence": False}
    placed = produce(client.producer(**options), topic, [Sent(b"%d" % n) for n in range(500)])
    assert [record.value for record in read(client, topic, 500)] == [b"%d" % n for n in range(500)]
    if acks != "0":
        assert [place.offset for place in placed] == list(range(500))


def test_records_of_one_key_keep_their_order_across_many_requests(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 4)
    producer = client.producer()
    for start in range(0, 2000, 200):
        produce(producer, topic, [Sent(b"%d" % n, b"key %d" % (n % 7)) for n in range(start, start + 200)])
    by_key: dict[bytes | None, list[int]] = {}
    for record in read(client, topic, 2000, partitions=range(4)):
        by_key.setdefault(record.key, []).append(int(record.value or b""))
    assert by_key == {b"key %d" % k: list(range(k, 2000, 7)) for k in range(7)}


def test_a_waiting_consumer_gets_a_record_as_soon_as_it_is_there(client: Client, topic: str) -> None:
    consumer = client.consumer(fetch_min_bytes=1, **longest_wait(client))
    consumer.assign([(topic, 0)])
    assert consumer.poll(0.3) == []
    producer = client.producer()
    produce(producer, topic, [Sent(b"first")])
    assert [record.value for record in take(consumer, 1)] == [b"first"]
    started = time.monotonic()
    produce(producer, topic, [Sent(b"second")])
    assert [record.value for record in take(consumer, 1)] == [b"second"]
    assert time.monotonic() - started < 2.0


def longest_wait(client: Client) -> dict[str, object]:
    """A fetch that would wait for five seconds when nothing woke it."""
    return {"fetch_wait_max_ms" if client.name == "confluent-kafka" else "fetch_max_wait_ms": 5000}
