"""Metadata (API key 3), v0-13: where the cluster's brokers, topics and partitions are.

v0: an empty list means all topics; later null does. v4: clients may forbid auto-creation. v7: leader epochs
(KIP-320). v8: authorized operations (KIP-430). v10: topic ids (KIP-516), v12: topics asked for by id. v13:
an error for the whole. An unknown topic that may be created is created at once and still answered with
UNKNOWN_TOPIC_OR_PARTITION, as Kafka does; the client's next request finds it. Not supported: a code of its
own for partitions of which a replica is away (v0).
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from kafkapy.broker.internal_topics import internal_topic
from kafkapy.cluster.addresses import broker_addresses, some_controller
from kafkapy.cluster.image import (
    CLUSTER_METADATA_TOPIC,
    INTERNAL_TOPICS,
    NO_LEADER,
    PartitionImage,
    TopicImage,
)
from kafkapy.cluster.topic_names import is_topic_name
from kafkapy.cluster.topics import NewTopic
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.metadata import (
    MetadataRequest,
    MetadataRequestTopic,
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponsePartition,
    MetadataResponseTopic,
)
from kafkapy.protocol.uuid import ZERO_UUID
from kafkapy.security.operations import CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS

NO_ERROR = ErrorCode.NONE  # looked up once: with Python 3.11 that takes as long as the rest of a partition
FIRST_VERSION_WITH_NULL_FOR_ALL = 1
FIRST_VERSION_WITH_TOPICS_BY_ID = 12


def _fail(request: MetadataRequest, code: ErrorCode) -> MetadataResponse:
    return MetadataResponse(
        brokers=[],
        topics=[
            MetadataResponseTopic(
                error_code=code, name=topic.name or "", topic_id=topic.topic_id, partitions=[]
            )
            for topic in request.topics or ()
        ],
        error_code=code,
    )


@handles(MetadataRequest, "0-13", fail=_fail)
def metadata(ctx: RequestContext, request: MetadataRequest) -> MetadataResponse:
    image, node_id = ctx.broker.metadata.image, ctx.broker.node_id
    brokers = [
        MetadataResponseBroker(node_id=b.broker_id, host=b.host, port=b.port, rack=b.rack)
        for b in broker_addresses(image, ctx.listener, own_id=node_id, own_address=ctx.advertised)
        if not b.fenced
    ]
    alive = {broker.node_id for broker in brokers}
    return MetadataResponse(
        brokers=brokers,
        cluster_id=ctx.broker.cluster_id,
        controller_id=some_controller(image, node_id),
        topics=list(_topics(ctx, request, alive)),
        cluster_authorized_operations=(
            CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_ASKED
        ),
    )


def _topics(
    ctx: RequestContext, request: MetadataRequest, alive: set[int]
) -> Iterator[MetadataResponseTopic]:
    image = ctx.broker.metadata.image
    operations = TOPIC_OPERATIONS if request.include_topic_authorized_operations else NOT_ASKED
    asked = request.topics
    if asked is None or (not asked and ctx.api_version < FIRST_VERSION_WITH_NULL_FOR_ALL):
        for topic in image.topics.values():
            yield _known(topic, operations, alive)
        return
    if ctx.api_version < FIRST_VERSION_WITH_TOPICS_BY_ID:
        _check_names_only(asked)
    wanted_ids = dict.fromkeys(topic.topic_id for topic in asked if topic.topic_id != ZERO_UUID)
    for topic_id in wanted_ids:
        by_id = image.topic_by_id(topic_id)
        if by_id is None:
            yield _unknown(ErrorCode.UNKNOWN_TOPIC_ID, None, topic_id, NOT_ASKED)
        else:
            yield _known(by_id, operations, alive)
    if wanted_ids:
        return
    yield from _by_name(ctx, request, asked, operations, alive)


def _by_name(
    ctx: RequestContext,
    request: MetadataRequest,
    asked: Sequence[MetadataRequestTopic],
    operations: int,
    alive: set[int],
) -> Iterator[MetadataResponseTopic]:
    missing = []
    for name in dict.fromkeys(topic.name for topic in asked):
        if name is None:
            raise KafkaError(
                ErrorCode.UNKNOWN_SERVER_ERROR
            )  # what Kafka makes of a topic without name and id
        topic = ctx.broker.metadata.image.topics.get(name)
        if topic is not None:
            yield _known(topic, operations, alive)
        elif is_topic_name(name):
            missing.append(name)
            yield _unknown(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, ZERO_UUID, operations)
        else:
            yield _unknown(ErrorCode.INVALID_TOPIC_EXCEPTION, name, ZERO_UUID, operations)
    if request.allow_auto_topic_creation and ctx.broker.config.auto_create_topics_enable:
        _create(ctx, missing)


def _check_names_only(asked: Sequence[MetadataRequestTopic]) -> None:
    if any(topic.name is None or topic.topic_id != ZERO_UUID for topic in asked):
        raise KafkaError(ErrorCode.INVALID_REQUEST)


def _create(ctx: RequestContext, names: Sequence[str]) -> None:
    """Create what can be; a topic that cannot stays unknown."""
    config = ctx.broker.config
    topics = [
        internal_topic(name, config) if name in INTERNAL_TOPICS else NewTopic(name)
        for name in names
        if name != CLUSTER_METADATA_TOPIC
    ]
    if topics:
        with suppress(KafkaError):
            ctx.broker.create_topics(topics)


def _known(topic: TopicImage, operations: int, alive: set[int]) -> MetadataResponseTopic:
    return MetadataResponseTopic(
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=[_partition(partition, alive) for partition in topic.partitions],
        topic_authorized_operations=operations,
    )


def _unknown(code: ErrorCode, name: str | None, topic_id: bytes, operations: int) -> MetadataResponseTopic:
    return MetadataResponseTopic(
        error_code=code,
        name=name,
        topic_id=topic_id,
        is_internal=name in INTERNAL_TOPICS,
        partitions=[],
        topic_authorized_operations=operations,
    )


def _partition(partition: PartitionImage, alive: set[int]) -> MetadataResponsePartition:
    replicas = partition.replicas
    return MetadataResponsePartition(
        error_code=NO_ERROR if partition.leader != NO_LEADER else ErrorCode.LEADER_NOT_AVAILABLE,
        partition_index=partition.index,
        leader_id=partition.leader,
        leader_epoch=partition.leader_epoch,
        replica_nodes=replicas,
        isr_nodes=partition.isr,
        offline_replicas=[] if alive.issuperset(replicas) else [r for r in replicas if r not in alive],
    )
