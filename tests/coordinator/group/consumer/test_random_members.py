"""Whatever members do, no partition is in two hands, the group settles, and replay gives the same state."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kafkapy.coordinator.group.consumer.settings import GroupTiming
from kafkapy.protocol.error_code import ErrorCode
from tests.coordinator.consumer_harness import ConsumerHarness, topic

NAMES = st.sampled_from("abcde")
STATIC_NAMES = {"f": "one", "g": "one", "h": "other"}
"""Who comes in whose place: a name and its instance id."""
PATTERNS = st.sampled_from(["t.*", "o.*", ".*", "(?i)TOPIC", "nothing"])
TOPICS = st.sets(st.sampled_from(["topic", "other", "missing"])).map(sorted).map(tuple)
SESSION_MS = 45_000
GONE = (
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.FENCED_MEMBER_EPOCH,
    ErrorCode.FENCED_INSTANCE_ID,
    ErrorCode.GROUP_ID_NOT_FOUND,
)
"""What tells a member to come again."""


class Members(RuleBasedStateMachine):
    """Clients that do as they are told, some of them slowly; some die, some miss an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = ConsumerHarness(timing=GroupTiming(SESSION_MS, 5_000, 1_000))
        self.harness.topics.put(topic("other", 3))
        self.dead: set[str] = set()

    @staticmethod
    def place(name: str) -> dict[str, str]:
        """What a member says of itself in every heartbeat."""
        return {"instance_id": STATIC_NAMES[name]} if name in STATIC_NAMES else {}

    @property
    def alive(self) -> list[str]:
        return [name for name in self.harness.epochs if name not in self.dead]

    @rule(name=NAMES, topics=TOPICS, assignor=st.sampled_from([None, "range", "uniform"]))
    def joins(self, name: str, topics: tuple[str, ...], assignor: str | None) -> None:
        self.dead.discard(name)
        call = self.harness.enter(name, names=topics, server_assignor=assignor)
        assert call.code is ErrorCode.NONE

    @rule(name=NAMES, pattern=PATTERNS)
    def joins_with_a_pattern(self, name: str, pattern: str) -> None:
        self.dead.discard(name)
        assert self.harness.enter(name, regex=pattern, names=()).code is ErrorCode.NONE

    @rule(name=st.sampled_from(sorted(STATIC_NAMES)), topics=TOPICS)
    def takes_its_place(self, name: str, topics: tuple[str, ...]) -> None:
        call = self.harness.call(
            name, 0, owned={}, names=topics, rebalance_timeout_ms=60_000, **self.place(name)
        )
        if call.code is ErrorCode.UNRELEASED_INSTANCE_ID:
            return
        assert call.code is ErrorCode.NONE
        for former in [each for each in self.harness.epochs if self.place(each) == self.place(name)]:
            self._forget(former)
        self.dead.discard(name)
        self.harness.owned[name] = {}
        self.harness.take(name, call)

    @precondition(lambda self: set(self.alive) & set(STATIC_NAMES))
    @rule(data=st.data())
    def leaves_for_now(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name in self.alive if name in STATIC_NAMES]))
        code = self.harness.call(name, -2, **self.place(name)).code
        assert code in (ErrorCode.NONE, ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.GROUP_ID_NOT_FOUND)
        self._forget(name)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def misses_an_answer(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.alive))
        owned = self.harness.owned[name]
        self.harness.call(name, self.harness.epochs[name], owned=owned, **self.place(name))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def sends_a_heartbeat(self, data: st.DataObject) -> None:
        self._beat(data.draw(st.sampled_from(self.alive)))

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), topics=TOPICS)
    def subscribes_to_others(self, data: st.DataObject, topics: tuple[str, ...]) -> None:
        name = data.draw(st.sampled_from(self.alive))
        self._beat(name, names=topics)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), pattern=PATTERNS)
    def subscribes_to_another_pattern(self, data: st.DataObject, pattern: str) -> None:
        self._beat(data.draw(st.sampled_from(self.alive)), regex=pattern)

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def leaves(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.alive))
        self.harness.go(name, **self.place(name))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def dies(self, data: st.DataObject) -> None:
        self.dead.add(data.draw(st.sampled_from(self.alive)))

    @rule(partitions=st.integers(1, 8))
    def a_topic_changes(self, partitions: int) -> None:
        present = self.harness.topics.named("other")
        count = max(partitions, present.partition_count if present else 0)
        self.harness.topics.put(topic("other", count))
        self.harness.groups.topic_changed("other")

    @rule(ms=st.sampled_from([0, 500, 1_000, 12_000]))
    def time_passes(self, ms: int) -> None:
        self.harness.advance(ms)

    @rule()
    def the_coordinator_is_loaded_again(self) -> None:
        before = dict(self.harness.shard.groups)
        self.harness.groups.close()
        self.harness.load()
        assert self.harness.shard.groups == before

    def _beat(self, name: str, **options: object) -> None:
        call = self.harness.beat(name, **self.place(name), **options)
        if call.code is not ErrorCode.NONE:
            assert call.code in GONE
            self._forget(name)

    def _forget(self, name: str) -> None:
        """It gives up what it has, and is no member any more."""
        del self.harness.epochs[name]
        del self.harness.owned[name]

    @invariant()
    def no_partition_is_in_two_hands(self) -> None:
        reading = Counter(
            (topic_id, partition)
            for name in self.alive
            if name in getattr(self.harness.shard.groups.get("group"), "profiles", {})
            for topic_id, partitions in self.harness.owned[name].items()
            for partition in partitions
        )
        assert not [partition for partition, count in reading.items() if count > 1]

    def teardown(self) -> None:
        """The dead are noticed, the rest settles in a few rounds, and owns all there is to own."""
        for _ in range(12):
            self.harness.advance(SESSION_MS // 4)
            for name in self.alive:
                self._beat(name)
        if not self.alive:
            return
        group = self.harness.group
        assert group.state_name == "Stable"
        assert set(group.profiles) == set(self.alive)
        assert group.topics_read(group.subscriptions) == group.topics_of_all(group.profiles.values())
        wanted = {
            (view.topic_id, partition)
            for name in group.topics_of_all(group.profiles.values())
            if (view := self.harness.topics.named(name)) is not None
            for partition in range(view.partition_count)
        }
        assert set(group.owners) == wanted


TestMembers = Members.TestCase
TestMembers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
