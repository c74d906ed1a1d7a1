"""ElectLeaders (API key 43), v0-2: preferred (KIP-183) and unclean (KIP-460, v1) leader elections.

Null for all partitions leaves out those that need no election. v2: first flexible version.
Not supported: nothing.
"""

from kafkapy.cluster.leadership import Elected
from kafkapy.cluster.leadership import elect_leaders as elect
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.elect_leaders import (
    ElectLeadersRequest,
    ElectLeadersResponse,
    PartitionResult,
    ReplicaElectionResult,
)


def _fail(request: ElectLeadersRequest, code: ErrorCode) -> ElectLeadersResponse:
    return _refuse(request, code, None)


@handles(ElectLeadersRequest, "0-2", fail=_fail)
def elect_leaders(ctx: RequestContext, request: ElectLeadersRequest) -> ElectLeadersResponse:
    if request.timeout_ms <= 0:
        raise KafkaError(ErrorCode.REQUEST_TIMED_OUT)
    metadata = ctx.broker.metadata
    asked = request.topic_partitions
    if asked is None:
        topics = [(t.name, list(range(len(t.partitions)))) for t in metadata.image.topics.values()]
    else:
        topics = [(topic.topic, topic.partitions) for topic in asked]
    try:
        change = elect(
            metadata.image, request.election_type, [(t, i) for t, indexes in topics for i in indexes]
        )
    except KafkaError as error:
        return _refuse(request, error.code, error.detail)
    metadata.commit(change.records, ctx.now_ms)
    outcomes = iter(change.results)
    results = [
        ReplicaElectionResult(topic=topic, partition_result=[_result(next(outcomes)) for _ in indexes])
        for topic, indexes in topics
    ]
    if asked is None:
        for result in results:
            result.partition_result = [
                partition
                for partition in result.partition_result
                if partition.error_code != ErrorCode.ELECTION_NOT_NEEDED
            ]
    return ElectLeadersResponse(replica_election_results=results)


def _result(outcome: Elected) -> PartitionResult:
    if outcome.error is None:
        return PartitionResult(partition_id=outcome.partition, error_message=None)
    return PartitionResult(
        partition_id=outcome.partition,
        error_code=outcome.error.code,
        error_message=outcome.error.detail,
    )


def _refuse(request: ElectLeadersRequest, code: ErrorCode, message: str | None) -> ElectLeadersResponse:
    return ElectLeadersResponse(
        error_code=code,
        replica_election_results=[
            ReplicaElectionResult(
                topic=topic.topic,
                partition_result=[
                    PartitionResult(partition_id=index, error_code=code, error_message=message)
                    for index in topic.partitions
                ],
            )
            for topic in request.topic_partitions or ()
        ],
    )
