"""One group of the consumer protocol (KIP-848) with many members."""

import time
from collections.abc import Iterator, Sequence

from bench.load import Connection
from bench.scale.client import Client, ask_all, clients, framed, parsed
from bench.scale.curve import Curve, Run
from bench.scale.members import make_coordinator
from bench.scale.target import Target, both, less, running
from bench.scenarios import Number, create
from kafkapy.protocol.messages.consumer_group_heartbeat import (
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    TopicPartitions,
)

VERSION = 1
PAUSE_SECONDS = 0.25
MOST_ROUNDS = 200


class Consumer:
    """A member as its client knows it."""

    __slots__ = ("assigned", "epoch", "member_id", "partitions")

    def __init__(self, number: int) -> None:
        self.member_id = f"member-{number:022d}"
        self.epoch = 0
        self.assigned: list[TopicPartitions] = []
        self.partitions = 0

    def joining(self, topic: str) -> bytes:
        return framed(
            ConsumerGroupHeartbeatRequest(
                group_id="bench",
                member_id=self.member_id,
                member_epoch=0,
                rebalance_timeout_ms=300_000,
                subscribed_topic_names=[topic],
                topic_partitions=[],
            ),
            VERSION,
        )

    def heartbeat(self) -> bytes:
        """It owns what it was assigned."""
        return framed(
            ConsumerGroupHeartbeatRequest(
                group_id="bench",
                member_id=self.member_id,
                member_epoch=self.epoch,
                topic_partitions=self.assigned,
            ),
            VERSION,
        )

    def take(self, answer: memoryview) -> None:
        response = parsed(ConsumerGroupHeartbeatResponse, VERSION, answer)
        self.epoch = response.member_epoch
        if response.assignment is not None:
            self.assigned = response.assignment.topic_partitions
            self.partitions = sum(len(topic.partitions) for topic in self.assigned)


def measure(run: Run) -> Iterator[list[Number]]:
    for count in run.sizes:
        with running(run.place / f"consumers-{count}") as target:
            yield grown_together(target, count)


def grown_together(target: Target, count: int) -> list[Number]:
    make_coordinator(target.broker, "bench")
    topic = "bench-consumers"
    with Connection(target.broker) as connection:
        create(connection, topic, count)
    consumers = [Consumer(number) for number in range(count)]
    with clients(target.broker, count) as asking:
        before = target.memory()
        target.begin()
        took(consumers, ask_all(asking, [consumer.joining(topic) for consumer in consumers]))
        joined = target.spent()
        rounds = settle(asking, consumers)
        stable = target.spent()
        requests = [consumer.heartbeat() for consumer in consumers]
        target.begin()
        took(consumers, ask_all(asking, requests))
        beaten = target.spent()
        after = target.memory()
    return [
        *both("all join", joined),
        *both("until all are stable", stable),
        less("until all are stable: rounds of heartbeats", "", rounds),
        *both("a heartbeat of each, stable", beaten),
        less("memory grown, anonymous", "MB", (after.anonymous - before.anonymous) / 1e6),
        less("memory, resident", "MB", after.resident / 1e6),
    ]


def settle(asking: Sequence[Client], consumers: Sequence[Consumer]) -> int:
    """How many rounds of heartbeats it takes until all are in one epoch and have one partition each."""
    for rounds in range(MOST_ROUNDS):
        if len({c.epoch for c in consumers}) == 1 and all(c.partitions == 1 for c in consumers):
            return rounds
        time.sleep(PAUSE_SECONDS)
        took(consumers, ask_all(asking, [consumer.heartbeat() for consumer in consumers]))
    raise RuntimeError("the group does not become stable")


def took(consumers: Sequence[Consumer], answers: Sequence[memoryview]) -> None:
    for consumer, answer in zip(consumers, answers, strict=True):
        consumer.take(answer)


CURVE = Curve(
    "consumers",
    "Members of a group of the consumer protocol",
    "members",
    (10, 30, 100, 300, 1000),
    (10, 30, 100),
    measure,
    "Members of one group of the new protocol (KIP-848), for which the broker assigns, and as many "
    f"partitions. All join; then all send heartbeats with pauses of {PAUSE_SECONDS} s, until they are in"
    " one epoch and have a partition each.",
)
