"""One consumer group on virtual time: members act by name, through the real coordinator and runtime."""

from typing import Any

from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.heartbeat import HeartbeatRequest, HeartbeatResult
from kafkapy.coordinator.group.consumer.settings import ConsumerGroupSettings, GroupTiming
from kafkapy.coordinator.group.coordinator import GroupCoordinator
from kafkapy.coordinator.group.topics import TopicTable, TopicView
from tests.coordinator.group_harness import GROUP, Call, GroupHarness


def topic_id(name: str) -> bytes:
    return name.encode().ljust(16, b"\0")


def topic(name: str, partitions: int, *racks: tuple[str, ...]) -> TopicView:
    return TopicView(name, topic_id(name), partitions, racks)


class ConsumerHarness(GroupHarness):
    """With the topic "topic" of six partitions; assignments are not held back unless `timing` says so.

    Members of the consumer protocol remember their epoch and what they own, and say so in every heartbeat.
    """

    def __init__(
        self, *, timing: GroupTiming | None = None, consumer: dict[str, Any] | None = None, **settings: int
    ) -> None:
        self.topics = TopicTable(topic("topic", 6))
        self.timing = timing or GroupTiming(assignment_interval_ms=0)
        self.consumer_settings = ConsumerGroupSettings(timing_of=lambda _: self.timing, **(consumer or {}))
        self.epochs: dict[str, int] = {}
        self.owned: dict[str, Assignment] = {}
        super().__init__(**settings)

    def load(self) -> None:
        self.groups = GroupCoordinator(
            self.settings,
            self.clock,
            partition_count=1,
            new_uuid=lambda: next(self._uuids),
            consumer_settings=self.consumer_settings,
            topics=self.topics,
        )
        self.groups.load(0, self.log)

    @property
    def group(self) -> ConsumerGroup:
        group = self.shard.groups[GROUP]
        assert isinstance(group, ConsumerGroup)
        return group

    def call(self, name: str, epoch: int, **options: Any) -> Call:
        """A heartbeat that says just this."""
        request = HeartbeatRequest(name, epoch, client_id="client", client_host="/127.0.0.1", **options)
        return Call(lambda: self.groups.consumer_heartbeat(GROUP, request))

    def enter(self, name: str, *topics: str, **options: Any) -> Call:
        """The first heartbeat; subscribes to "topic" unless it says otherwise."""
        if "regex" not in options:
            options["names"] = topics or ("topic",)
        call = self.call(name, 0, **{"rebalance_timeout_ms": 60_000, "owned": {}, **options})
        self.owned[name] = {}
        return self.take(name, call)

    def beat(self, name: str, **options: Any) -> Call:
        """The next heartbeat of a member that does what it is told."""
        owned = self.owned.get(name, {})
        return self.take(name, self.call(name, self.epochs[name], **{"owned": owned, **options}))

    def go(self, name: str, **options: Any) -> Call:
        """It leaves for good."""
        self.epochs.pop(name, None)
        self.owned.pop(name, None)
        return self.call(name, -1, **options)

    def take(self, name: str, call: Call) -> Call:
        """The member does as an answer says."""
        if call.has_answer:
            result: HeartbeatResult = call.result
            self.epochs[name] = result.epoch
            if result.assignment is not None:
                self.owned[name] = {t: frozenset(held) for t, held in result.assignment.items()}
        return call

    def settle_all(self, rounds: int = 10) -> None:
        """Everybody sends heartbeats until the group is stable; fails when it does not become so."""
        for _ in range(rounds):
            self.advance(0)
            for name in list(self.epochs):
                self.beat(name)
            if self.group.state_name == "Stable":
                return
        raise AssertionError(f"still {self.group.state_name} after {rounds} rounds")

    def shares(self) -> dict[str, dict[str, list[int]]]:
        """What every member owns, by names."""
        return {
            name: {t.rstrip(b"\0").decode(): sorted(held) for t, held in owned.items()}
            for name, owned in self.owned.items()
        }
