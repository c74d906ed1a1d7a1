"""DescribeGroups on the wire."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.security.operations import GROUP_OPERATIONS
from tests.conftest import StartBroker
from tests.handlers.group_requests import commit_request, settle, start_coordinator


@pytest.mark.parametrize("version", range(7))
async def test_groups_are_described_in_the_order_they_were_asked_for(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    member_id = await settle(broker, version=5, group_instance_id="i")
    await broker.send(commit_request((0, 1), group_id="simple"), 9)
    described = await broker.send(DescribeGroupsRequest(groups=["simple", "group"]), version)
    simple, group = described.groups
    assert (simple.group_id, simple.group_state, simple.protocol_type) == ("simple", "Empty", "")
    assert (group.group_state, group.protocol_type, group.protocol_data) == ("Stable", "consumer", "range")
    [member] = group.members
    assert (member.member_id, member.client_id, member.client_host) == (member_id, "test", "/127.0.0.1")
    assert member.group_instance_id == ("i" if version >= 4 else None)
    assert (member.member_metadata, member.member_assignment) == (b"metadata", b"share")
    assert group.authorized_operations == -(2**31)


@pytest.mark.parametrize("version", range(7))
async def test_a_group_that_is_not_there_is_dead_and_since_version_6_an_error(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    [group] = (await broker.send(DescribeGroupsRequest(groups=["nowhere"]), version)).groups
    assert (group.group_id, group.group_state, group.members) == ("nowhere", "Dead", [])
    if version >= 6:
        assert group.error_code == ErrorCode.GROUP_ID_NOT_FOUND
        assert group.error_message == "Group nowhere not found."
    else:
        assert group.error_code == ErrorCode.NONE


async def test_other_refusals_stand_at_each_group(start_broker: StartBroker) -> None:
    broker = await start_broker()
    described = await broker.send(DescribeGroupsRequest(groups=["a", "b"]))
    assert [(group.group_id, group.error_code) for group in described.groups] == [
        ("a", ErrorCode.NOT_COORDINATOR),
        ("b", ErrorCode.NOT_COORDINATOR),
    ]


@pytest.mark.parametrize("version", range(3, 7))
async def test_who_asks_is_told_what_may_be_done_with_a_group(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker)
    request = DescribeGroupsRequest(groups=["group", "nowhere"], include_authorized_operations=True)
    there, nowhere = (await broker.send(request, version)).groups
    assert there.authorized_operations == GROUP_OPERATIONS
    assert (nowhere.authorized_operations == GROUP_OPERATIONS) == (version < 6)
