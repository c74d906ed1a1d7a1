"""Rebalances: when a join phase ends, who is in the next generation, and who is removed for being silent."""

from kafkapy.protocol.error_code import ErrorCode
from tests.coordinator.group_harness import GroupHarness


class TestInitialDelay:
    """KIP-134: the first rebalance of a group waits for more members."""

    async def test_the_first_rebalance_waits_for_the_delay_even_if_everybody_is_there(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=3_000)
        join = group.join("a")
        group.advance(2_999)
        assert join.waits
        group.advance(1)
        assert join.result.generation_id == 1

    async def test_a_newcomer_prolongs_it_by_another_delay(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=3_000)
        join = group.join("a")
        group.advance(1_000)
        group.join("b")
        group.advance(2_000)
        assert join.waits
        group.advance(3_000)
        assert len(join.result.members) == 2

    async def test_it_never_takes_longer_than_the_rebalance_timeout(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=3_000)
        first = group.join("a", rebalance_ms=7_000)
        for name in "bcdefgh":
            group.advance(999)
            group.join(name, rebalance_ms=7_000)
        group.advance(7_000 - 7 * 999)
        assert first.result.generation_id == 1

    async def test_members_that_leave_do_not_end_it(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=3_000)
        group.join("a", instance="i")
        staying = group.join("b")
        group.leave_by_instance("i")
        assert staying.waits
        group.advance(6_000)
        assert len(staying.result.members) == 1

    async def test_if_all_leave_meanwhile_the_group_ends_up_empty(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=3_000)
        join = group.join("a", instance="i")
        group.leave_by_instance("i")
        assert join.code is ErrorCode.UNKNOWN_MEMBER_ID
        group.advance(3_000)
        assert (group.state, group.generation) == ("Empty", 1)

    async def test_a_group_that_was_empty_waits_again(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=3_000)
        group.join("a")
        group.advance(3_000)
        group.leave("a")
        again = group.join("b")
        group.advance(2_999)
        assert again.waits


async def test_a_later_rebalance_ends_as_soon_as_everybody_has_rejoined(group: GroupHarness) -> None:
    group.settle("a", "b")
    late = group.join("c")
    first = group.join("a")
    assert late.waits
    assert first.waits
    second = group.join("b")
    assert {call.result.generation_id for call in (late, first, second)} == {2}


async def test_an_id_given_out_holds_up_a_rebalance_until_it_joins_or_its_session_ends(
    group: GroupHarness,
) -> None:
    group.settle("a")
    group.join("b", must_know_its_id=True, session_ms=6_000)
    rejoin = group.join("a")
    group.advance(5_999)
    assert rejoin.waits
    group.advance(1)
    assert rejoin.result.generation_id == 2


async def test_members_that_do_not_rejoin_in_time_are_left_behind(group: GroupHarness) -> None:
    group.settle("a", "b", session_ms=60_000, rebalance_ms=30_000)
    rejoin = group.join("b", topics=["more"], rebalance_ms=20_000)
    group.advance(29_999)
    assert rejoin.waits
    group.advance(1)
    assert rejoin.result.generation_id == 2
    assert group.members == {"b"}
    assert group.heartbeat("a") is ErrorCode.UNKNOWN_MEMBER_ID


async def test_if_the_leader_does_not_rejoin_another_member_leads(group: GroupHarness) -> None:
    group.settle("a", "b", session_ms=60_000, rebalance_ms=30_000)
    rejoin = group.join("b", topics=["more"])
    group.advance(60_000)
    assert rejoin.result.leader == group.id_of("b")
    assert len(rejoin.result.members) == 1


async def test_the_leader_stays_when_it_rejoins(group: GroupHarness) -> None:
    group.settle("a", "b")
    group.join("b", topics=["more"])
    assert group.join("a").result.leader == group.id_of("a")


async def test_a_static_member_keeps_its_place_through_a_rebalance_it_missed(group: GroupHarness) -> None:
    for name in ("a", "b"):
        group.join(name, instance=name, session_ms=300_000, rebalance_ms=10_000)
    group.advance(0)
    rejoin = group.join("a", instance="a", topics=["more"], session_ms=300_000, rebalance_ms=10_000)
    group.advance(10_000)
    assert rejoin.result.generation_id == 2
    assert {m.group_instance_id for m in rejoin.result.members} == {"a", "b"}


async def test_while_only_silent_static_members_are_left_the_join_phase_goes_on(group: GroupHarness) -> None:
    group.settle("a", instance="i", session_ms=100_000, rebalance_ms=10_000)
    group.join("b", instance="j", rebalance_ms=10_000)
    group.leave_by_instance("j")
    group.advance(50_000)
    assert group.state == "PreparingRebalance"
    group.advance(50_000)
    assert group.state == "Empty"


