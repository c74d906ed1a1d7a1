"""Consumers that wait for records which do not come."""

import selectors
from collections.abc import Iterator, Sequence

from bench.load import Connection
from bench.scale.client import Client, clients, framed
from bench.scale.curve import Curve, Run
from bench.scale.target import Target, less, running
from bench.scale.topics import Partition, create_partitions
from bench.scenarios import Number
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic

PARTITIONS_EACH = 2
LONG_MS, USUAL_MS = 60_000, 500
FETCH = 16


def measure(run: Run) -> Iterator[list[Number]]:
    for count in run.sizes:
        with running(run.place / f"waiting-{count}") as target:
            yield waiting(target, count, run.seconds)


def waiting(target: Target, count: int, seconds: float) -> list[Number]:
    with Connection(target.broker) as connection:
        partitions = create_partitions(connection, count * PARTITIONS_EACH)
    alone = target.idle(seconds, "nobody waits")
    before = target.memory()
    with clients(target.broker, count) as asking:
        fetches, share = answered(target, asking, fetching(partitions, USUAL_MS), seconds)
        for client, request in zip(asking, fetching(partitions, LONG_MS), strict=True):
            client.send(request)
        parked = target.idle(2 * seconds, f"waits of {LONG_MS // 1000} s")
        after = target.memory()
    return [
        alone,
        parked,
        less(f"waits of {USUAL_MS} ms: CPU", "% of a core", share),
        less(f"waits of {USUAL_MS} ms: answers", "/s", fetches / seconds),
        less("memory grown, anonymous", "MB", (after.anonymous - before.anonymous) / 1e6),
        less("memory, resident", "MB", after.resident / 1e6),
    ]


def fetching(partitions: Sequence[Partition], max_wait_ms: int) -> list[bytes]:
    """A request of each consumer for its partitions, which are empty."""
    return [
        framed(
            FetchRequest(
                max_wait_ms=max_wait_ms,
                min_bytes=1,
                topics=[
                    FetchTopic(
                        topic_id=topic_id,
                        partitions=[
                            FetchPartition(partition=index, fetch_offset=0, partition_max_bytes=1 << 20)
                        ],
                    )
                    for topic_id, index in mine
                ],
            ),
            FETCH,
        )
        for mine in batched(partitions)
    ]


def batched(partitions: Sequence[Partition]) -> Iterator[Sequence[Partition]]:
    for first in range(0, len(partitions), PARTITIONS_EACH):
        yield partitions[first : first + PARTITIONS_EACH]


def answered(
    target: Target, asking: Sequence[Client], requests: Sequence[bytes], seconds: float
) -> tuple[int, float]:
    """Answers while everybody asks again when answered, and processor time in percent of a core. Nobody
    waits any more when this returns.
    """
    answers = 0
    with selectors.DefaultSelector() as selector:
        for client, request in zip(asking, requests, strict=True):
            selector.register(client, selectors.EVENT_READ, request)
            client.send(request)
        target.begin()
        while target.elapsed() < seconds:
            for key, _ in selector.select(seconds):
                client = key.fileobj  # type: ignore[assignment]
                client.answer()
                client.send(key.data)
                answers += 1
        spent = target.spent()
    for client in asking:
        client.answer()
    return answers, 100 * spent.cpu_s / spent.seconds


CURVE = Curve(
    "waiting",
    "Idle consumers",
    "consumers",
    (50, 500, 5000),
    (50, 500),
    measure,
    f"Consumers with {PARTITIONS_EACH} partitions each, of which nobody writes to any, so 5,000 "
    f"consumers are 10,000 partitions. Their fetches (without sessions) wait for {LONG_MS // 1000} s, "
    f"longer than they are watched, or for {USUAL_MS} ms, as real clients do, and are sent again.",
)
