"""SyncGroup (API key 14), v0-5: the leader of a classic group brings assignments, all collect theirs.

v3: static membership (KIP-345). v5: protocol type and name must be given (KIP-559).
"""

from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.sync_group import SyncGroupRequest, SyncGroupResponse

FIRST_VERSION_WITH_PROTOCOL = 5


@handles(SyncGroupRequest, "0-5")
async def sync_group(ctx: RequestContext, request: SyncGroupRequest) -> SyncGroupResponse:
    if ctx.api_version >= FIRST_VERSION_WITH_PROTOCOL and None in (
        request.protocol_type,
        request.protocol_name,
    ):
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    result = await settled(
        ctx.broker.groups.sync(
            request.group_id,
            MemberIdentity(request.member_id, request.generation_id, request.group_instance_id),
            protocol_type=request.protocol_type,
            protocol_name=request.protocol_name,
            assignments={given.member_id: given.assignment for given in request.assignments},
        )
    )
    return SyncGroupResponse(
        protocol_type=result.protocol_type, protocol_name=result.protocol_name, assignment=result.assignment
    )
