"""JoinGroup (API key 11), v0-9: a member of a classic group asks in, and waits until the others have as well.

v1: rebalance timeout, before that the session timeout. v4: new members are given an id first (KIP-394). v5:
static membership (KIP-345). v9: a leader that comes back may skip the assignment (KIP-814).
"""

from kafkapy.coordinator.group.classic.join import JoiningMember
from kafkapy.coordinator.group.classic.results import JoinResult
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.join_group import JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember

FIRST_VERSION_WITH_REBALANCE_TIMEOUT = 1
FIRST_VERSION_WITH_MEMBER_ID_REQUIRED = 4
FIRST_VERSION_WITH_NULL_PROTOCOL = 7
FIRST_VERSION_WITH_SKIP_ASSIGNMENT = 9


@handles(JoinGroupRequest, "0-9")
async def join_group(ctx: RequestContext, request: JoinGroupRequest) -> JoinGroupResponse:
    try:
        result = await settled(ctx.broker.groups.join(request.group_id, _joining_member(ctx, request)))
    except KafkaError as refusal:
        result = JoinResult(member_id=request.member_id, error=refusal.code)
    return JoinGroupResponse(
        error_code=result.error,
        generation_id=result.generation_id,
        protocol_type=result.protocol_type,
        protocol_name=_protocol_name(ctx, result),
        leader=result.leader,
        skip_assignment=result.skip_assignment,
        member_id=result.member_id,
        members=[
            JoinGroupResponseMember(
                member_id=member.member_id,
                group_instance_id=member.group_instance_id,
                metadata=member.metadata,
            )
            for member in result.members
        ],
    )


def _joining_member(ctx: RequestContext, request: JoinGroupRequest) -> JoiningMember:
    return JoiningMember(
        member_id=request.member_id,
        group_instance_id=request.group_instance_id,
        client_id=ctx.client_id,
        client_host=ctx.client_host,
        session_timeout_ms=request.session_timeout_ms,
        rebalance_timeout_ms=(
            request.session_timeout_ms
            if ctx.api_version < FIRST_VERSION_WITH_REBALANCE_TIMEOUT
            else request.rebalance_timeout_ms
        ),
        protocol_type=request.protocol_type,
        protocols=tuple((protocol.name, protocol.metadata) for protocol in request.protocols),
        must_know_its_id=ctx.api_version >= FIRST_VERSION_WITH_MEMBER_ID_REQUIRED,
        may_skip_assignment=ctx.api_version >= FIRST_VERSION_WITH_SKIP_ASSIGNMENT,
    )


def _protocol_name(ctx: RequestContext, result: JoinResult) -> str | None:
    if result.protocol_name is None and ctx.api_version < FIRST_VERSION_WITH_NULL_PROTOCOL:
        return ""
    return result.protocol_name
