"""DeleteRecords (API key 21), v0-2.

Moves the log start offset forward: records below it are gone for readers at once and leave the disk with
their segment. Offset -1 means up to the high watermark.
"""

from kafkapy.cluster.image import INTERNAL_TOPICS
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsPartitionResult,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteRecordsTopicResult,
)


def _fail(request: DeleteRecordsRequest, code: ErrorCode) -> DeleteRecordsResponse:
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=topic.name,
                partitions=[_result(p.partition_index, -1, code) for p in topic.partitions],
            )
            for topic in request.topics
        ]
    )


@handles(DeleteRecordsRequest, "0-2", fail=_fail)
def delete_records(ctx: RequestContext, request: DeleteRecordsRequest) -> DeleteRecordsResponse:
    wanted: dict[str, dict[int, DeleteRecordsPartition]] = {}
    for topic in request.topics:  # of a partition named twice the last offset counts
        for partition in topic.partitions:
            wanted.setdefault(topic.name, {})[partition.partition_index] = partition
    return DeleteRecordsResponse(
        topics=[
            DeleteRecordsTopicResult(
                name=name, partitions=[_delete(ctx, name, p) for p in partitions.values()]
            )
            for name, partitions in wanted.items()
        ]
    )


def _delete(ctx: RequestContext, topic: str, wanted: DeleteRecordsPartition) -> DeleteRecordsPartitionResult:
    try:
        partition = ctx.broker.partitions.named(topic, wanted.partition_index)
        if topic in INTERNAL_TOPICS:
            raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION)
        if partition.log.config.compact and not partition.log.config.delete:
            raise KafkaError(ErrorCode.POLICY_VIOLATION)
        low_watermark = partition.delete_records_before(wanted.offset)
    except KafkaError as error:
        return _result(wanted.partition_index, -1, error.code)
    return _result(wanted.partition_index, low_watermark, ErrorCode.NONE)


def _result(index: int, low_watermark: int, code: ErrorCode) -> DeleteRecordsPartitionResult:
    return DeleteRecordsPartitionResult(partition_index=index, low_watermark=low_watermark, error_code=code)