class TestChosenProtocol:
    async def test_the_protocol_most_members_prefer_among_those_all_know_wins(
        self, group: GroupHarness
    ) -> None:
        joins = [
            group.join("a", protocols=["only-a", "range", "sticky"]),
            group.join("b", protocols=["sticky", "range"]),
            group.join("c", protocols=["sticky", "range", "only-c"]),
        ]
        group.advance(0)
        assert {join.result.protocol_name for join in joins} == {"sticky"}

    async def test_a_tie_is_decided_as_in_kafka(self, group: GroupHarness) -> None:
        joins = [
            group.join("a", protocols=["roundrobin", "range"]),
            group.join("b", protocols=["range", "roundrobin"]),
        ]
        group.advance(0)
        assert {join.result.protocol_name for join in joins} == {"range"}

    async def test_the_leader_sees_the_metadata_of_the_chosen_protocol(self, group: GroupHarness) -> None:
        join = group.join("a", protocols={"one": b"1", "two": b"2"})
        group.join("b", protocols={"two": b"zwei"})
        group.advance(0)
        assert {member.metadata for member in join.result.members} == {b"2", b"zwei"}


class TestSessions:
    async def test_a_silent_member_is_removed_when_its_session_ends(self, group: GroupHarness) -> None:
        group.settle("a", "b", session_ms=10_000)
        group.advance(9_000)
        group.heartbeat("b")
        group.advance(1_000)
        assert group.heartbeat("a") is ErrorCode.UNKNOWN_MEMBER_ID
        assert group.heartbeat("b") is ErrorCode.REBALANCE_IN_PROGRESS

    async def test_the_last_member_to_fall_silent_leaves_an_empty_group(self, group: GroupHarness) -> None:
        group.settle("a", session_ms=10_000)
        group.advance(10_000)
        assert (group.state, group.generation) == ("Empty", 2)

    async def test_a_parked_join_keeps_its_member_alive(self, group: GroupHarness) -> None:
        group.settle("a", "b", session_ms=10_000, rebalance_ms=100_000)
        rejoin = group.join("a")
        for _ in range(3):
            group.advance(9_000)
            assert group.heartbeat("b") is ErrorCode.REBALANCE_IN_PROGRESS
        group.join("b")
        assert rejoin.result.generation_id == 2

    async def test_the_first_join_of_a_member_waits_for_five_minutes_at_most(self) -> None:
        group = GroupHarness(initial_rebalance_delay_ms=600_000)
        join = group.join("a", session_ms=10_000, rebalance_ms=900_000)
        group.advance(299_999)
        assert join.waits
        group.advance(1)
        assert join.code is ErrorCode.UNKNOWN_MEMBER_ID
        assert join.result.member_id == ""

    async def test_a_member_that_expires_in_the_join_phase_no_longer_holds_it_up(
        self, group: GroupHarness
    ) -> None:
        group.settle("a", "b", session_ms=10_000)
        rejoin = group.join("b", topics=["more"])
        group.advance(10_000)
        assert rejoin.result.generation_id == 2
        assert group.members == {"b"}

    async def test_a_parked_sync_keeps_its_member_alive_and_the_answer_restarts_its_session(
        self, group: GroupHarness
    ) -> None:
        group.join("a", session_ms=30_000)
        group.join("b", session_ms=10_000)
        group.advance(0)
        waiting = group.sync("b")
        group.advance(25_000)
        assert waiting.waits
        group.sync("a", {"b": b"share"})
        assert waiting.result.assignment == b"share"
        group.advance(9_999)
        assert group.heartbeat("b") is ErrorCode.NONE


class TestPendingSyncs:
    """KAFKA-12890: members that joined and never ask for their share."""

    async def test_members_that_never_sync_are_removed_after_the_rebalance_timeout(
        self, group: GroupHarness
    ) -> None:
        group.join("a", session_ms=300_000, rebalance_ms=30_000)
        group.join("b", session_ms=300_000, rebalance_ms=20_000)
        group.advance(0)
        waiting = group.sync("b")
        group.advance(29_999)
        assert waiting.waits
        group.advance(1)
        assert waiting.code is ErrorCode.REBALANCE_IN_PROGRESS
        assert group.heartbeat("a") is ErrorCode.UNKNOWN_MEMBER_ID
        assert group.join("b").result.leader == group.id_of("b")

    async def test_a_stable_group_removes_them_as_well(self, group: GroupHarness) -> None:
        group.join("a", session_ms=300_000, rebalance_ms=30_000)
        group.join("b", session_ms=300_000, rebalance_ms=30_000)
        group.advance(0)
        group.sync("a", {})
        assert group.state == "Stable"
        group.advance(30_000)
        assert group.members == {"a"}
        assert group.heartbeat("a") is ErrorCode.REBALANCE_IN_PROGRESS

    async def test_nobody_is_removed_when_all_have_synced(self, group: GroupHarness) -> None:
        group.settle("a", "b", session_ms=300_000, rebalance_ms=30_000)
        group.advance(60_000)
        assert group.state == "Stable"

    async def test_a_new_rebalance_forgives_them(self, group: GroupHarness) -> None:
        group.join("a", session_ms=300_000, rebalance_ms=30_000)
        group.advance(0)
        group.advance(29_000)
        group.join("a", topics=["more"], session_ms=300_000, rebalance_ms=30_000)
        group.advance(29_000)
        assert group.members == {"a"}
