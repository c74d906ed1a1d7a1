"""OffsetFetch (API key 9), v1-10: how far a group has read.

v1: a failure is told per partition. v2: all topics when null, and an error code for the whole. v5: leader
epoch. v7: only stable offsets if wanted (KIP-447). v8: several groups at once (KIP-709). v9: member and
epoch, which consumer groups check. v10: topic ids (KIP-848).
"""

from collections.abc import Sequence

from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.offsets import CommittedOffset
from kafkapy.coordinator.group.shard import FetchedOffset
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopics,
    OffsetFetchResponse,
    OffsetFetchResponseGroup,
    OffsetFetchResponsePartition,
    OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
)
from kafkapy.protocol.schema import ZERO_UUID

FIRST_VERSION_WITH_TOP_LEVEL_ERROR = 2
FIRST_VERSION_WITH_GROUPS = 8
FIRST_VERSION_WITH_TOPIC_IDS = 10


def _fail(request: OffsetFetchRequest, code: ErrorCode) -> OffsetFetchResponse:
    """Version 1 has errors in partitions only; the others look at the code of the whole, or of the group."""
    return OffsetFetchResponse(
        error_code=ErrorCode.NONE if request.groups else code,
        topics=[_single_group_topic(_refused(topic, code)) for topic in _single_group_topics(request) or ()],
        groups=[
            OffsetFetchResponseGroup(group_id=group.group_id, topics=[], error_code=code)
            for group in request.groups
        ],
    )


def _single_group_topics(request: OffsetFetchRequest) -> list[OffsetFetchRequestTopics] | None:
    """What is asked for below version 8, in the form of the later versions; None for everything."""
    if request.topics is None:
        return None
    return [
        OffsetFetchRequestTopics(name=topic.name, partition_indexes=topic.partition_indexes)
        for topic in request.topics
    ]


@handles(OffsetFetchRequest, "1-10", fail=_fail)
async def offset_fetch(ctx: RequestContext, request: OffsetFetchRequest) -> OffsetFetchResponse:
    if ctx.api_version >= FIRST_VERSION_WITH_GROUPS:
        return OffsetFetchResponse(
            groups=[await _fetch(ctx, group, request.require_stable) for group in request.groups]
        )
    topics = _single_group_topics(request)
    wanted = OffsetFetchRequestGroup(group_id=request.group_id, topics=topics)
    group = await _fetch(ctx, wanted, request.require_stable)
    if group.error_code and ctx.api_version < FIRST_VERSION_WITH_TOP_LEVEL_ERROR:
        # An empty answer would send the consumer back to the beginning.
        group.topics = [_refused(topic, group.error_code) for topic in topics or ()]
    return OffsetFetchResponse(
        error_code=group.error_code, topics=[_single_group_topic(topic) for topic in group.topics]
    )


async def _fetch(
    ctx: RequestContext, wanted: OffsetFetchRequestGroup, require_stable: bool
) -> OffsetFetchResponseGroup:
    try:
        if wanted.topics is None:
            topics = await _fetch_all(ctx, wanted, require_stable)
        else:
            topics = await _fetch_some(ctx, wanted, wanted.topics, require_stable)
    except KafkaError as refusal:
        return OffsetFetchResponseGroup(group_id=wanted.group_id, topics=[], error_code=refusal.code)
    return OffsetFetchResponseGroup(group_id=wanted.group_id, topics=topics)


async def _fetch_all(
    ctx: RequestContext, group: OffsetFetchRequestGroup, require_stable: bool
) -> list[OffsetFetchResponseTopics]:
    """Everything the group has committed; by id only what there still is an id for."""
    fetched = await settled(
        ctx.broker.groups.fetch_offsets(
            group.group_id, None, require_stable=require_stable, identity=_identity(group)
        )
    )
    by_id = ctx.api_version >= FIRST_VERSION_WITH_TOPIC_IDS
    known = ctx.broker.metadata.image.topics
    return [
        OffsetFetchResponseTopics(
            name=name,
            topic_id=known[name].topic_id if name in known else ZERO_UUID,
            partitions=[_partition(index, found) for index, found in partitions],
        )
        for name, partitions in fetched
        if not by_id or name in known
    ]


async def _fetch_some(
    ctx: RequestContext,
    group: OffsetFetchRequestGroup,
    wanted: Sequence[OffsetFetchRequestTopics],
    require_stable: bool,
) -> list[OffsetFetchResponseTopics]:
    by_id = ctx.api_version >= FIRST_VERSION_WITH_TOPIC_IDS
    names: list[str | None] = [topic.name for topic in wanted]
    if by_id:
        known = [ctx.broker.metadata.image.topic_by_id(topic.topic_id) for topic in wanted]
        names = [None if topic is None else topic.name for topic in known]
    fetched = await settled(
        ctx.broker.groups.fetch_offsets(
            group.group_id,
            [
                (name, topic.partition_indexes)
                for name, topic in zip(names, wanted, strict=True)
                if name is not None
            ],
            require_stable=require_stable,
            identity=_identity(group),
        )
    )
    found = iter(fetched)
    return [
        _refused(topic, ErrorCode.UNKNOWN_TOPIC_ID)
        if name is None
        else OffsetFetchResponseTopics(
            name=topic.name,
            topic_id=topic.topic_id,
            partitions=[
                _partition(index, _of_this_topic(offset, topic.topic_id)) for index, offset in next(found)[1]
            ],
        )
        for name, topic in zip(names, wanted, strict=True)
    ]


def _identity(group: OffsetFetchRequestGroup) -> MemberIdentity | None:
    """Who asks; admin clients, and consumers below version 9, do not say."""
    if group.member_id is None and group.member_epoch < 0:
        return None
    return MemberIdentity(group.member_id or "", group.member_epoch)


def _of_this_topic(found: FetchedOffset, topic_id: bytes) -> FetchedOffset:
    """Nothing, if it was committed for another topic that had the same name."""
    if isinstance(found, CommittedOffset) and ZERO_UUID not in (found.topic_id, topic_id):
        return found if found.topic_id == topic_id else None
    return found


def _partition(index: int, found: FetchedOffset) -> OffsetFetchResponsePartitions:
    if isinstance(found, CommittedOffset):
        return OffsetFetchResponsePartitions(
            partition_index=index,
            committed_offset=found.offset,
            committed_leader_epoch=found.leader_epoch,
            metadata=found.metadata,
        )
    return OffsetFetchResponsePartitions(
        partition_index=index,
        committed_offset=-1,
        metadata="",
        error_code=ErrorCode.NONE if found is None else found.code,
    )


def _refused(topic: OffsetFetchRequestTopics, code: int) -> OffsetFetchResponseTopics:
    return OffsetFetchResponseTopics(
        name=topic.name,
        topic_id=topic.topic_id,
        partitions=[
            OffsetFetchResponsePartitions(
                partition_index=index, committed_offset=-1, metadata="", error_code=code
            )
            for index in topic.partition_indexes
        ],
    )


def _single_group_topic(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic:
    """The same in the classes of v1-7."""
    return OffsetFetchResponseTopic(
        name=topic.name,
        partitions=[
            OffsetFetchResponsePartition(
                partition_index=partition.partition_index,
                committed_offset=partition.committed_offset,
                committed_leader_epoch=partition.committed_leader_epoch,
                metadata=partition.metadata,
                error_code=partition.error_code,
            )
            for partition in topic.partitions
        ],
    )
