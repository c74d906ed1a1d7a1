"""JoinGroup: who may join, as what, and when it is answered."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from tests.coordinator.group_harness import GroupHarness, subscription, uuid


async def test_the_first_member_leads_a_generation_of_its_own(group: GroupHarness) -> None:
    join = group.join("a")
    assert join.waits
    group.advance(0)
    result = join.result
    assert result.member_id == f"a-{uuid(1)}"
    assert (result.generation_id, result.leader) == (1, result.member_id)
    assert (result.protocol_type, result.protocol_name) == ("consumer", "range")
    assert [(m.member_id, m.metadata) for m in result.members] == [(result.member_id, subscription("topic"))]
    assert group.state == "CompletingRebalance"


async def test_only_the_leader_is_told_who_the_members_are(group: GroupHarness) -> None:
    joins = [group.join("a"), group.join("b")]
    group.advance(0)
    assert [len(join.result.members) for join in joins] == [2, 0]
    assert joins[0].result.leader == joins[1].result.leader == group.id_of("a")


async def test_a_new_dynamic_member_is_given_an_id_and_has_to_come_back_with_it(group: GroupHarness) -> None:
    first = group.join("a", must_know_its_id=True)
    assert first.code is ErrorCode.MEMBER_ID_REQUIRED
    assert first.result.member_id == f"a-{uuid(1)}"
    assert group.state == "Empty"
    second = group.join("a", must_know_its_id=True)
    group.advance(0)
    assert second.result.member_id == f"a-{uuid(1)}"


async def test_an_id_that_was_given_out_is_forgotten_when_the_session_ends(group: GroupHarness) -> None:
    group.join("a", must_know_its_id=True, session_ms=10_000)
    group.advance(10_000)
    assert group.join("a", must_know_its_id=True).code is ErrorCode.UNKNOWN_MEMBER_ID


async def test_a_static_member_needs_no_id_first(group: GroupHarness) -> None:
    join = group.join("a", instance="instance", must_know_its_id=True)
    group.advance(0)
    assert join.result.member_id == f"instance-{uuid(1)}"
    assert join.result.members[0].group_instance_id == "instance"


async def test_members_are_told_apart_by_member_id_and_not_by_client_id(group: GroupHarness) -> None:
    joins = [group.join("same"), group.join("same", member_id="")]
    group.advance(0)
    assert len({join.result.member_id for join in joins}) == 2
    assert len(joins[0].result.members) == 2


async def test_a_member_id_nobody_gave_out_is_unknown(group: GroupHarness) -> None:
    assert group.join("a", member_id="made-up").code is ErrorCode.UNKNOWN_MEMBER_ID
    assert group.state == "Dead"
    group.settle("a")
    assert group.join("b", member_id="made-up").code is ErrorCode.UNKNOWN_MEMBER_ID


@pytest.mark.parametrize("session_ms", [5_999, 1_800_001])
async def test_a_session_timeout_out_of_bounds_is_refused(group: GroupHarness, session_ms: int) -> None:
    assert group.join("a", session_ms=session_ms).code is ErrorCode.INVALID_SESSION_TIMEOUT
    assert group.state == "Dead"


async def test_the_empty_group_id_is_refused_before_anything_else(group: GroupHarness) -> None:
    assert group.join("a", group="", session_ms=1).code is ErrorCode.INVALID_GROUP_ID


async def test_a_first_member_without_protocols_is_refused_but_leaves_an_empty_group(
    group: GroupHarness,
) -> None:
    assert group.join("a", protocols=()).code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert group.join("a", protocol_type="").code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert group.state == "Empty"


async def test_a_member_has_to_share_the_protocol_type_and_one_protocol_with_all(group: GroupHarness) -> None:
    group.settle("a", protocols=["range", "sticky"])
    assert group.join("b", protocol_type="connect").code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert group.join("b", protocols=["other"]).code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert group.join("b", protocols=["other", "sticky"]).waits


async def test_a_join_in_the_sync_phase_starts_the_round_again(group: GroupHarness) -> None:
    group.join("a")
    group.advance(0)
    late = group.join("b")
    assert late.waits
    assert group.heartbeat("a") is ErrorCode.REBALANCE_IN_PROGRESS
    again = group.join("a")
    assert again.result.generation_id == late.result.generation_id == 2
    assert len(again.result.members) == 2


async def test_a_member_that_missed_its_answer_gets_it_again_in_the_sync_phase(group: GroupHarness) -> None:
    first = group.join("a")
    group.join("b")
    group.advance(0)
    assert group.join("a").result == first.result
    assert group.join("b").result.generation_id == 1
    assert group.state == "CompletingRebalance"


async def test_other_metadata_in_the_sync_phase_starts_a_rebalance(group: GroupHarness) -> None:
    group.join("a")
    group.advance(0)
    assert group.join("a", topics=["other"]).result.generation_id == 2


async def test_the_leader_of_a_stable_group_can_force_a_rebalance(group: GroupHarness) -> None:
    group.settle("a", "b")
    assert group.join("a").waits
    assert group.state == "PreparingRebalance"


async def test_an_unchanged_follower_of_a_stable_group_keeps_its_generation(group: GroupHarness) -> None:
    group.settle("a", "b")
    result = group.join("b").result
    assert (result.generation_id, result.leader, result.members) == (1, group.id_of("a"), ())
    assert group.state == "Stable"


async def test_a_follower_with_other_topics_starts_a_rebalance(group: GroupHarness) -> None:
    group.settle("a", "b")
    assert group.join("b", topics=["more"]).waits
    leader = group.join("a")
    assert {m.metadata for m in leader.result.members} == {subscription("topic"), subscription("more")}


async def test_a_member_that_joins_twice_waits_with_its_last_join(group: GroupHarness) -> None:
    group.settle("a", "b")
    first = group.join("b", topics=["more"])
    second = group.join("b", topics=["more"])
    assert first.code is ErrorCode.REBALANCE_IN_PROGRESS
    group.join("a")
    assert second.result.generation_id == 2


async def test_a_member_of_a_group_that_is_empty_by_now_is_unknown(group: GroupHarness) -> None:
    group.settle("a")
    group.leave("a")
    assert group.state == "Empty"
    assert group.join("a").code is ErrorCode.UNKNOWN_MEMBER_ID


class TestSize:
    """`group.max.size`, KIP-389."""

    async def test_no_more_members_than_allowed_join_a_resting_group(self) -> None:
        group = GroupHarness(max_size=1)
        group.settle("a")
        refused = group.join("b")
        assert refused.code is ErrorCode.GROUP_MAX_SIZE_REACHED
        assert refused.result.member_id == ""
        assert group.join("a").result.generation_id == 2

    async def test_in_the_join_phase_those_who_come_first_have_a_place(self) -> None:
        group = GroupHarness(max_size=2, initial_rebalance_delay_ms=3_000)
        group.join("a")
        group.join("b")
        assert group.join("c").code is ErrorCode.GROUP_MAX_SIZE_REACHED

    async def test_a_member_that_rejoins_too_late_loses_its_place(self) -> None:
        group = GroupHarness(max_size=2)
        group.settle("a", "b")
        group.join("a")
        joined = group.join("c")
        assert joined.waits
        assert group.join("b").code is ErrorCode.GROUP_MAX_SIZE_REACHED

    async def test_an_id_given_out_takes_no_place(self) -> None:
        group = GroupHarness(max_size=1)
        assert group.join("a", must_know_its_id=True).code is ErrorCode.MEMBER_ID_REQUIRED
        assert group.join("b").waits
