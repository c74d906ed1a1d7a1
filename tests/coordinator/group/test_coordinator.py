"""The coordinator as the broker uses it: administration, loading, stopping."""

import pytest

from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.coordinator import GroupCoordinator
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.coordinator.partition_log import StoredBatch, StoredRecord
from kafkapy.coordinator.runtime import BATCHES_PER_SLICE
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.testing.virtual_clock import VirtualClock
from tests.coordinator.group_harness import GROUP, Call, GroupHarness, subscription
from tests.coordinator.memory_log import MemoryLog


class TestDescribe:
    async def test_a_stable_group_shows_all_that_its_members_said_and_got(self, group: GroupHarness) -> None:
        group.settle("a", instance="i")
        description = group.describe()
        assert (description.state, description.protocol_type) == ("Stable", "consumer")
        assert description.protocol_data == "range"
        [member] = description.members
        assert (member.member_id, member.group_instance_id) == (group.id_of("a"), "i")
        assert (member.client_id, member.client_host) == ("a", "/127.0.0.1")
        assert (member.metadata, member.assignment) == (subscription("topic"), b"a")

    async def test_in_other_states_protocol_and_metadata_are_left_out(self, group: GroupHarness) -> None:
        group.settle("a", "b")
        group.join("b", topics=["more"])
        description = group.describe()
        assert (description.state, description.protocol_data) == ("PreparingRebalance", "")
        assert {m.metadata for m in description.members} == {b""}
        assert {m.assignment for m in description.members} == {b"a", b"b"}
        group.join("a")
        assert group.describe().state == "CompletingRebalance"

    async def test_a_group_that_is_not_there_is_an_error(self, group: GroupHarness) -> None:
        call = Call(lambda: group.groups.describe_group(GROUP))
        assert call.code is ErrorCode.GROUP_ID_NOT_FOUND
        with pytest.raises(Exception, match="Group group not found"):
            _ = call.result


class TestList:
    def names(self, group: GroupHarness, **filters: list[str]) -> set[str]:
        return {g.group_id for listed in group.groups.list_groups(**filters) for g in listed}  # type: ignore[union-attr]

    async def test_groups_are_listed_by_state_and_type_whatever_the_case(self, group: GroupHarness) -> None:
        group.settle("a")
        group.commit(1, group="simple")
        assert self.names(group) == {"group", "simple"}
        assert self.names(group, states=["STABLE"]) == {"group"}
        assert self.names(group, states=[" empty "]) == {"simple"}
        assert self.names(group, states=["unheard of"]) == set()
        assert self.names(group, types=["Classic"]) == {"group", "simple"}
        assert self.names(group, types=["consumer"]) == set()
        assert self.names(group, states=["Stable"], types=["share"]) == set()

    async def test_each_is_listed_with_what_it_is(self, group: GroupHarness) -> None:
        group.settle("a", protocol_type="connect")
        [[listing]] = group.groups.list_groups()  # type: ignore[misc]
        assert listing == ("group", "connect", "Stable", "classic")


class TestDelete:
    def delete(self, group: GroupHarness) -> ErrorCode:
        return Call(lambda: group.groups.delete_group(GROUP)).code

    async def test_an_empty_group_goes_with_its_offsets(self, group: GroupHarness) -> None:
        group.settle("a")
        group.commit(1, name="a")
        group.leave("a")
        assert self.delete(group) is ErrorCode.NONE
        assert (group.state, group.fetch()) == ("Dead", None)
        assert [value for _, value in group.records[-2:]] == [None, None]
        assert len(group.log.batches[-1]) == 2

    async def test_a_group_with_members_stays(self, group: GroupHarness) -> None:
        group.join("a")
        assert self.delete(group) is ErrorCode.NON_EMPTY_GROUP
        group.advance(0)
        assert self.delete(group) is ErrorCode.NON_EMPTY_GROUP

    async def test_a_group_that_is_not_there_is_an_error(self, group: GroupHarness) -> None:
        assert self.delete(group) is ErrorCode.GROUP_ID_NOT_FOUND

    async def test_an_id_given_out_by_a_deleted_group_is_worth_nothing(self, group: GroupHarness) -> None:
        group.join("a", must_know_its_id=True)
        assert self.delete(group) is ErrorCode.NONE
        assert group.join("a").code is ErrorCode.UNKNOWN_MEMBER_ID
        group.advance(60_000)
        group.settle("b")


