"""Fetch (API key 1), v4-18.

Reads whole batches from many partitions within the limits of KIP-74, waiting for data when asked to. v7:
sessions (KIP-227). v12: diverging epochs (KIP-595). v13: topic ids (KIP-516). v15: the replica's state is a
tagged field (KIP-903). v16: endpoints of the leader (KIP-951).

Not supported: reading from a follower (KIP-392), tiered storage.
"""

from itertools import groupby

from kafkapy.broker.fetch import FetchLimits, FetchRead, is_ready, read_partitions, read_when_ready
from kafkapy.broker.fetch_partition import FetchedPartition, WantedPartition
from kafkapy.broker.fetch_session import FetchPlan, SessionRequest
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.fetch import (
    AbortedTransaction,
    EpochEndOffset,
    FetchableTopicResponse,
    FetchRequest,
    FetchResponse,
    LeaderIdAndEpoch,
    NodeEndpoint,
    PartitionData,
)

FIRST_VERSION_WITH_TOPIC_IDS = 13
FIRST_VERSION_WITH_LEADERS = 16
READ_UNCOMMITTED, READ_COMMITTED = 0, 1


def _fail(request: FetchRequest, code: ErrorCode) -> FetchResponse:
    """Before topic ids (v13) every partition carries the error, too."""
    return FetchResponse(
        error_code=code,
        session_id=request.session_id,
        responses=[
            FetchableTopicResponse(
                topic=topic.topic,
                topic_id=topic.topic_id,
                partitions=[
                    PartitionData(
                        partition_index=p.partition,
                        error_code=code,
                        high_watermark=-1,
                        records=b"",
                    )
                    for p in topic.partitions
                ],
            )
            for topic in request.topics
            if topic.topic
        ],
    )


@handles(FetchRequest, "4-18", fail=_fail)
async def fetch(ctx: RequestContext, request: FetchRequest) -> FetchResponse:
    broker = ctx.broker
    if request.isolation_level not in (READ_UNCOMMITTED, READ_COMMITTED):
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)  # as Kafka, which stumbles over it
    try:
        plan = broker.fetch_sessions.open(_session_request(ctx, request), ctx.now_ms)
    except KafkaError as error:
        return FetchResponse(error_code=error.code, responses=[])
    max_bytes = min(request.max_bytes, broker.config.fetch_max_bytes)
    limits = FetchLimits(
        request.max_wait_ms,
        min(request.min_bytes, max_bytes),
        max_bytes,
        request.isolation_level == READ_COMMITTED,
        (request.replica_state.replica_id if request.replica_state else request.replica_id) >= 0,
    )
    read = read_partitions(broker.partitions, plan.partitions, limits)
    if not is_ready(read, limits):
        read = await read_when_ready(broker.partitions, plan.partitions, limits, read, broker.clock)
    return _respond(ctx, plan, read)


def _session_request(ctx: RequestContext, request: FetchRequest) -> SessionRequest:
    by_id = ctx.api_version >= FIRST_VERSION_WITH_TOPIC_IDS
    return SessionRequest(
        request.session_id,
        request.session_epoch,
        by_id,
        [
            WantedPartition(
                None if by_id else topic.topic,
                topic.topic_id,
                p.partition,
                p.fetch_offset,
                p.partition_max_bytes,
                p.current_leader_epoch,
                p.last_fetched_epoch,
            )
            for topic in request.topics
            for p in topic.partitions
        ],
        [
            (topic.topic_id if by_id else topic.topic, index)
            for topic in request.forgotten_topics_data
            for index in topic.partitions
        ],
    )


def _respond(ctx: RequestContext, plan: FetchPlan, read: FetchRead) -> FetchResponse:
    session_id, answers = ctx.broker.fetch_sessions.answer(plan, read.fetched, ctx.now_ms)
    response = FetchResponse(
        session_id=session_id,
        responses=[
            FetchableTopicResponse(
                topic=topic or "", topic_id=topic_id, partitions=[_partition(answer) for answer in group]
            )
            for (topic, topic_id), group in groupby(answers, lambda a: (a.wanted.topic, a.wanted.topic_id))
        ],
    )
    if ctx.api_version >= FIRST_VERSION_WITH_LEADERS:
        _tell_leaders(ctx, response, answers)
    return response


def _tell_leaders(ctx: RequestContext, response: FetchResponse, answers: list[FetchedPartition]) -> None:
    """Who leads the partitions that were asked for in a wrong leader epoch, and where it is (KIP-951)."""
    wrong = {(a.wanted.topic_id, a.wanted.index): a.current_leader for a in answers if a.current_leader}
    for topic in response.responses if wrong else ():
        for partition in topic.partitions:
            leader = wrong.get((topic.topic_id, partition.partition_index))
            if leader is not None:
                partition.current_leader = LeaderIdAndEpoch(leader_id=leader[0], leader_epoch=leader[1])
    if wrong:
        host, port = ctx.advertised
        response.node_endpoints = [NodeEndpoint(node_id=ctx.broker.node_id, host=host, port=port)]


def _partition(answer: FetchedPartition) -> PartitionData:
    partition = PartitionData(
        partition_index=answer.wanted.index,
        error_code=answer.error_code,
        high_watermark=answer.high_watermark,
        last_stable_offset=answer.last_stable_offset,
        log_start_offset=answer.log_start_offset,
        aborted_transactions=None
        if answer.aborted_transactions is None
        else [
            AbortedTransaction(producer_id=pid, first_offset=at) for pid, at in answer.aborted_transactions
        ],
        records=answer.records,
    )
    if answer.diverging_epoch is not None:
        epoch, end_offset = answer.diverging_epoch
        partition.diverging_epoch = EpochEndOffset(epoch=epoch, end_offset=end_offset)
    return partition
