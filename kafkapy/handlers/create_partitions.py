"""CreatePartitions (API key 37), v0-3.

New partitions are ready for clients when this is answered; the old ones keep their records. v2: first
flexible version. Not supported: quotas on creation (KIP-599).
"""

from collections import Counter

from kafkapy.cluster.partitions import MorePartitions
from kafkapy.cluster.partitions import create_partitions as create
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.create_partitions import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreatePartitionsTopic,
    CreatePartitionsTopicResult,
)


def _fail(request: CreatePartitionsRequest, code: ErrorCode) -> CreatePartitionsResponse:
    return CreatePartitionsResponse(
        results=[CreatePartitionsTopicResult(name=topic.name, error_code=code) for topic in request.topics]
    )


@handles(CreatePartitionsRequest, "0-3", fail=_fail)
def create_partitions(ctx: RequestContext, request: CreatePartitionsRequest) -> CreatePartitionsResponse:
    times = Counter(topic.name for topic in request.topics)
    wanted = [topic for topic in request.topics if times[topic.name] == 1]
    if wanted and request.timeout_ms <= 0:
        raise KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    metadata = ctx.broker.metadata
    change = create(metadata.image, [_more_partitions(topic) for topic in wanted])
    if not request.validate_only:
        metadata.commit(change.records, ctx.now_ms)
    duplicates = [
        CreatePartitionsTopicResult(
            name=name, error_code=ErrorCode.INVALID_REQUEST, error_message="Duplicate topic name."
        )
        for name, count in times.items()
        if count > 1
    ]
    outcomes = zip(wanted, change.results, strict=True)
    return CreatePartitionsResponse(
        results=[*duplicates, *(_result(topic.name, error) for topic, error in outcomes)]
    )


def _more_partitions(topic: CreatePartitionsTopic) -> MorePartitions:
    assignments = topic.assignments
    return MorePartitions(
        topic.name, topic.count, None if assignments is None else [a.broker_ids for a in assignments]
    )


def _result(name: str, error: KafkaError | None) -> CreatePartitionsTopicResult:
    if error is None:
        return CreatePartitionsTopicResult(name=name)
    is_unknown = error.code is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return CreatePartitionsTopicResult(
        name=name, error_code=error.code, error_message=None if is_unknown else error.detail
    )
