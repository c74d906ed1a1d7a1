"""SyncGroup on the wire: what differs between versions."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from tests.conftest import StartBroker
from tests.handlers.group_requests import join, join_request, start_coordinator, sync_request

PROTOCOL = {"protocol_type": "consumer", "protocol_name": "range"}


@pytest.mark.parametrize("version", range(6))
async def test_the_leader_gets_its_share(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    member_id = (await join(broker)).member_id
    named = PROTOCOL if version >= 5 else {}
    synced = await broker.send(sync_request(member_id, {member_id: b"share"}, **named), version)
    assert (synced.error_code, synced.assignment) == (ErrorCode.NONE, b"share")
    assert (synced.protocol_type, synced.protocol_name) == (("consumer", "range") if named else (None, None))


@pytest.mark.parametrize("missing", PROTOCOL)
async def test_since_version_5_the_protocol_must_be_named(start_broker: StartBroker, missing: str) -> None:
    broker = await start_coordinator(start_broker)
    member_id = (await join(broker)).member_id
    synced = await broker.send(sync_request(member_id, **{**PROTOCOL, missing: None}), version=5)
    assert synced.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL


async def test_a_refusal_has_an_empty_assignment(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    refused = await broker.send(sync_request("made-up"), version=4)
    assert (refused.error_code, refused.assignment) == (ErrorCode.UNKNOWN_MEMBER_ID, b"")


async def test_followers_wait_for_the_leader(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker, group_initial_rebalance_delay_ms=3_000)
    joining = [broker.begin(join_request(), 3), broker.begin(join_request(), 3)]
    await broker.advance(0)
    await broker.advance(6_000)
    leader, follower = sorted([await task for task in joining], key=lambda joined: -len(joined.members))
    waiting = broker.begin(sync_request(follower.member_id), 3)
    await broker.advance(0)
    assert not waiting.done()
    await broker.send(sync_request(leader.member_id, {follower.member_id: b"yours"}), 3)
    assert (await waiting).assignment == b"yours"
