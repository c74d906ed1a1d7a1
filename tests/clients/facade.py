"""What the three Python clients have in common, so that one test can speak through each of them.

The facades hold no protocol knowledge and hide no error: a code that the broker sent arrives in the test as
`Refused(code)`. What only one client can do is tested with that client's own API.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol, TypeVar

Headers = tuple[tuple[str, bytes | None], ...]
Partition = tuple[str, int]
T = TypeVar("T")


class Sent(NamedTuple):
    """A record to be produced; a partition or timestamp (ms) of None is left to the client."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    partition: int | None = None
    timestamp_ms: int | None = None


class Placed(NamedTuple):
    """Where the broker says that a record went."""

    partition: int
    offset: int


class Seen(NamedTuple):
    """A consumed record."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Committed(NamedTuple):
    """A committed offset."""

    offset: int
    metadata: str


class Refused(Exception):
    """The client reports an error; `code` is Kafka's error code (below -1: the client's own)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Producer(Protocol):
    """A producer; `send` only queues, `results` waits for every record sent since the last call, in order."""

    def send(self, topic: str, record: Sent) -> None: ...
    def results(self) -> list[Placed | Refused]: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def abort(self) -> None: ...
    def send_offsets(self, consumer: "Consumer", offsets: Mapping[Partition, int]) -> None: ...
    def close(self) -> None: ...


class Consumer(Protocol):
    """A consumer, in a group or not; `poll` waits at most `seconds` and gives what came."""

    def poll(self, seconds: float) -> list[Seen]: ...
    def assign(self, partitions: Iterable[Partition]) -> None: ...
    def assignment(self) -> set[Partition]: ...
    def seek(self, partition: Partition, offset: int) -> None: ...
    def position(self, partition: Partition) -> int: ...
    def bounds(self, partition: Partition) -> tuple[int, int]: ...
    def offset_at(self, partition: Partition, timestamp_ms: int) -> int | None: ...
    def commit(self, offsets: Mapping[Partition, Committed] | None = None) -> None: ...
    def committed(self, partition: Partition) -> Committed | None: ...
    def close(self) -> None: ...


class Client(Protocol):
    """One client library, connected to one broker; closing it closes every producer and consumer it made.

    Options are named as in Kafka's own configuration, with "_" for ".": `acks`, `compression_type`,
    `enable_idempotence`, `transactional_id`; `group_instance_id`, `session_timeout_ms`, `isolation_level`...
    """

    name: str

    def producer(self, **options: object) -> Producer: ...
    def consumer(self, *topics: str, group: str | None = None, **options: object) -> Consumer: ...
    def close(self) -> None: ...


def produce(producer: Producer, topic: str, records: Iterable[Sent]) -> list[Placed]:
    """Produce and wait; the first refusal is raised."""
    for record in records:
        producer.send(topic, record)
    placed = []
    for result in producer.results():
        if isinstance(result, Refused):
            raise result
        placed.append(result)
    return placed


def take(consumer: Consumer, count: int, seconds: float = 20.0) -> list[Seen]:
    """Exactly `count` records, by partition and offset; fails when they do not come in time or more come."""
    seen: list[Seen] = []
    deadline = time.monotonic() + seconds
    while len(seen) < count and time.monotonic() < deadline:
        seen += consumer.poll(0.2)
    assert len(seen) == count, f"{len(seen)} records came instead of {count}"
    return sorted(seen, key=lambda record: (record.topic, record.partition, record.offset))


def read(
    client: Client, topic: str, count: int, partitions: Sequence[int] = (0,), **options: object
) -> list[Seen]:
    """The first `count` records of a topic's partitions, read without a group by a consumer of its own."""
    consumer = client.consumer(**options)
    consumer.assign([(topic, partition) for partition in partitions])
    seen = take(consumer, count)
    consumer.close()
    return seen


def until(condition: Callable[[], T], what: str, seconds: float = 20.0) -> T:
    """Ask again and again until the answer is true, and give it; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what} (last answer: {answer!r})"
        time.sleep(0.02)


def settle(
    members: Sequence[Consumer], wanted: Callable[[list[set[Partition]]], bool], what: str
) -> list[set[Partition]]:
    """Poll all members at the same time until their assignments are as wanted; gives the assignments.

    Each is polled in a thread, because kafka-python gives up joining when a poll ends before the group is
    complete.
    """
    with ThreadPoolExecutor(len(members)) as pool:

        def assignments() -> list[set[Partition]] | None:
            owned = [member.assignment() for member in members]
            if wanted(owned):
                return owned
            list(pool.map(lambda member: member.poll(0.5), members))
            return None

        owned = until(assignments, what)
    assert owned is not None
    return owned


def shares_all(partitions: Iterable[Partition]) -> Callable[[list[set[Partition]]], bool]:
    """True when the members own all the partitions, nothing twice, and as evenly as can be."""
    every = sorted(partitions)

    def wanted(owned: list[set[Partition]]) -> bool:
        sizes = [len(partitions) for partitions in owned]
        return sorted(p for partitions in owned for p in partitions) == every and max(sizes) - min(sizes) <= 1

    return wanted
