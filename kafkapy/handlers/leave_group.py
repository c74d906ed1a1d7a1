"""LeaveGroup (API key 13), v0-5: members leave a classic group, or an administrator removes them.

v3: many members at once, by member or instance id, with a code for each (KIP-345); before that the one
member's code is that of the response. The reason of v5 (KIP-800) is read and not used.
"""

from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.leave_group import LeaveGroupRequest, LeaveGroupResponse, MemberResponse

FIRST_VERSION_WITH_MANY_MEMBERS = 3


@handles(LeaveGroupRequest, "0-5")
async def leave_group(ctx: RequestContext, request: LeaveGroupRequest) -> LeaveGroupResponse:
    if ctx.api_version < FIRST_VERSION_WITH_MANY_MEMBERS:
        codes = await _leave(ctx, request.group_id, [LeavingMember(request.member_id)])
        return LeaveGroupResponse(error_code=codes[0])
    codes = await _leave(
        ctx, request.group_id, [LeavingMember(m.member_id, m.group_instance_id) for m in request.members]
    )
    return LeaveGroupResponse(
        members=[
            MemberResponse(
                member_id=member.member_id, group_instance_id=member.group_instance_id, error_code=code
            )
            for member, code in zip(request.members, codes, strict=True)
        ]
    )


async def _leave(ctx: RequestContext, group_id: str, leaving: list[LeavingMember]) -> list[ErrorCode]:
    try:
        return await settled(ctx.broker.groups.leave(group_id, leaving))
    except KafkaError as refusal:
        if refusal.code is not ErrorCode.UNKNOWN_MEMBER_ID:
            raise
        # There is no such group, and so none of them is in it.
        return [refusal.code] * len(leaving)
