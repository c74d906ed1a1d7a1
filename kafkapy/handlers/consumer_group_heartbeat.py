"""ConsumerGroupHeartbeat (API key 68), v0-1: a member of a consumer group reports, and is told what to read
(KIP-848).

v1: subscription by pattern, and members bring their own id (KIP-1082).
"""

from kafkapy.cluster.image import GROUP_VERSION
from kafkapy.coordinator.group.assignors.spec import Assignment as OwnedPartitions
from kafkapy.coordinator.group.consumer.heartbeat import HeartbeatRequest, HeartbeatResult
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.consumer_group_heartbeat import (
    Assignment,
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    TopicPartitions,
)
from kafkapy.protocol.uuid import uuid_text

FIRST_VERSION_WITH_CLIENT_MADE_IDS = 1


@handles(ConsumerGroupHeartbeatRequest, "0-1")
async def consumer_group_heartbeat(
    ctx: RequestContext, request: ConsumerGroupHeartbeatRequest
) -> ConsumerGroupHeartbeatResponse:
    if ctx.broker.metadata.image.features.get(GROUP_VERSION, 0) < 1:
        raise KafkaError(ErrorCode.UNSUPPORTED_VERSION)
    result = await settled(ctx.broker.groups.consumer_heartbeat(request.group_id, _domain(ctx, request)))
    return ConsumerGroupHeartbeatResponse(
        member_id=result.member_id,
        member_epoch=result.epoch,
        heartbeat_interval_ms=result.heartbeat_interval_ms,
        assignment=_assignment(result),
    )


def _domain(ctx: RequestContext, request: ConsumerGroupHeartbeatRequest) -> HeartbeatRequest:
    member_id = request.member_id
    if not member_id and request.member_epoch == 0 and ctx.api_version < FIRST_VERSION_WITH_CLIENT_MADE_IDS:
        member_id = uuid_text(ctx.broker.new_uuid())
    return HeartbeatRequest(
        member_id=member_id,
        epoch=request.member_epoch,
        instance_id=request.instance_id,
        rack_id=request.rack_id,
        rebalance_timeout_ms=request.rebalance_timeout_ms,
        names=None if request.subscribed_topic_names is None else tuple(request.subscribed_topic_names),
        regex=request.subscribed_topic_regex,
        server_assignor=request.server_assignor,
        owned=_owned(request.topic_partitions),
        client_id=ctx.client_id,
        client_host=ctx.client_host,
    )


def _owned(topics: list[TopicPartitions] | None) -> OwnedPartitions | None:
    return None if topics is None else {topic.topic_id: frozenset(topic.partitions) for topic in topics}


def _assignment(result: HeartbeatResult) -> Assignment | None:
    if result.assignment is None:
        return None
    return Assignment(
        topic_partitions=[
            TopicPartitions(topic_id=topic_id, partitions=sorted(partitions))
            for topic_id, partitions in result.assignment.items()
        ]
    )
