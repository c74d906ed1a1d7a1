"""Whatever members do in whatever order: the log says the same as memory, and nobody waits for ever."""

import asyncio
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings

from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.shard import GroupShard
from kafkapy.coordinator.partition_log import StoredBatch
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.coordinator.group_harness import Call, GroupHarness

GROUPS = ("group", "other")
NAMES = ("a", "b", "c", "static-1", "static-2")
TOPICS = ("x", "y")

steps = st.one_of(
    st.tuples(st.just("join"), st.sampled_from(NAMES), st.sampled_from(TOPICS), st.booleans()),
    st.tuples(st.just("come back"), st.sampled_from(NAMES)),
    st.tuples(st.just("sync"), st.sampled_from(NAMES), st.sampled_from((0, 0, 0, 1))),
    st.tuples(st.just("heartbeat"), st.sampled_from(NAMES)),
    st.tuples(st.just("leave"), st.sampled_from(NAMES)),
    st.tuples(st.just("commit"), st.sampled_from((None, *NAMES)), st.sampled_from(TOPICS), st.integers(0, 2)),
    st.tuples(st.just("commit elsewhere"), st.sampled_from(TOPICS), st.integers(0, 2)),
    st.tuples(st.just("delete offsets"), st.sampled_from(TOPICS)),
    st.tuples(st.just("delete topic"), st.sampled_from(TOPICS)),
    st.tuples(st.just("delete group"), st.sampled_from(GROUPS)),
    st.tuples(st.just("wait"), st.sampled_from((0, 1_000, 10_000, 100_000, 8 * 24 * 3_600_000))),
    st.tuples(st.just("log"), st.sampled_from((None, ErrorCode.MESSAGE_TOO_LARGE))),
)


class Story:
    """Carries out steps on a harness, and remembers whoever is waiting."""

    def __init__(self) -> None:
        self.group = GroupHarness(initial_rebalance_delay_ms=100, offsets_retention_check_interval_ms=600_000)
        self.waiting: list[Call] = []

    def take(self, step: tuple[Any, ...]) -> None:
        name, *arguments = step
        getattr(self, f"_{name.replace(' ', '_')}")(*arguments)
        self.waiting = [call for call in self.waiting if call.waits]

    def _join(self, name: str, topic: str, must_know_its_id: bool) -> None:
        instance = name if name.startswith("static") else None
        call = self.group.join(
            name,
            topics=[topic],
            instance=instance,
            must_know_its_id=must_know_its_id,
            protocols=["range", "sticky"] if topic == "x" else ["sticky", "range"],
            rebalance_ms=30_000,
        )
        if call.code_if_answered in (ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_INSTANCE_ID):
            self.group.forget(name)
        self.waiting.append(call)

    def _come_back(self, name: str) -> None:
        self.group.forget(name)
        self._join(name, "x", False)

    def _sync(self, name: str, behind: int) -> None:
        share = {member: f"{member} {topic}".encode() for member in NAMES for topic in TOPICS}
        self.waiting.append(self.group.sync(name, share, generation=self.group.generation - behind))

    def _heartbeat(self, name: str) -> None:
        self.group.heartbeat(name)

    def _leave(self, name: str) -> None:
        if self.group.state != "Dead":
            self.group.leave(name)

    def _commit(self, name: str | None, topic: str, partition: int) -> None:
        self.waiting.append(
            self.group.commit(self.group.clock.now_ms(), name=name, topic=topic, partition=partition)
        )

    def _commit_elsewhere(self, topic: str, partition: int) -> None:
        self.waiting.append(self.group.commit(partition, topic=topic, partition=partition, group="other"))

    def _delete_offsets(self, topic: str) -> None:
        Call(lambda: self.group.groups.delete_offsets("group", [(topic, 0), (topic, 1)]))

    def _delete_topic(self, topic: str) -> None:
        self.group.groups.topic_deleted(topic)

    def _delete_group(self, group: str) -> None:
        Call(lambda: self.group.groups.delete_group(group))

    def _wait(self, for_ms: int) -> None:
        self.group.advance(for_ms)

    def _log(self, refusal: ErrorCode | None) -> None:
        self.group.log.refuses = None if refusal is None else KafkaError(refusal)


def replayed(batches: list[StoredBatch]) -> GroupShard:
    shard = GroupShard(GroupHarness().settings)
    for batch in batches:
        for stored in batch.records:
            record = shard.decode(stored.key, stored.value)
            assert record is not None
            shard.replay(record, stored.offset, batch.producer_id)
    return shard


def check_consistent(shard: GroupShard) -> None:
    for group in shard.groups.values():
        live = group.live
        assert live.awaiting_joins == sum(m.awaiting_join is not None for m in live.members.values())
        assert live.pending_syncs <= set(live.members)
        assert not live.pending_joins & set(live.members)
        assert set(live.static_members.values()) <= set(live.members)
        assert (live.leader in live.members) == bool(live.members)
        assert (live.state is GroupState.EMPTY) <= (not live.members)
        if live.state is GroupState.STABLE:
            assert group.stored is not None
            assert (
                group.record().value == group.stored
                or live.state_timestamp_ms >= group.stored.current_state_timestamp
            )
            assert {m.member_id: m.assignment for m in group.stored.members} == {
                m.member_id: m.assignment for m in live.members.values()
            }
            assert group.stored.generation == live.generation_id


@settings(max_examples=200, deadline=None)
@given(st.lists(steps, max_size=40))
def test_replaying_the_log_rebuilds_what_memory_holds_and_nobody_waits_for_ever(
    script: list[tuple[Any, ...]],
) -> None:
    async def run() -> None:
        story = Story()
        shard = story.group.shard
        for step in script:
            story.take(step)
            check_consistent(shard)
        again = replayed(story.group.log.stored)
        assert again.groups == shard.groups
        assert again.offsets.committed == shard.offsets.committed
        story.group.log.refuses = None
        story.group.advance(10 * 60_000)
        assert not [call for call in story.waiting if call.waits]

    asyncio.run(run())
