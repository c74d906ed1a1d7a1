"""DescribeLogDirs (API key 35), v1-5: what each log directory holds and how full its disk is (KIP-113,
KIP-827), and what is on its way there.

v5: whether the directory is cordoned (KIP-1066), which kafkapy's never are.
"""

from collections import defaultdict
from collections.abc import Sequence

from kafkapy.broker.log_moves import LogMove
from kafkapy.cluster.image import CLUSTER_METADATA_TOPIC
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_log_dirs import (
    DescribeLogDirsPartition,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    DescribeLogDirsResult,
    DescribeLogDirsTopic,
)
from kafkapy.storage.log_directory import LogDirectory


def _fail(_: DescribeLogDirsRequest, code: ErrorCode) -> DescribeLogDirsResponse:
    return DescribeLogDirsResponse(error_code=code, results=[])


@handles(DescribeLogDirsRequest, "1-5", fail=_fail)
def describe_log_dirs(ctx: RequestContext, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse:
    wanted = None if request.topics is None else {(t.topic, p) for t in request.topics for p in t.partitions}
    moves = list(ctx.broker.log_moves.moves.values())
    return DescribeLogDirsResponse(
        error_code=ErrorCode.NONE,
        results=[
            _describe(directory, wanted, [move for move in moves if move.target is directory])
            for directory in ctx.broker.log_directories.directories
        ],
    )


def _describe(
    directory: LogDirectory, wanted: set[tuple[str, int]] | None, moves: Sequence[LogMove]
) -> DescribeLogDirsResult:
    """`moves`: those into this directory."""
    if directory.is_offline:
        return DescribeLogDirsResult(
            error_code=ErrorCode.KAFKA_STORAGE_ERROR, log_dir=directory.path, topics=[]
        )
    partitions: dict[str, list[DescribeLogDirsPartition]] = defaultdict(list)
    for (topic, index), log in directory.logs.items():
        if topic != CLUSTER_METADATA_TOPIC and (wanted is None or (topic, index) in wanted):
            partitions[topic].append(
                DescribeLogDirsPartition(
                    partition_index=index, partition_size=log.size_bytes, offset_lag=0, is_future_key=False
                )
            )
    for move in moves:
        partition = move.partition
        if wanted is None or (partition.topic, partition.index) in wanted:
            partitions[partition.topic].append(
                DescribeLogDirsPartition(
                    partition_index=partition.index,
                    partition_size=move.future.size_bytes,
                    offset_lag=move.offset_lag,
                    is_future_key=True,
                )
            )
    total_bytes, usable_bytes = directory.space()
    return DescribeLogDirsResult(
        error_code=ErrorCode.NONE,
        log_dir=directory.path,
        topics=[DescribeLogDirsTopic(name=topic, partitions=found) for topic, found in partitions.items()],
        total_bytes=total_bytes,
        usable_bytes=usable_bytes,
    )
