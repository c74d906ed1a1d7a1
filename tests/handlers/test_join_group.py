"""JoinGroup on the wire: what differs between versions."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from tests.conftest import StartBroker
from tests.handlers.group_requests import heartbeat_request, join, join_request, settle, start_coordinator


@pytest.mark.parametrize("version", range(10))
async def test_a_first_member_leads_whatever_version_it_speaks(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    member_id = ""
    if version >= 4:
        asked = await broker.send(join_request(), version)
        assert asked.error_code == ErrorCode.MEMBER_ID_REQUIRED
        member_id = asked.member_id
    joined = await join(broker, member_id, version=version)
    assert joined.error_code == ErrorCode.NONE
    assert joined.generation_id == 1
    assert joined.leader == joined.member_id
    assert joined.member_id.startswith("test-")
    assert joined.protocol_type == ("consumer" if version >= 7 else None)
    assert joined.protocol_name == "range"
    assert [(m.member_id, m.metadata) for m in joined.members] == [(joined.member_id, b"metadata")]


@pytest.mark.parametrize("version", range(10))
async def test_a_refusal_has_no_protocol_and_no_generation(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    refused = await broker.send(join_request("made-up"), version)
    assert refused.error_code == ErrorCode.UNKNOWN_MEMBER_ID
    assert refused.member_id == "made-up"
    assert refused.protocol_name == ("" if version < 7 else None)
    assert (refused.generation_id, refused.leader, refused.members) == (-1, "", [])


@pytest.mark.parametrize(("version", "gone_after_s"), [(0, 20), (1, 60)])
async def test_before_there_was_a_rebalance_timeout_the_session_timeout_counts(
    start_broker: StartBroker, version: int, gone_after_s: int
) -> None:
    """How long a member may take to ask for its share shows which timeout it is."""
    broker = await start_coordinator(start_broker)
    joined = await join(broker, version=version, session_timeout_ms=20_000)
    for _ in range(0, gone_after_s, 5):
        alive = await broker.send(heartbeat_request(joined.member_id), 3)
        assert alive.error_code == ErrorCode.NONE
        await broker.advance(5_000)
    gone = await broker.send(heartbeat_request(joined.member_id), 3)
    assert gone.error_code == ErrorCode.UNKNOWN_MEMBER_ID


async def test_a_static_member_that_comes_back_may_skip_the_assignment_since_version_9(
    start_broker: StartBroker,
) -> None:
    broker = await start_coordinator(start_broker)
    first = await settle(broker, version=5, group_instance_id="i")
    second = await broker.send(join_request(group_instance_id="i"), version=8)
    assert (second.leader, second.members, second.skip_assignment) == (first, [], False)
    third = await broker.send(join_request(group_instance_id="i"), version=9)
    assert (third.leader, third.skip_assignment) == (third.member_id, True)
    assert [m.group_instance_id for m in third.members] == ["i"]


async def test_a_broker_that_was_never_asked_for_a_coordinator_is_none(start_broker: StartBroker) -> None:
    broker = await start_broker()
    assert (await broker.send(join_request(), 9)).error_code == ErrorCode.NOT_COORDINATOR


async def test_a_client_that_disconnects_while_it_waits_is_a_member_until_its_session_ends(
    start_broker: StartBroker,
) -> None:
    broker = await start_coordinator(start_broker, group_initial_rebalance_delay_ms=3_000)
    client = broker.connect()
    client.write(join_request(), 3)
    await broker.advance(0)
    client.disconnect()
    staying = broker.begin(join_request(session_timeout_ms=60_000), 3)
    await broker.advance(0)
    await broker.advance(6_000)
    joined = await staying
    assert joined.leader != joined.member_id
    heartbeat = heartbeat_request(joined.member_id)
    assert (await broker.send(heartbeat, 3)).error_code == ErrorCode.NONE
    await broker.advance(10_000)
    assert (await broker.send(heartbeat, 3)).error_code == ErrorCode.REBALANCE_IN_PROGRESS
