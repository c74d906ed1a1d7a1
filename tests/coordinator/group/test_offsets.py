"""Committed offsets: who may commit, what is kept, what is deleted."""

import pytest

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.offsets import CommittedOffset, OffsetStore
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.coordinator.group.shard import GroupShard
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataKey
from kafkapy.protocol.messages.log_records.legacy_offset_commit import (
    LegacyOffsetCommitKey,
    LegacyOffsetCommitValue,
)
from tests.coordinator.group_harness import GROUP, Call, GroupHarness


class TestCommit:
    async def test_somebody_outside_of_any_group_creates_one_by_committing(self, group: GroupHarness) -> None:
        assert group.commit(5).result == [ErrorCode.NONE]
        assert group.fetch() == 5
        description = group.describe()
        assert (description.state, description.protocol_type) == ("Empty", "")

    async def test_a_member_commits_and_keeps_its_session_alive(self, group: GroupHarness) -> None:
        group.settle("a", session_ms=10_000)
        for offset in range(3):
            group.advance(9_999)
            assert group.commit(offset, name="a").result == [ErrorCode.NONE]
        assert group.fetch() == 2

    async def test_in_the_join_phase_members_may_still_commit(self, group: GroupHarness) -> None:
        group.settle("a", "b", session_ms=10_000, rebalance_ms=60_000)
        group.join("b", topics=["more"])
        group.advance(9_999)
        assert group.commit(1, name="a").result == [ErrorCode.NONE]
        group.advance(9_999)
        assert group.members == {"a", "b"}

    async def test_in_the_sync_phase_they_may_not(self, group: GroupHarness) -> None:
        group.join("a")
        group.advance(0)
        assert group.commit(1, name="a").code is ErrorCode.REBALANCE_IN_PROGRESS

    async def test_who_is_not_of_this_generation_is_refused(self, group: GroupHarness) -> None:
        group.settle("a")
        assert group.commit(1, name="a", generation=2).code is ErrorCode.ILLEGAL_GENERATION
        assert group.commit(1, name="a", generation=-1).code is ErrorCode.ILLEGAL_GENERATION
        assert group.commit(1, name="stranger").code is ErrorCode.UNKNOWN_MEMBER_ID
        assert group.fetch() is None

    async def test_outsiders_may_commit_only_while_the_group_is_empty(self, group: GroupHarness) -> None:
        group.settle("a")
        assert group.commit(1).code is ErrorCode.UNKNOWN_MEMBER_ID
        group.leave("a")
        assert group.commit(1).result == [ErrorCode.NONE]
        assert group.commit(2, name="a", generation=-1).result == [ErrorCode.NONE]

    async def test_a_generation_of_a_group_that_is_not_there_is_refused(self, group: GroupHarness) -> None:
        assert group.commit(1, name="a", generation=3).code is ErrorCode.GROUP_ID_NOT_FOUND

    async def test_metadata_that_is_too_long_fails_its_partition_alone(self) -> None:
        group = GroupHarness(offset_metadata_max_bytes=3)
        assert group.commit(1, metadata="1234").result == [ErrorCode.OFFSET_METADATA_TOO_LARGE]
        assert group.commit(1, metadata="123", partition=1).result == [ErrorCode.NONE]
        assert group.fetch() is None

    @pytest.mark.parametrize(("metadata", "kept"), [("state", "state"), ("", ""), (None, "")])
    async def test_metadata_comes_back_as_it_was(
        self, group: GroupHarness, metadata: str | None, kept: str
    ) -> None:
        group.commit(1, metadata=metadata)
        _, value = group.records[0]
        assert (value.metadata, value.leader_epoch, value.commit_timestamp) == (kept, 7, group.clock.now_ms())

    async def test_offsets_may_be_anything_and_the_last_one_counts(self, group: GroupHarness) -> None:
        for offset in (100, -5, 3):
            group.commit(offset)
        assert group.fetch() == 3

    async def test_records_have_the_versions_that_kafka_writes(self, group: GroupHarness) -> None:
        topic_id = bytes(range(16))
        group.commit(1, topic_id=topic_id)
        group.commit(1, retention_ms=1_000)
        (key, value), (_, with_expiry) = (batch[0] for batch in group.log.batches)
        assert key == b"\0\1" + b"\0\5group" + b"\0\5topic" + bytes(4)
        assert value is not None
        assert with_expiry is not None
        assert (value[:2], with_expiry[:2]) == (b"\0\4", b"\0\1")
        assert group.records[0][1].topic_id == topic_id
        assert group.records[1][1].expire_timestamp == group.clock.now_ms() + 1_000

    async def test_a_commit_that_the_log_refuses_is_not_kept(self, group: GroupHarness) -> None:
        group.commit(1)
        group.log.refuses = KafkaError(ErrorCode.MESSAGE_TOO_LARGE)
        assert group.commit(2).code is ErrorCode.UNKNOWN_SERVER_ERROR
        group.log.refuses = None
        assert group.fetch() == 1

    async def test_an_answer_waits_until_the_commit_is_safe(self, group: GroupHarness) -> None:
        group.log.holds_back = True
        commit = group.commit(1)
        assert commit.waits
        group.log.commit()
        assert commit.result == [ErrorCode.NONE]

    async def test_the_group_with_the_empty_id_may_commit(self, group: GroupHarness) -> None:
        assert group.commit(1, group="").result == [ErrorCode.NONE]
        assert group.fetch(group="") == 1


