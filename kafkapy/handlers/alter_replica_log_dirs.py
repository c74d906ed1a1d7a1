"""AlterReplicaLogDirs (API key 34), v1-2: moves replicas between the log directories of a broker (KIP-113).

The answer comes when the moves have begun; DescribeLogDirs tells how far they are. A move to where a replica
is ends the one that is under way.
"""

from collections import defaultdict

from kafkapy.cluster.image import CLUSTER_METADATA_TOPIC
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.alter_replica_log_dirs import (
    AlterReplicaLogDirPartitionResult,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse,
    AlterReplicaLogDirTopicResult,
)


def _fail(request: AlterReplicaLogDirsRequest, code: ErrorCode) -> AlterReplicaLogDirsResponse:
    return _response(dict.fromkeys(_wanted(request), code))


@handles(AlterReplicaLogDirsRequest, "1-2", fail=_fail)
def alter_replica_log_dirs(
    ctx: RequestContext, request: AlterReplicaLogDirsRequest
) -> AlterReplicaLogDirsResponse:
    return _response(
        {(topic, index): _move(ctx, topic, index, path) for (topic, index), path in _wanted(request).items()}
    )


def _wanted(request: AlterReplicaLogDirsRequest) -> dict[tuple[str, int], str]:
    """The last directory that is named for each replica."""
    return {
        (topic.name, index): directory.path
        for directory in request.dirs
        for topic in directory.topics
        for index in topic.partitions
    }


def _move(ctx: RequestContext, topic: str, index: int, path: str) -> ErrorCode:
    image = ctx.broker.metadata.image.topics.get(topic)
    is_known = image is not None and 0 <= index < len(image.partitions)
    if topic == CLUSTER_METADATA_TOPIC:
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    try:
        ctx.broker.log_moves.move(topic, index, path, is_known=is_known)
    except KafkaError as error:
        return error.code
    return ErrorCode.NONE


def _response(codes: dict[tuple[str, int], ErrorCode]) -> AlterReplicaLogDirsResponse:
    results: dict[str, list[AlterReplicaLogDirPartitionResult]] = defaultdict(list)
    for (topic, index), code in codes.items():
        results[topic].append(AlterReplicaLogDirPartitionResult(partition_index=index, error_code=code))
    return AlterReplicaLogDirsResponse(
        results=[
            AlterReplicaLogDirTopicResult(topic_name=topic, partitions=partitions)
            for topic, partitions in results.items()
        ]
    )
