"""OffsetCommit (API key 8), v2-10: stores how far a group has read.

v2-4: retention time. v6: leader epoch. v7: static membership (KIP-345). v9: an unknown group has a code of
its own. v10: topic ids (KIP-848).
"""

from collections.abc import Iterator

from kafkapy.cluster.image import ClusterImage, TopicImage
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.offsets import OffsetToCommit
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
    OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
)

FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 9
FIRST_VERSION_WITH_MEMBER_EPOCHS = 9
FIRST_VERSION_WITH_TOPIC_IDS = 10


def _fail(request: OffsetCommitRequest, code: ErrorCode) -> OffsetCommitResponse:
    return OffsetCommitResponse(
        topics=[_response(topic, [code] * len(topic.partitions)) for topic in request.topics]
    )


@handles(OffsetCommitRequest, "2-10", fail=_fail)
async def offset_commit(ctx: RequestContext, request: OffsetCommitRequest) -> OffsetCommitResponse:
    """Partitions that do not exist fail alone; if none is left, nobody asks whether the member may commit."""
    image = ctx.broker.metadata.image
    by_id = ctx.api_version >= FIRST_VERSION_WITH_TOPIC_IDS
    checked = [_check(image, topic, by_id=by_id) for topic in request.topics]
    offsets = [offset for found in checked for offset in found if isinstance(offset, OffsetToCommit)]
    codes = iter(await _commit(ctx, request, offsets) if offsets else ())
    return OffsetCommitResponse(
        topics=[
            _response(topic, [next(codes) if isinstance(o, OffsetToCommit) else o for o in found])
            for topic, found in zip(request.topics, checked, strict=True)
            if found
        ]
    )


def _check(
    image: ClusterImage, topic: OffsetCommitRequestTopic, *, by_id: bool
) -> list[OffsetToCommit | ErrorCode]:
    """What to commit for each partition of the topic, or why it cannot be."""
    known = image.topic_by_id(topic.topic_id) if by_id else image.topics.get(topic.name)
    if known is None:
        unknown = ErrorCode.UNKNOWN_TOPIC_ID if by_id else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        return [unknown] * len(topic.partitions)
    return list(_offsets(known, topic))


def _offsets(known: TopicImage, topic: OffsetCommitRequestTopic) -> Iterator[OffsetToCommit | ErrorCode]:
    for partition in topic.partitions:
        if 0 <= partition.partition_index < len(known.partitions):
            yield OffsetToCommit(
                known.name,
                known.topic_id,
                partition.partition_index,
                partition.committed_offset,
                partition.committed_leader_epoch,
                partition.committed_metadata,
            )
        else:
            yield ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


async def _commit(
    ctx: RequestContext, request: OffsetCommitRequest, offsets: list[OffsetToCommit]
) -> list[ErrorCode]:
    identity = MemberIdentity(
        request.member_id, request.generation_id_or_member_epoch, request.group_instance_id
    )
    try:
        return await settled(
            ctx.broker.groups.commit_offsets(
                request.group_id,
                identity,
                offsets,
                retention_ms=request.retention_time_ms,
                knows_epochs=ctx.api_version >= FIRST_VERSION_WITH_MEMBER_EPOCHS,
            )
        )
    except KafkaError as refusal:
        code = refusal.code
        if code is ErrorCode.GROUP_ID_NOT_FOUND and ctx.api_version < FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND:
            code = ErrorCode.ILLEGAL_GENERATION
        return [code] * len(offsets)


def _response(topic: OffsetCommitRequestTopic, codes: list[ErrorCode]) -> OffsetCommitResponseTopic:
    return OffsetCommitResponseTopic(
        name=topic.name,
        topic_id=topic.topic_id,
        partitions=[
            OffsetCommitResponsePartition(partition_index=partition.partition_index, error_code=code)
            for partition, code in zip(topic.partitions, codes, strict=True)
        ],
    )