class TestFetch:
    async def test_a_group_that_is_not_there_has_committed_nothing(self, group: GroupHarness) -> None:
        assert group.fetch() is None
        assert Call(lambda: group.groups.fetch_offsets(GROUP, None)).result == []

    async def test_all_offsets_come_by_topic(self, group: GroupHarness) -> None:
        for topic, partition in (("x", 0), ("y", 2), ("x", 1)):
            group.commit(partition + 10, topic=topic, partition=partition)
        everything = Call(lambda: group.groups.fetch_offsets(GROUP, None)).result
        offsets = {topic: {p: found.offset for p, found in partitions} for topic, partitions in everything}
        assert offsets == {"x": {0: 10, 1: 11}, "y": {2: 12}}


class TestDelete:
    def delete(self, group: GroupHarness, *partitions: tuple[str, int]) -> Call:
        return Call(lambda: group.groups.delete_offsets(GROUP, partitions))

    async def test_offsets_of_an_empty_group_can_be_deleted(self, group: GroupHarness) -> None:
        group.commit(1)
        assert self.delete(group, ("topic", 0), ("topic", 1)).result == [ErrorCode.NONE, ErrorCode.NONE]
        assert group.fetch() is None
        assert [value for _, value in group.records[1:]] == [None]

    async def test_but_not_those_of_a_topic_that_members_subscribe_to(self, group: GroupHarness) -> None:
        group.settle("a", topics=["topic"])
        group.commit(1, name="a")
        group.commit(1, name="a", topic="other")
        codes = self.delete(group, ("topic", 0), ("other", 0)).result
        assert codes == [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode.NONE]
        assert (group.fetch(), group.fetch("other")) == (1, None)

    async def test_metadata_nobody_can_read_may_mean_any_topic(self, group: GroupHarness) -> None:
        group.settle("a", protocols={"range": b"?"})
        assert self.delete(group, ("topic", 0)).result == [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC]

    async def test_a_group_of_another_kind_must_be_empty(self, group: GroupHarness) -> None:
        group.settle("a", protocol_type="connect")
        assert self.delete(group, ("topic", 0)).code is ErrorCode.NON_EMPTY_GROUP
        group.leave("a")
        assert self.delete(group, ("topic", 0)).result == [ErrorCode.NONE]

    async def test_a_group_has_to_be_there_and_have_a_name(self, group: GroupHarness) -> None:
        assert self.delete(group, ("topic", 0)).code is ErrorCode.GROUP_ID_NOT_FOUND
        assert Call(lambda: group.groups.delete_offsets("", [])).code is ErrorCode.INVALID_GROUP_ID

    async def test_the_offsets_of_a_deleted_topic_go_with_it(self, group: GroupHarness) -> None:
        group.commit(1)
        group.commit(2, partition=1)
        group.commit(3, topic="other")
        group.commit(4, group="another")
        group.groups.topic_deleted("topic")
        assert (group.fetch(), group.fetch(partition=1), group.fetch(group="another")) == (None, None, None)
        assert group.fetch("other") == 3


