"""Produce (API key 0), v3-13.

Appends one batch to each partition named. v3: batches of magic 2 only. v7: zstd allowed. v8: record errors
(KIP-467). v10: tells who leads (KIP-951). v13: topic ids (KIP-516). acks=0 is never answered; when one of its
partitions failed the connection is closed, which is all such a client can notice.
"""

from kafkapy.broker.internal_topics import ADMIN_CLIENT_ID
from kafkapy.cluster.image import INTERNAL_TOPICS
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.produce import (
    BatchIndexAndErrorMessage,
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
    TopicProduceResponse,
)
from kafkapy.records.batch import read_header
from kafkapy.records.compression import Compression
from kafkapy.records.policy import InvalidRecords

FIRST_VERSION_WITH_ZSTD = 7
FIRST_VERSION_WITH_TOPIC_IDS = 13


def _fail(request: ProduceRequest, code: ErrorCode) -> ProduceResponse | None:
    if request.acks == 0:
        return None
    return ProduceResponse(
        responses=[
            TopicProduceResponse(
                name=topic.name,
                topic_id=topic.topic_id,
                partition_responses=[_refused(p.index, code) for p in topic.partition_data],
            )
            for topic in request.topic_data
        ]
    )


@handles(ProduceRequest, "3-13", fail=_fail)
def produce(ctx: RequestContext, request: ProduceRequest) -> ProduceResponse | None:
    now_ms = ctx.now_ms
    responses = [
        TopicProduceResponse(
            name=topic.name,
            topic_id=topic.topic_id,
            partition_responses=[_append(ctx, request.acks, topic, p, now_ms) for p in topic.partition_data],
        )
        for topic in request.topic_data
    ]
    if request.acks:
        return ProduceResponse(responses=responses)
    if any(partition.error_code for topic in responses for partition in topic.partition_responses):
        ctx.peer.close("a produce without acknowledgement failed")
    return None


def _append(
    ctx: RequestContext, acks: int, topic: TopicProduceData, wanted: PartitionProduceData, now_ms: int
) -> PartitionProduceResponse:
    try:
        name = topic.name if ctx.api_version < FIRST_VERSION_WITH_TOPIC_IDS else None
        partition = ctx.broker.partitions.find(name, topic.topic_id, wanted.index)
        if acks not in (-1, 0, 1):
            raise KafkaError(ErrorCode.INVALID_REQUIRED_ACKS)
        if partition.topic in INTERNAL_TOPICS and ctx.client_id != ADMIN_CLIENT_ID:
            raise KafkaError(
                ErrorCode.INVALID_TOPIC_EXCEPTION, f"Cannot append to internal topic {partition.topic}"
            )
        records = memoryview(wanted.records or b"")
        if ctx.api_version < FIRST_VERSION_WITH_ZSTD and records:
            _refuse_zstd(records)
        appended, append_time_ms = partition.append(records, now_ms)
    except InvalidRecords as error:
        return _refused_records(wanted.index, error, partition.log.log_start_offset)
    except KafkaError as error:
        return _refused(wanted.index, error.code)
    return PartitionProduceResponse(
        index=wanted.index,
        error_code=ErrorCode.NONE,
        base_offset=appended.first_offset,
        log_append_time_ms=append_time_ms,
        log_start_offset=partition.log.log_start_offset,
    )


def _refuse_zstd(records: memoryview) -> None:
    if read_header(records).compression is Compression.ZSTD:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
            f"Produce requests with version {FIRST_VERSION_WITH_ZSTD - 1} and below may not use "
            "ZStandard compression",
        )


def _refused(index: int, code: ErrorCode) -> PartitionProduceResponse:
    return PartitionProduceResponse(index=index, error_code=code, base_offset=-1)


def _refused_records(index: int, error: InvalidRecords, log_start_offset: int) -> PartitionProduceResponse:
    refused = _refused(index, error.code)
    refused.log_start_offset = log_start_offset
    refused.error_message = error.detail
    refused.record_errors = [
        BatchIndexAndErrorMessage(
            batch_index=at_fault.batch_index, batch_index_error_message=at_fault.message
        )
        for at_fault in error.record_errors
    ]
    return refused
