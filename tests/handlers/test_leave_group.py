"""LeaveGroup on the wire: one member before version 3, many since."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.leave_group import LeaveGroupRequest, MemberIdentity
from tests.conftest import StartBroker
from tests.handlers.group_requests import settle, start_coordinator


@pytest.mark.parametrize("version", range(3))
async def test_the_code_of_a_single_member_is_that_of_the_response(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    member_id = await settle(broker)
    expected = [("nobody", ErrorCode.UNKNOWN_MEMBER_ID), (member_id, ErrorCode.NONE)]
    for leaving, code in expected:
        left = await broker.send(LeaveGroupRequest(group_id="group", member_id=leaving), version)
        assert left.error_code == code
    left = await broker.send(LeaveGroupRequest(group_id="elsewhere", member_id=member_id), version)
    assert left.error_code == ErrorCode.UNKNOWN_MEMBER_ID


@pytest.mark.parametrize("version", range(3, 6))
async def test_many_members_have_a_code_each(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker, version=5, group_instance_id="i")
    members = [
        MemberIdentity(member_id="nobody"),
        MemberIdentity(member_id="nobody", group_instance_id="i"),
        MemberIdentity(member_id="", group_instance_id="i"),
    ]
    left = await broker.send(LeaveGroupRequest(group_id="group", members=members), version)
    assert left.error_code == ErrorCode.NONE
    assert [(m.member_id, m.group_instance_id, m.error_code) for m in left.members] == [
        ("nobody", None, ErrorCode.UNKNOWN_MEMBER_ID),
        ("nobody", "i", ErrorCode.FENCED_INSTANCE_ID),
        ("", "i", ErrorCode.NONE),
    ]


async def test_in_a_group_that_is_not_there_each_member_is_unknown(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    request = LeaveGroupRequest(group_id="elsewhere", members=[MemberIdentity(member_id="m")])
    left = await broker.send(request, 5)
    assert left.error_code == ErrorCode.NONE
    assert [member.error_code for member in left.members] == [ErrorCode.UNKNOWN_MEMBER_ID]


async def test_what_concerns_the_whole_request_is_the_code_of_the_response(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    left = await broker.send(LeaveGroupRequest(group_id="", members=[]), 5)
    assert (left.error_code, left.members) == (ErrorCode.INVALID_GROUP_ID, [])
