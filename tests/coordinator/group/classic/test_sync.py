"""SyncGroup: how the leader's assignments reach the members, and the log."""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.coordinator.group_harness import GroupHarness, subscription


async def test_everybody_gets_the_share_that_the_leader_gave_it(group: GroupHarness) -> None:
    group.join("a")
    group.join("b")
    group.advance(0)
    waiting = group.sync("b", {"b": b"not the leader"})
    assert waiting.waits
    assert group.sync("a", {"a": b"A", "b": b"B"}).result.assignment == b"A"
    assert waiting.result.assignment == b"B"
    assert (waiting.result.protocol_type, waiting.result.protocol_name) == ("consumer", "range")
    assert group.state == "Stable"


async def test_members_that_the_leader_left_out_get_an_empty_share(group: GroupHarness) -> None:
    group.join("a")
    group.join("b")
    group.advance(0)
    group.sync("a", {"a": b"everything"})
    assert group.sync("b").result.assignment == b""


async def test_a_stable_group_answers_at_once(group: GroupHarness) -> None:
    group.settle("a", "b")
    assert group.sync("b").result.assignment == b"b"
    assert group.sync("a", {"a": b"too late"}).result.assignment == b"a"


async def test_who_is_not_of_this_generation_is_refused(group: GroupHarness) -> None:
    assert group.sync("stranger", generation=1).code is ErrorCode.UNKNOWN_MEMBER_ID
    group.settle("a", "b")
    assert group.sync("stranger").code is ErrorCode.UNKNOWN_MEMBER_ID
    assert group.sync("a", generation=0).code is ErrorCode.ILLEGAL_GENERATION
    assert group.sync("a", instance="i").code is ErrorCode.UNKNOWN_MEMBER_ID
    group.leave("a", "b")
    assert group.sync("a").code is ErrorCode.UNKNOWN_MEMBER_ID


async def test_protocol_type_and_name_must_be_those_of_the_group_if_given(group: GroupHarness) -> None:
    group.join("a")
    group.advance(0)
    assert group.sync("a", protocol_type="connect").code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert group.sync("a", protocol_name="sticky").code is ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    assert group.sync("a", protocol_type="consumer", protocol_name="range").code is ErrorCode.NONE


async def test_in_the_join_phase_there_is_nothing_to_collect(group: GroupHarness) -> None:
    group.settle("a", "b")
    group.join("b", topics=["more"])
    assert group.sync("a").code is ErrorCode.REBALANCE_IN_PROGRESS


async def test_a_rebalance_sends_those_who_wait_for_a_share_back_to_join(group: GroupHarness) -> None:
    group.join("a")
    group.join("b")
    group.advance(0)
    waiting = group.sync("b")
    group.join("c")
    assert waiting.code is ErrorCode.REBALANCE_IN_PROGRESS


async def test_a_second_sync_of_a_member_takes_the_place_of_the_first(group: GroupHarness) -> None:
    group.join("a")
    group.join("b")
    group.advance(0)
    first, second = group.sync("b"), group.sync("b")
    assert first.code is ErrorCode.REBALANCE_IN_PROGRESS
    group.sync("a", {"b": b"B"})
    assert second.result.assignment == b"B"


async def test_the_log_gets_the_generation_with_its_assignments(group: GroupHarness) -> None:
    created_ms = group.clock.now_ms()
    group.join("a", instance="i", topics=["t"], session_ms=7_000, rebalance_ms=50_000)
    group.advance(0)
    completing_ms = group.clock.now_ms()
    group.advance(100)
    group.sync("a", {"a": b"A"})
    (_, created), (key, value) = group.records
    assert (created.protocol_type, created.generation, created.protocol, created.members) == ("", 0, None, [])
    assert created.current_state_timestamp == created_ms
    assert key.group == "group"
    assert (value.protocol_type, value.generation, value.protocol) == ("consumer", 1, "range")
    assert (value.leader, value.current_state_timestamp) == (group.id_of("a"), completing_ms)
    [member] = value.members
    assert (member.member_id, member.group_instance_id) == (group.id_of("a"), "i")
    assert (member.client_id, member.client_host) == ("a", "/127.0.0.1")
    assert (member.session_timeout, member.rebalance_timeout) == (7_000, 50_000)
    assert (member.subscription, member.assignment) == (subscription("t"), b"A")


async def test_records_have_the_versions_that_kafka_writes(group: GroupHarness) -> None:
    group.settle("a")
    assert [(key[:2], value and value[:2]) for batch in group.log.batches for key, value in batch] == [
        (b"\0\2", b"\0\3"),
        (b"\0\2", b"\0\3"),
    ]


async def test_a_group_that_lost_its_last_member_is_recorded_as_empty(group: GroupHarness) -> None:
    group.settle("a")
    group.leave("a")
    _, value = group.records[-1]
    assert (value.protocol_type, value.generation) == ("consumer", 2)
    assert (value.protocol, value.leader, value.members) == (None, None, [])
    assert value.current_state_timestamp == group.clock.now_ms()


async def test_if_the_log_refuses_the_assignments_everybody_is_told_and_tries_again(
    group: GroupHarness,
) -> None:
    group.join("a")
    group.join("b")
    group.advance(0)
    waiting = group.sync("b")
    group.log.refuses = KafkaError(ErrorCode.MESSAGE_TOO_LARGE)
    assert group.sync("a", {"a": b"huge"}).code is ErrorCode.UNKNOWN_SERVER_ERROR
    assert waiting.code is ErrorCode.UNKNOWN_SERVER_ERROR
    assert group.state == "PreparingRebalance"
    group.log.refuses = None
    group.join("b")
    assert group.join("a").result.generation_id == 2
