"""DescribeProducers (API key 61), v0: the producers that a partition remembers (KIP-664)."""

from kafkapy.cluster.topic_names import check_topic_name
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_producers import (
    DescribeProducersRequest,
    DescribeProducersResponse,
    PartitionResponse,
    ProducerState,
    TopicResponse,
)

NO_OFFSET = -1


def _fail(request: DescribeProducersRequest, code: ErrorCode) -> DescribeProducersResponse:
    return DescribeProducersResponse(
        topics=[
            TopicResponse(
                name=topic.name,
                partitions=[
                    PartitionResponse(partition_index=index, error_code=code, active_producers=[])
                    for index in topic.partition_indexes
                ],
            )
            for topic in request.topics
        ]
    )


@handles(DescribeProducersRequest, "0", fail=_fail)
def describe_producers(ctx: RequestContext, request: DescribeProducersRequest) -> DescribeProducersResponse:
    return DescribeProducersResponse(
        topics=[
            TopicResponse(
                name=topic.name,
                partitions=[_describe(ctx, topic.name, index) for index in topic.partition_indexes],
            )
            for topic in request.topics
        ]
    )


def _describe(ctx: RequestContext, topic: str, index: int) -> PartitionResponse:
    try:
        check_topic_name(topic)
        partition = ctx.broker.partitions.named(topic, index)
    except KafkaError as error:
        is_topic = topic in ctx.broker.metadata.image.topics
        return PartitionResponse(
            partition_index=index,
            error_code=error.code,
            error_message=None if is_topic else error.detail,  # as Kafka: only of topics there is a text
            active_producers=[],
        )
    return PartitionResponse(
        partition_index=index,
        error_code=ErrorCode.NONE,
        active_producers=[
            ProducerState(
                producer_id=producer.producer_id,
                producer_epoch=producer.epoch,
                last_sequence=producer.last_sequence,
                last_timestamp=producer.last_timestamp,
                coordinator_epoch=producer.coordinator_epoch,
                current_txn_start_offset=NO_OFFSET
                if producer.transaction_first_offset is None
                else producer.transaction_first_offset,
            )
            for producer in partition.log.producers.producers.values()
        ],
    )
