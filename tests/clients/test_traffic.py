"""Many clients at the same time: nothing is lost, nothing comes twice, the order holds."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.clients.facade import Client, Consumer, Seen, Sent, produce, take, until

NAMES = ("kafka-python", "aiokafka", "confluent-kafka")
PARTITIONS = 6


def test_a_consumer_of_many_partitions_gets_what_trickles_into_them(
    client: Client, unique: str, new_topic: Callable[..., str]
) -> None:
    """kafka-python fetches in a session, so that the broker has to remember what it was asked for."""
    topic = new_topic(unique, 60)
    consumer = client.consumer()
    consumer.assign([(topic, partition) for partition in range(60)])
    producer = client.producer()
    for start in range(12):
        touched = [(start * 7 + step * 11) % 60 for step in range(5)]
        produce(producer, topic, [Sent(b"%d" % start, partition=partition) for partition in touched])
        seen = take(consumer, 5)
        assert sorted(record.partition for record in seen) == sorted(touched)
        assert {record.value for record in seen} == {b"%d" % start}
    consumer.assign([(topic, partition) for partition in range(30, 60)])
    produce(producer, topic, [Sent(b"after", partition=partition) for partition in (3, 33)])
    until(lambda: (b"after", 33) in {(r.value, r.partition) for r in consumer.poll(0.2)}, "only what is left")


def test_producers_of_every_kind_write_at_the_same_time(
    unique: str, bootstrap: str, clients: Callable[..., Client], new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, PARTITIONS)
    codecs = ("lz4", "gzip", "zstd")

    def write(name: str, codec: str) -> None:
        producer = clients(name, bootstrap).producer(compression_type=codec)
        for start in range(0, 2000, 200):
            batch = [
                Sent(b"%d" % n, name.encode(), partition=n % PARTITIONS) for n in range(start, start + 200)
            ]
            produce(producer, topic, batch)

    with ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(write, name, codec) for name, codec in zip(NAMES, codecs, strict=True)]
        reading = [pool.submit(read_all, clients(name, bootstrap), topic, 6000) for name in NAMES]
        for done in (*writing, *reading):
            done.result(60)
    for name, read in zip(NAMES, reading, strict=True):
        assert_in_order(read.result(), f"read by {name}")


def read_all(client: Client, topic: str, count: int) -> list[Seen]:
    consumer = client.consumer()
    consumer.assign([(topic, partition) for partition in range(PARTITIONS)])
    return take(consumer, count, seconds=50)


def assert_in_order(seen: list[Seen], what: str) -> None:
    """Every writer's numbers are there once, rising within each partition."""
    offsets = Counter((record.partition, record.offset) for record in seen)
    assert max(offsets.values()) == 1, what
    for name in NAMES:
        for partition in range(PARTITIONS):
            values = [
                int(record.value or b"")
                for record in seen
                if record.key == name.encode() and record.partition == partition
            ]
            assert values == list(range(partition, 2000, PARTITIONS)), f"{what}, written by {name}"


def test_a_group_misses_nothing_while_members_come_and_go_under_load(
    client: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, PARTITIONS)
    stop = threading.Event()
    produced: list[int] = []

    def write() -> None:
        producer = client.producer()
        while not stop.is_set():
            batch = list(range(len(produced), len(produced) + 50))
            produce(producer, topic, [Sent(b"%d" % n, partition=n % PARTITIONS) for n in batch])
            produced.extend(batch)

    writer = threading.Thread(target=write)
    writer.start()
    seen: set[int] = set()
    try:
        for _ in range(3):
            members = [client.consumer(topic, group=group) for _ in range(2)]
            wanted = len(seen) + 500
            until(lambda members=members, wanted=wanted: advance(members, seen) >= wanted, "reading goes on")
            for member in members:
                member.close()
    finally:
        stop.set()
        writer.join()
    last = client.consumer(topic, group=group)
    until(lambda: advance([last], seen) == len(produced), "everything was read")
    assert seen == set(range(len(produced)))


def advance(members: list[Consumer], seen: set[int]) -> int:
    """Let every member read and commit what it has read; how many different records there are so far."""
    with ThreadPoolExecutor(len(members)) as pool:
        for records in pool.map(lambda member: member.poll(0.5), members):
            seen.update(int(record.value or b"") for record in records)
    return len(seen)
