"""DescribeTopicPartitions (API key 75), v0: partitions page by page, with eligible leader replicas (KIP-966).

Topics come in the order of their names, an empty list means all. A page holds at most
`max.request.partition.size.limit` partitions; the cursor in a response is where the next page begins.
Not supported: nothing.
"""

from bisect import bisect_left

from kafkapy.cluster.image import ClusterImage, PartitionImage, TopicImage
from kafkapy.cluster.topic_names import is_topic_name
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition,
    DescribeTopicPartitionsResponseTopic,
)
from kafkapy.protocol.uuid import ZERO_UUID
from kafkapy.security.operations import TOPIC_OPERATIONS


def _fail(request: DescribeTopicPartitionsRequest, code: ErrorCode) -> DescribeTopicPartitionsResponse:
    return DescribeTopicPartitionsResponse(
        topics=[
            DescribeTopicPartitionsResponseTopic(
                error_code=code, name=topic.name, topic_id=ZERO_UUID, partitions=[]
            )
            for topic in request.topics
        ]
    )


@handles(DescribeTopicPartitionsRequest, "0", fail=_fail)
def describe_topic_partitions(
    ctx: RequestContext, request: DescribeTopicPartitionsRequest
) -> DescribeTopicPartitionsResponse:
    image = ctx.broker.metadata.image
    names = sorted({topic.name for topic in request.topics} or image.topics)
    first_index = 0
    if request.cursor is not None:
        _check(request.cursor, request)
        names = names[bisect_left(names, request.cursor.topic_name) :]
        if names[:1] == [request.cursor.topic_name]:
            first_index = request.cursor.partition_index
    most = ctx.broker.config.max_request_partition_size_limit
    return _page(image, names, first_index, max(1, min(request.response_partition_limit, most)))


def _check(cursor: Cursor, request: DescribeTopicPartitionsRequest) -> None:
    is_listed = not request.topics or any(topic.name == cursor.topic_name for topic in request.topics)
    if cursor.partition_index < 0 or not is_listed:
        raise KafkaError(ErrorCode.INVALID_REQUEST)


def _page(
    image: ClusterImage, names: list[str], first_index: int, room: int
) -> DescribeTopicPartitionsResponse:
    response = DescribeTopicPartitionsResponse(topics=[])
    for name in names:
        if room == 0:
            response.next_cursor = Cursor(topic_name=name, partition_index=0)
            break
        topic = image.topics.get(name)
        if topic is None:
            response.topics.append(_unknown(name))
        else:
            end = first_index + room
            described = _known(image, topic, first_index, end)
            response.topics.append(described)
            room -= len(described.partitions)
            if end < len(topic.partitions):
                response.next_cursor = Cursor(topic_name=name, partition_index=end)
                break
        first_index = 0
    return response


def _known(
    image: ClusterImage, topic: TopicImage, first_index: int, end: int
) -> DescribeTopicPartitionsResponseTopic:
    return DescribeTopicPartitionsResponseTopic(
        name=topic.name,
        topic_id=topic.topic_id,
        is_internal=topic.is_internal,
        partitions=[_partition(image, partition) for partition in topic.partitions[first_index:end]],
        topic_authorized_operations=TOPIC_OPERATIONS,
    )


def _unknown(name: str) -> DescribeTopicPartitionsResponseTopic:
    is_possible = is_topic_name(name)
    return DescribeTopicPartitionsResponseTopic(
        error_code=(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION if is_possible else ErrorCode.INVALID_TOPIC_EXCEPTION
        ),
        name=name,
        topic_id=ZERO_UUID,
        partitions=[],
        topic_authorized_operations=TOPIC_OPERATIONS,
    )


def _partition(image: ClusterImage, partition: PartitionImage) -> DescribeTopicPartitionsResponsePartition:
    return DescribeTopicPartitionsResponsePartition(
        partition_index=partition.index,
        leader_id=partition.leader,
        leader_epoch=partition.leader_epoch,
        replica_nodes=partition.replicas,
        isr_nodes=partition.isr,
        eligible_leader_replicas=partition.eligible_leader_replicas,
        last_known_elr=partition.last_known_elr,
        offline_replicas=[r for r in partition.replicas if r not in image.brokers or image.brokers[r].fenced],
    )