def committed(offset: int, record_offset: int) -> CommittedOffset:
    return CommittedOffset(offset, -1, "", 0, -1, bytes(16), record_offset)


class TestTransactions:
    """Offsets of open transactions, as they are found in logs that Kafka wrote."""

    def test_nobody_sees_them_until_the_transaction_commits(self) -> None:
        store = OffsetStore()
        store.put("g", "t", 0, committed(1, 10), producer_id=5)
        assert store.find("g", "t", 0) is None
        assert store.is_pending("g", "t", 0)
        assert store.has_open_transaction("g")
        store.end_transaction(5, commit=True)
        assert store.find("g", "t", 0) == committed(1, 10)
        assert not store.is_pending("g", "t", 0)

    def test_an_aborted_transaction_leaves_no_trace(self) -> None:
        store = OffsetStore()
        store.put("g", "t", 0, committed(1, 10), producer_id=5)
        store.end_transaction(5, commit=False)
        assert store.find("g", "t", 0) is None
        assert not store.has_open_transaction("g")
        store.end_transaction(5, commit=True)
        assert store.of_group("g") == {}

    def test_a_plain_commit_that_came_later_stays(self) -> None:
        store = OffsetStore()
        store.put("g", "t", 0, committed(1, 10), producer_id=5)
        store.put("g", "t", 0, committed(2, 11), producer_id=-1)
        store.end_transaction(5, commit=True)
        assert store.find("g", "t", 0) == committed(2, 11)

    def test_a_tombstone_removes_pending_offsets_too(self) -> None:
        store = OffsetStore()
        store.put("g", "t", 0, committed(1, 10), producer_id=5)
        store.put("g", "t", 1, committed(1, 11), producer_id=-1)
        assert len(list(store.tombstones("g"))) == 2
        assert len(list(store.tombstones_of_topic("t"))) == 2
        store.remove("g", "t", 0)
        assert not store.has_open_transaction("g")
        store.end_transaction(5, commit=True)
        assert store.of_group("g") == {"t": {1: committed(1, 11)}}

    def test_who_wants_stable_offsets_is_told_that_one_is_about_to_change(self) -> None:
        shard = GroupShard(GroupSettings())
        shard.offsets.put("g", "t", 0, committed(1, 10), producer_id=-1)
        shard.offsets.put("g", "t", 0, committed(2, 11), producer_id=5)
        [(_, [(_, stable)])] = shard.fetch_offsets("g", [("t", [0])], True).reply or []
        [(_, [(_, present)])] = shard.fetch_offsets("g", None, False).reply or []
        assert isinstance(stable, KafkaError)
        assert stable.code is ErrorCode.UNSTABLE_OFFSET_COMMIT
        assert present == committed(1, 10)


def test_offsets_that_ancient_brokers_wrote_count_too() -> None:
    shard = GroupShard(GroupSettings())
    key = LegacyOffsetCommitKey(group="g", topic="t", partition=3)
    value = LegacyOffsetCommitValue(offset=9, metadata="m", commit_timestamp=77)
    shard.replay(Record(key, value), 12, -1)
    assert shard.offsets.find("g", "t", 3) == CommittedOffset(9, -1, "m", 77, -1, bytes(16), 12)
    shard.replay(Record(key, None), 13, -1)
    assert shard.offsets.of_group("g") == {}


def test_the_tombstone_of_a_group_that_is_not_there_is_no_error() -> None:
    shard = GroupShard(GroupSettings())
    shard.replay(Record(GroupMetadataKey(group="g"), None), 0, -1)
    assert shard.groups == {}
