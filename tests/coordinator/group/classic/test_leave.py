"""LeaveGroup: members go, and administrators remove them."""

from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.protocol.error_code import ErrorCode
from tests.coordinator.group_harness import GROUP, Call, GroupHarness


async def test_the_others_rebalance_when_a_member_leaves(group: GroupHarness) -> None:
    group.settle("a", "b")
    assert group.leave("a") == [ErrorCode.NONE]
    assert group.heartbeat("b") is ErrorCode.REBALANCE_IN_PROGRESS
    assert group.join("b").result.leader == group.id_of("b")


async def test_the_last_member_leaves_an_empty_group_of_the_next_generation(group: GroupHarness) -> None:
    group.settle("a", "b")
    assert group.leave("a", "b") == [ErrorCode.NONE, ErrorCode.NONE]
    assert (group.state, group.generation) == ("Empty", 2)


async def test_each_member_has_its_own_code(group: GroupHarness) -> None:
    group.settle("a", "b")
    assert group.leave("stranger", "a") == [ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE]
    assert group.members == {"b"}


async def test_if_nobody_was_removed_nothing_happens(group: GroupHarness) -> None:
    group.settle("a")
    assert group.leave("stranger") == [ErrorCode.UNKNOWN_MEMBER_ID]
    assert group.state == "Stable"


async def test_nobody_can_leave_a_group_that_is_not_there(group: GroupHarness) -> None:
    call = Call(lambda: group.groups.leave(GROUP, [LeavingMember("a")]))
    assert call.code is ErrorCode.UNKNOWN_MEMBER_ID


async def test_an_id_given_out_can_be_given_back(group: GroupHarness) -> None:
    group.settle("a")
    group.join("b", must_know_its_id=True)
    rejoin = group.join("a")
    assert rejoin.waits
    assert group.leave("b") == [ErrorCode.NONE]
    assert rejoin.result.generation_id == 2


async def test_a_member_that_leaves_in_the_join_phase_no_longer_holds_it_up(group: GroupHarness) -> None:
    group.settle("a", "b")
    rejoin = group.join("b", topics=["more"])
    group.leave("a")
    assert rejoin.result.generation_id == 2


async def test_a_static_member_is_removed_by_its_instance_id(group: GroupHarness) -> None:
    group.settle("a", instance="i")
    assert group.leave_by_instance("unheard-of") == [ErrorCode.UNKNOWN_MEMBER_ID]
    assert group.leave_by_instance("i", "somebody-else") == [ErrorCode.FENCED_INSTANCE_ID]
    assert group.leave_by_instance("unheard-of", "somebody") == [ErrorCode.UNKNOWN_MEMBER_ID]
    assert group.leave_by_instance("i") == [ErrorCode.NONE]
    assert group.state == "Empty"


async def test_who_names_neither_member_nor_instance_is_unknown(group: GroupHarness) -> None:
    group.settle("a")
    assert Call(lambda: group.groups.leave(GROUP, [LeavingMember("")])).result == [
        ErrorCode.UNKNOWN_MEMBER_ID
    ]


async def test_requests_that_a_removed_member_has_parked_are_answered(group: GroupHarness) -> None:
    group.settle("a", instance="i")
    group.join("b", instance="j")
    join = group.join("a", instance="i")
    group.advance(0)
    waiting = group.sync("b", instance="j")
    assert join.result.generation_id == 2
    assert waiting.waits
    assert group.leave_by_instance("j") == [ErrorCode.NONE]
    assert waiting.code is ErrorCode.UNKNOWN_MEMBER_ID
    rejoin = group.join("a", instance="i", topics=["more"])
    assert rejoin.result.generation_id == 3


async def test_a_member_that_has_left_no_longer_expires(group: GroupHarness) -> None:
    group.settle("a", "b", session_ms=10_000)
    group.leave("a")
    group.join("b", session_ms=300_000)
    group.sync("b", {})
    group.advance(10_000)
    assert group.state == "Stable"
