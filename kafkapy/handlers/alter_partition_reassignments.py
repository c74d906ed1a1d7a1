"""AlterPartitionReassignments (API key 45), v0-1: other replicas for partitions (KIP-455).

v1: the number of replicas can be protected (KIP-860).
Not supported: nothing; with one broker there is no other replica to move to.
"""

from kafkapy.cluster.reassignments import Reassignment, alter_reassignments
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    ReassignablePartitionResponse,
    ReassignableTopicResponse,
)


def _fail(
    request: AlterPartitionReassignmentsRequest, code: ErrorCode
) -> AlterPartitionReassignmentsResponse:
    return AlterPartitionReassignmentsResponse(
        error_code=code,
        error_message=None,
        responses=[
            ReassignableTopicResponse(
                name=topic.name,
                partitions=[
                    ReassignablePartitionResponse(
                        partition_index=partition.partition_index, error_code=code, error_message=None
                    )
                    for partition in topic.partitions
                ],
            )
            for topic in request.topics
        ],
    )


@handles(AlterPartitionReassignmentsRequest, "0-1", fail=_fail)
def alter_partition_reassignments(
    ctx: RequestContext, request: AlterPartitionReassignmentsRequest
) -> AlterPartitionReassignmentsResponse:
    if request.timeout_ms <= 0:
        raise KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    metadata = ctx.broker.metadata
    change = alter_reassignments(
        metadata.image,
        [
            Reassignment(topic.name, partition.partition_index, partition.replicas)
            for topic in request.topics
            for partition in topic.partitions
        ],
        allow_replication_factor_change=request.allow_replication_factor_change,
    )
    metadata.commit(change.records, ctx.now_ms)
    errors = iter(change.results)
    return AlterPartitionReassignmentsResponse(
        allow_replication_factor_change=request.allow_replication_factor_change or not request.topics,
        error_message=None if request.topics else "",
        responses=[
            ReassignableTopicResponse(
                name=topic.name,
                partitions=[_result(p.partition_index, next(errors)) for p in topic.partitions],
            )
            for topic in request.topics
        ],
    )


def _result(index: int, error: KafkaError | None) -> ReassignablePartitionResponse:
    if error is None:
        return ReassignablePartitionResponse(partition_index=index, error_message=None)
    nothing_to_cancel = error.code is ErrorCode.NO_REASSIGNMENT_IN_PROGRESS
    return ReassignablePartitionResponse(
        partition_index=index,
        error_code=error.code,
        error_message=None if nothing_to_cancel else error.detail,
    )
