"""ConsumerGroupDescribe (API key 69), v0-1: state, members and assignments of consumer groups (KIP-848).

v1: which protocol a member speaks (KIP-1099).
"""

from kafkapy.cluster.image import ClusterImage
from kafkapy.coordinator.group.assignors.spec import Assignment as Partitions
from kafkapy.coordinator.group.consumer.describe import ConsumerMemberDescription
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.consumer_group_describe import (
    Assignment,
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    DescribedGroup,
    Member,
    TopicPartitions,
)
from kafkapy.security.operations import GROUP_OPERATIONS

CLASSIC_MEMBER, CONSUMER_MEMBER = 0, 1


def _fail(request: ConsumerGroupDescribeRequest, code: ErrorCode) -> ConsumerGroupDescribeResponse:
    return ConsumerGroupDescribeResponse(
        groups=[_undescribed(group_id, KafkaError(code), None) for group_id in request.group_ids]
    )


@handles(ConsumerGroupDescribeRequest, "0-1", fail=_fail)
async def consumer_group_describe(
    ctx: RequestContext, request: ConsumerGroupDescribeRequest
) -> ConsumerGroupDescribeResponse:
    groups = [await _describe(ctx, group_id) for group_id in request.group_ids]
    for group in groups if request.include_authorized_operations else ():
        if group.error_code == ErrorCode.NONE:
            group.authorized_operations = GROUP_OPERATIONS
    return ConsumerGroupDescribeResponse(groups=groups)


async def _describe(ctx: RequestContext, group_id: str) -> DescribedGroup:
    try:
        if not group_id:
            raise KafkaError(ErrorCode.INVALID_GROUP_ID)
        found = await settled(ctx.broker.groups.describe_consumer_group(group_id))
    except KafkaError as refusal:
        message = refusal.detail if refusal.code is ErrorCode.GROUP_ID_NOT_FOUND else None
        return _undescribed(group_id, refusal, message)
    image = ctx.broker.metadata.image
    return DescribedGroup(
        group_id=group_id,
        group_state=found.state,
        group_epoch=found.epoch,
        assignment_epoch=found.assignment_epoch,
        assignor_name=found.assignor,
        members=[_member(member, image) for member in found.members],
    )


def _undescribed(group_id: str, refusal: KafkaError, message: str | None) -> DescribedGroup:
    return DescribedGroup(
        error_code=refusal.code,
        error_message=message,
        group_id=group_id,
        group_state="",
        group_epoch=0,
        assignment_epoch=0,
        assignor_name="",
        members=[],
    )


def _member(member: ConsumerMemberDescription, image: ClusterImage) -> Member:
    profile = member.profile
    return Member(
        member_id=profile.member_id,
        instance_id=profile.instance_id,
        rack_id=profile.rack_id,
        member_epoch=member.epoch,
        client_id=profile.client_id,
        client_host=profile.client_host,
        subscribed_topic_names=list(profile.names),
        subscribed_topic_regex=profile.regex,
        assignment=_assignment(member.assigned, image),
        target_assignment=_assignment(member.target, image),
        member_type=CONSUMER_MEMBER if profile.classic is None else CLASSIC_MEMBER,
    )


def _assignment(partitions: Partitions, image: ClusterImage) -> Assignment:
    """Without topics that have been deleted since."""
    found = ((image.topic_by_id(topic_id), indexes) for topic_id, indexes in partitions.items())
    return Assignment(
        topic_partitions=[
            TopicPartitions(topic_id=topic.topic_id, topic_name=topic.name, partitions=sorted(indexes))
            for topic, indexes in found
            if topic is not None
        ]
    )
