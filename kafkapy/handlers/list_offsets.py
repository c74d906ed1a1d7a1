"""ListOffsets (API key 2), v1-11.

Finds offsets by time, or the special ones. v4: leader epochs (KIP-320). v7: max timestamp (KIP-734). v8:
earliest local (KIP-405). v9: latest tiered (KIP-1005). v11: earliest pending upload (KIP-1023).

Not supported: tiered storage, so that those answer what an untiered topic does.
"""

from collections import Counter

from kafkapy.broker.offset_lookup import find_offset
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.list_offsets import (
    ListOffsetsPartition,
    ListOffsetsPartitionResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ListOffsetsTopicResponse,
)

READ_UNCOMMITTED, READ_COMMITTED = 0, 1
FIRST_VERSION_WITH_LEADER_EPOCH = 4
FIRST_VERSION_OF_SPECIAL = {-1: 1, -2: 1, -3: 7, -4: 8, -5: 9, -6: 11}


def _fail(request: ListOffsetsRequest, code: ErrorCode) -> ListOffsetsResponse:
    return ListOffsetsResponse(
        topics=[
            ListOffsetsTopicResponse(
                name=topic.name,
                partitions=[
                    ListOffsetsPartitionResponse(partition_index=p.partition_index, error_code=code)
                    for p in topic.partitions
                ],
            )
            for topic in request.topics
        ]
    )


@handles(ListOffsetsRequest, "1-11", fail=_fail)
def list_offsets(ctx: RequestContext, request: ListOffsetsRequest) -> ListOffsetsResponse:
    named = Counter((topic.name, p.partition_index) for topic in request.topics for p in topic.partitions)
    if request.isolation_level not in (READ_UNCOMMITTED, READ_COMMITTED):
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)  # as Kafka, which stumbles over it
    read_committed = request.isolation_level == READ_COMMITTED
    answers: dict[str, dict[int, ListOffsetsPartitionResponse]] = {}
    for topic in request.topics:
        for wanted in topic.partitions:
            index = wanted.partition_index
            is_repeated = named[topic.name, index] > 1
            answers.setdefault(topic.name, {})[index] = _look_up(
                ctx, topic.name, wanted, read_committed, is_repeated=is_repeated
            )
    return ListOffsetsResponse(
        topics=[
            ListOffsetsTopicResponse(name=name, partitions=list(partitions.values()))
            for name, partitions in answers.items()
        ]
    )


def _look_up(
    ctx: RequestContext, topic: str, wanted: ListOffsetsPartition, read_committed: bool, *, is_repeated: bool
) -> ListOffsetsPartitionResponse:
    response = ListOffsetsPartitionResponse(
        partition_index=wanted.partition_index, error_code=ErrorCode.NONE, timestamp=-1, offset=-1
    )
    try:
        if is_repeated:
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        if wanted.timestamp < 0 and ctx.api_version < FIRST_VERSION_OF_SPECIAL.get(wanted.timestamp, 2**15):
            raise KafkaError(ErrorCode.UNSUPPORTED_VERSION)
        partition = ctx.broker.partitions.named(topic, wanted.partition_index)
        partition.check_leader_epoch(wanted.current_leader_epoch)
        found = find_offset(partition, wanted.timestamp, read_committed=read_committed)
        if found is not None:
            response.timestamp, response.offset, leader_epoch = found
            if ctx.api_version >= FIRST_VERSION_WITH_LEADER_EPOCH:
                response.leader_epoch = leader_epoch
    except KafkaError as error:
        response.error_code = error.code
    return response
