"""DescribeGroups (API key 15), v0-6: state and members of classic groups.

v4: static members. v6: a group that is not there is an error (KIP-1043); before that it is "Dead" and no
error.
"""

from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_groups import (
    DescribedGroup,
    DescribedGroupMember,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
)
from kafkapy.security.operations import GROUP_OPERATIONS

FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 6


def _fail(request: DescribeGroupsRequest, code: ErrorCode) -> DescribeGroupsResponse:
    return DescribeGroupsResponse(groups=[_undescribed(group_id, "", code) for group_id in request.groups])


@handles(DescribeGroupsRequest, "0-6", fail=_fail)
async def describe_groups(ctx: RequestContext, request: DescribeGroupsRequest) -> DescribeGroupsResponse:
    groups = [await _describe(ctx, group_id) for group_id in request.groups]
    for group in groups if request.include_authorized_operations else ():
        if group.error_code == ErrorCode.NONE:
            group.authorized_operations = GROUP_OPERATIONS
    return DescribeGroupsResponse(groups=groups)


async def _describe(ctx: RequestContext, group_id: str) -> DescribedGroup:
    try:
        found = await settled(ctx.broker.groups.describe_group(group_id))
    except KafkaError as refusal:
        if refusal.code is not ErrorCode.GROUP_ID_NOT_FOUND:
            return _undescribed(group_id, "", refusal.code)
        if ctx.api_version < FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND:
            return _undescribed(group_id, GroupState.DEAD.value, ErrorCode.NONE)
        return _undescribed(group_id, GroupState.DEAD.value, refusal.code, refusal.detail)
    return DescribedGroup(
        group_id=group_id,
        group_state=found.state,
        protocol_type=found.protocol_type,
        protocol_data=found.protocol_data,
        members=[
            DescribedGroupMember(
                member_id=member.member_id,
                group_instance_id=member.group_instance_id,
                client_id=member.client_id,
                client_host=member.client_host,
                member_metadata=member.metadata,
                member_assignment=member.assignment,
            )
            for member in found.members
        ],
    )


def _undescribed(group_id: str, state: str, code: ErrorCode, message: str | None = None) -> DescribedGroup:
    return DescribedGroup(
        error_code=code,
        error_message=message,
        group_id=group_id,
        group_state=state,
        protocol_type="",
        protocol_data="",
        members=[],
    )