class TestLoading:
    async def test_a_stable_group_goes_on_after_a_restart(self, group: GroupHarness) -> None:
        group.settle("a", "b")
        group.commit(5, name="a")
        before = group.describe()
        group.load()
        assert group.describe() == before
        assert group.fetch() == 5
        assert group.heartbeat("a") is group.heartbeat("b") is ErrorCode.NONE
        assert group.sync("b").result.assignment == b"b"

    async def test_its_members_have_a_full_session_to_be_heard_of_again(self, group: GroupHarness) -> None:
        group.settle("a", session_ms=10_000)
        group.advance(9_000)
        group.load()
        group.advance(9_999)
        assert group.state == "Stable"
        group.advance(1)
        assert group.state == "Empty"

    async def test_a_rebalance_under_way_is_forgotten_and_its_members_join_again(
        self, group: GroupHarness
    ) -> None:
        group.settle("a", "b")
        group.join("c")
        group.join("a")
        group.join("b")
        assert group.generation == 2
        group.load()
        assert (group.state, group.generation) == ("Stable", 1)
        assert group.heartbeat("a", generation=2) is ErrorCode.ILLEGAL_GENERATION
        assert group.heartbeat("c", generation=2) is ErrorCode.UNKNOWN_MEMBER_ID
        joins = [group.join("c", member_id=""), group.join("a"), group.join("b")]
        assert [join.result.generation_id for join in joins] == [2, 2, 2]
        assert group.members == {"a", "b", "c"}

    async def test_an_empty_group_keeps_its_generation(self, group: GroupHarness) -> None:
        group.settle("a")
        group.leave("a")
        group.load()
        assert (group.state, group.generation) == ("Empty", 2)
        assert group.describe().protocol_type == "consumer"
        join = group.join("b")
        group.advance(0)
        assert join.result.generation_id == 3

    async def test_a_group_that_has_outgrown_the_limit_shrinks(self, group: GroupHarness) -> None:
        group.settle("a", "b")
        group.settings = GroupSettings(initial_rebalance_delay_ms=0, max_size=1)
        group.load()
        assert group.heartbeat("a") is ErrorCode.REBALANCE_IN_PROGRESS
        first, second = group.join("b"), group.join("a")
        assert second.code is ErrorCode.GROUP_MAX_SIZE_REACHED
        group.advance(60_000)
        assert first.result.generation_id == 2

    async def test_records_of_groups_of_a_newer_kind_do_no_harm(self, group: GroupHarness) -> None:
        group.settle("a")
        newer = StoredRecord(9, b"\0\x0b\0\5other", b"\0\0\1\0")
        group.log.stored.append(StoredBatch([newer, StoredRecord(10, b"\0\x63??", None)]))
        group.load()
        assert group.state == "Stable"

    async def test_transactions_that_kafka_left_in_the_log_count_when_they_committed(
        self, group: GroupHarness
    ) -> None:
        for offset, topic in ((1, "kept"), (2, "aborted"), (3, "open")):
            group.commit(offset, topic=topic)
        kept, aborted, opened = group.log.stored
        group.log.stored = [
            kept._replace(producer_id=7),
            StoredBatch([], 7, marker=True),
            aborted._replace(producer_id=7),
            StoredBatch([], 7, marker=False),
            opened._replace(producer_id=8),
        ]
        group.load()
        assert [group.fetch(topic) for topic in ("kept", "aborted", "open")] == [1, None, None]


class TestBeforeAndAfter:
    """Answers of a coordinator that is not there yet, or no more."""

    def loading(self) -> GroupHarness:
        group = GroupHarness()
        group.settle("a")
        for offset in range(BATCHES_PER_SLICE):
            group.commit(offset, name="a")
        group.load()
        return group

    async def test_while_loading_requests_are_to_be_sent_again(self) -> None:
        group = self.loading()
        coordinator = group.groups
        calls = [
            group.join("b"),
            group.sync("a", generation=1),
            group.commit(1),
            Call(lambda: coordinator.leave(GROUP, [LeavingMember("x")])),
            Call(lambda: coordinator.fetch_offsets(GROUP, None)),
            Call(lambda: coordinator.delete_offsets(GROUP, [])),
            Call(lambda: coordinator.describe_group(GROUP)),
            Call(lambda: coordinator.delete_group(GROUP)),
            Call(coordinator.list_groups),
        ]
        assert {call.code for call in calls} == {ErrorCode.COORDINATOR_LOAD_IN_PROGRESS}

    async def test_while_loading_members_are_not_sent_to_join_again(self) -> None:
        group = self.loading()
        heartbeat = Call(lambda: group.groups.heartbeat(GROUP, MemberIdentity("anybody", 99)))
        assert heartbeat.code is ErrorCode.NONE
        group.advance(0)
        await group.groups.loaded()
        assert group.state == "Stable"
        assert group.fetch() == BATCHES_PER_SLICE - 1

    async def test_a_partition_that_is_not_here_is_coordinated_elsewhere(self) -> None:
        coordinator = GroupCoordinator(GroupSettings(), VirtualClock(), partition_count=4, new_uuid=str)
        identity = MemberIdentity("m", 1)
        assert Call(lambda: coordinator.heartbeat(GROUP, identity)).code is ErrorCode.NOT_COORDINATOR
        assert Call(lambda: coordinator.describe_group(GROUP)).code is ErrorCode.NOT_COORDINATOR
        assert coordinator.list_groups() == []
        coordinator.load(coordinator.partition_for(GROUP), MemoryLog())
        assert Call(lambda: coordinator.heartbeat(GROUP, identity)).code is ErrorCode.UNKNOWN_MEMBER_ID
        coordinator.unload(coordinator.partition_for(GROUP))
        assert Call(lambda: coordinator.heartbeat(GROUP, identity)).code is ErrorCode.NOT_COORDINATOR

    async def test_when_it_stops_who_waits_is_told_and_nobody_else_gets_in(self, group: GroupHarness) -> None:
        waiting = group.join("a")
        group.groups.close()
        assert waiting.code is ErrorCode.NOT_COORDINATOR
        assert group.join("b").code is ErrorCode.COORDINATOR_NOT_AVAILABLE
        assert group.commit(1).code is ErrorCode.COORDINATOR_NOT_AVAILABLE
        assert Call(group.groups.list_groups).code is ErrorCode.COORDINATOR_NOT_AVAILABLE
        group.groups.topic_deleted("topic")
        group.advance(10_000_000)

    async def test_requests_of_members_need_a_group_id(self, group: GroupHarness) -> None:
        coordinator, identity = group.groups, MemberIdentity("m", 1)
        calls = [
            Call(lambda: coordinator.sync("", identity, assignments={})),
            Call(lambda: coordinator.heartbeat("", identity)),
            Call(lambda: coordinator.leave("", [])),
            Call(lambda: coordinator.delete_offsets("", [])),
        ]
        assert {call.code for call in calls} == {ErrorCode.INVALID_GROUP_ID}
