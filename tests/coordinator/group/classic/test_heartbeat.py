"""Heartbeat: what a member learns, and that it stays alive."""

from kafkapy.protocol.error_code import ErrorCode
from tests.coordinator.group_harness import GroupHarness


async def test_a_member_of_the_present_generation_is_welcome_also_before_it_has_its_share(
    group: GroupHarness,
) -> None:
    group.join("a")
    group.advance(0)
    assert group.state == "CompletingRebalance"
    assert group.heartbeat("a") is ErrorCode.NONE
    group.sync("a", {})
    assert group.heartbeat("a") is ErrorCode.NONE


async def test_it_keeps_the_session_alive(group: GroupHarness) -> None:
    group.settle("a", session_ms=10_000)
    for _ in range(5):
        group.advance(9_999)
        assert group.heartbeat("a") is ErrorCode.NONE


async def test_in_the_join_phase_it_says_so_and_keeps_the_session_alive(group: GroupHarness) -> None:
    group.settle("a", "b", session_ms=10_000, rebalance_ms=100_000)
    group.join("b", topics=["more"])
    for _ in range(3):
        group.advance(9_999)
        assert group.heartbeat("a") is ErrorCode.REBALANCE_IN_PROGRESS


async def test_who_is_not_of_this_generation_is_told_why(group: GroupHarness) -> None:
    assert group.heartbeat("a", generation=1) is ErrorCode.UNKNOWN_MEMBER_ID
    group.settle("a")
    assert group.heartbeat("stranger") is ErrorCode.UNKNOWN_MEMBER_ID
    assert group.heartbeat("a", generation=0) is ErrorCode.ILLEGAL_GENERATION
    assert group.heartbeat("a", generation=2) is ErrorCode.ILLEGAL_GENERATION
    assert group.heartbeat("a", instance="i") is ErrorCode.UNKNOWN_MEMBER_ID
    group.leave("a")
    assert group.heartbeat("a") is ErrorCode.UNKNOWN_MEMBER_ID


async def test_the_generation_it_speaks_for_may_be_one_that_is_being_formed(group: GroupHarness) -> None:
    group.settle("a")
    group.join("a")
    assert group.generation == 2
    assert group.heartbeat("a", generation=1) is ErrorCode.ILLEGAL_GENERATION
    assert group.heartbeat("a", generation=2) is ErrorCode.NONE
