"""Static membership (KIP-345): a member that comes back without its id takes its old place."""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.coordinator.group_harness import GroupHarness, subscription, uuid


def settle_two(group: GroupHarness) -> None:
    """`a` leads, `b` follows; their instance ids are i and j."""
    joins = [group.join("a", instance="i"), group.join("b", instance="j")]
    group.advance(0)
    assert joins[0].result.leader == group.id_of("a")
    assert joins[1].code is ErrorCode.NONE
    group.sync("a", {"a": b"a", "b": b"b"})
    group.sync("b")


def come_back(group: GroupHarness, name: str, instance: str, **options: object) -> tuple[str, object]:
    """The member's old id, and its join without one."""
    old = group.id_of(name)
    return old, group.join(name, member_id="", instance=instance, **options)  # type: ignore[arg-type]


async def test_a_follower_comes_back_without_a_rebalance(group: GroupHarness) -> None:
    settle_two(group)
    old, join = come_back(group, "b", "j")
    assert join.result.member_id == f"j-{uuid(3)}" != old
    assert (join.result.generation_id, join.result.leader) == (1, group.id_of("a"))
    assert (join.result.members, join.result.skip_assignment) == ((), False)
    assert group.state == "Stable"
    assert group.sync("b").result.assignment == b"b"


async def test_a_leader_comes_back_and_is_told_to_skip_the_assignment(group: GroupHarness) -> None:
    settle_two(group)
    _, join = come_back(group, "a", "i")
    assert join.result.leader == join.result.member_id == group.id_of("a")
    assert join.result.skip_assignment
    assert {member.group_instance_id for member in join.result.members} == {"i", "j"}


async def test_an_old_client_that_led_is_told_of_its_old_id_as_the_leader(group: GroupHarness) -> None:
    settle_two(group)
    old, join = come_back(group, "a", "i", may_skip_assignment=False)
    assert (join.result.leader, join.result.members, join.result.skip_assignment) == (old, (), False)
    assert group.sync("a", {"a": b"ignored"}).result.assignment == b"a"


async def test_the_new_id_is_in_the_log_before_it_is_told(group: GroupHarness) -> None:
    settle_two(group)
    come_back(group, "a", "i")
    _, value = group.records[-1]
    assert value.leader == group.id_of("a")
    assert {m.member_id: m.assignment for m in value.members} == {
        group.id_of("a"): b"a",
        group.id_of("b"): b"b",
    }


async def test_if_the_log_refuses_the_new_id_the_old_one_stays(group: GroupHarness) -> None:
    settle_two(group)
    group.log.refuses = KafkaError(ErrorCode.MESSAGE_TOO_LARGE)
    old, join = come_back(group, "b", "j")
    assert join.code is ErrorCode.UNKNOWN_SERVER_ERROR
    group.log.refuses = None
    group.ids["b"] = old
    assert group.heartbeat("b", instance="j") is ErrorCode.NONE


async def test_the_old_id_is_fenced_everywhere(group: GroupHarness) -> None:
    settle_two(group)
    old, _ = come_back(group, "b", "j")
    group.ids["old"] = old
    assert group.heartbeat("old", instance="j") is ErrorCode.FENCED_INSTANCE_ID
    assert group.heartbeat("old") is ErrorCode.UNKNOWN_MEMBER_ID
    assert group.sync("old", instance="j").code is ErrorCode.FENCED_INSTANCE_ID
    assert group.join("old", instance="j").code is ErrorCode.FENCED_INSTANCE_ID
    assert group.leave_by_instance("j", old) == [ErrorCode.FENCED_INSTANCE_ID]


async def test_other_topics_alone_do_not_cause_a_rebalance(group: GroupHarness) -> None:
    settle_two(group)
    _, join = come_back(group, "b", "j", topics=["other"])
    assert join.result.generation_id == 1
    metadata = {member.group_instance_id: member.metadata for member in group.describe().members}
    assert metadata == {"i": subscription("topic"), "j": subscription("other")}


async def test_another_protocol_for_the_group_does(group: GroupHarness) -> None:
    joins = [
        group.join("a", instance="i", protocols=["range", "sticky"]),
        group.join("b", instance="j", protocols=["range", "sticky"]),
    ]
    group.advance(0)
    assert joins[0].result.protocol_name == joins[1].result.protocol_name == "range"
    group.sync("a", {})
    group.sync("b")
    _, join = come_back(group, "b", "j", protocols=["sticky"])
    assert join.waits
    assert group.heartbeat("a") is ErrorCode.REBALANCE_IN_PROGRESS
    group.join("a", instance="i", protocols=["range", "sticky"])
    assert join.result.protocol_name == "sticky"


async def test_in_the_sync_phase_the_round_starts_again(group: GroupHarness) -> None:
    group.join("a", instance="i")
    group.join("b", instance="j")
    group.advance(0)
    waiting = group.sync("b", instance="j")
    _, join = come_back(group, "b", "j")
    assert waiting.code is ErrorCode.FENCED_INSTANCE_ID
    assert join.waits
    assert group.join("a", instance="i").result.generation_id == 2
    assert join.result.generation_id == 2


async def test_in_the_join_phase_a_parked_join_of_the_old_id_is_fenced(group: GroupHarness) -> None:
    settle_two(group)
    parked = group.join("b", instance="j", topics=["more"])
    old, join = come_back(group, "b", "j")
    assert parked.code is ErrorCode.FENCED_INSTANCE_ID
    assert parked.result.member_id == old
    group.join("a", instance="i")
    assert join.result.generation_id == 2


async def test_an_instance_id_that_nobody_has_adds_a_member(group: GroupHarness) -> None:
    group.settle("a", instance="i")
    assert group.join("b", instance="j").waits
    assert group.heartbeat("a", instance="i") is ErrorCode.REBALANCE_IN_PROGRESS


async def test_a_member_that_names_an_instance_id_it_never_had_is_unknown(group: GroupHarness) -> None:
    group.settle("a")
    assert group.join("a", instance="i").code is ErrorCode.UNKNOWN_MEMBER_ID


async def test_a_static_member_stays_until_its_session_ends(group: GroupHarness) -> None:
    settle_two(group)
    group.advance(9_999)
    assert group.heartbeat("a", instance="i") is ErrorCode.NONE
    group.advance(1)
    assert group.members == {"a"}


async def test_the_member_that_came_back_has_a_session_of_its_own(group: GroupHarness) -> None:
    group.settle("a", instance="i", session_ms=10_000)
    group.advance(9_000)
    come_back(group, "a", "i", session_ms=10_000)
    group.advance(9_000)
    assert group.heartbeat("a", instance="i") is ErrorCode.NONE
