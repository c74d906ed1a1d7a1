"""Heartbeat on the wire."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from tests.conftest import StartBroker
from tests.handlers.group_requests import heartbeat_request, join_request, settle, start_coordinator


@pytest.mark.parametrize("version", range(5))
async def test_a_member_is_told_whether_it_has_to_join_again(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    member_id = await settle(broker)
    assert (await broker.send(heartbeat_request(member_id), version)).error_code == ErrorCode.NONE
    joining = broker.begin(join_request(), 3)
    await broker.advance(0)
    told = await broker.send(heartbeat_request(member_id), version)
    assert told.error_code == ErrorCode.REBALANCE_IN_PROGRESS
    joining.cancel()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"generation_id": 9}, ErrorCode.ILLEGAL_GENERATION),
        ({"member_id": "made-up"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"group_id": "elsewhere"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ({"group_id": ""}, ErrorCode.INVALID_GROUP_ID),
        ({"group_instance_id": "i"}, ErrorCode.UNKNOWN_MEMBER_ID),
    ],
)
async def test_who_is_not_of_the_group_is_told_why(
    start_broker: StartBroker, changes: dict[str, object], code: ErrorCode
) -> None:
    broker = await start_coordinator(start_broker)
    member_id = await settle(broker)
    assert (await broker.send(heartbeat_request(**{"member_id": member_id, **changes}), 4)).error_code == code


async def test_a_session_outlives_a_restart_of_the_broker(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    member_id = await settle(broker)
    await broker.restart()
    assert (await broker.send(heartbeat_request(member_id), 4)).error_code == ErrorCode.NONE
    await broker.advance(10_000)
    assert (await broker.send(heartbeat_request(member_id), 4)).error_code == ErrorCode.UNKNOWN_MEMBER_ID
