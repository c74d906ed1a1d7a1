"""Heartbeat (API key 12), v0-4: a classic member is alive, and learns whether it has to join again.

v3: static membership (KIP-345).
"""

from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse


@handles(HeartbeatRequest, "0-4")
async def heartbeat(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
    identity = MemberIdentity(request.member_id, request.generation_id, request.group_instance_id)
    code = await settled(ctx.broker.groups.heartbeat(request.group_id, identity))
    return HeartbeatResponse(error_code=code)
