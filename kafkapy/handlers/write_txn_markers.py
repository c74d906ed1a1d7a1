"""WriteTxnMarkers (API key 27), v1-2: ends transactions in partitions.

Coordinators of other brokers send it, and administrators to get rid of a transaction that no coordinator
knows of (KIP-664). v2: transaction version (KIP-1228).
"""

import asyncio
from collections.abc import Callable

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerPartitionResult,
    WritableTxnMarkerResult,
    WritableTxnMarkerTopicResult,
    WriteTxnMarkersRequest,
    WriteTxnMarkersResponse,
)
from kafkapy.records.control import EndTransactionMarker

COORDINATOR_ERRORS = {
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_COORDINATOR,
}
"""Whoever sends markers expects to be told NOT_LEADER_OR_FOLLOWER where a group is not ready for them."""


def _fail(request: WriteTxnMarkersRequest, code: ErrorCode) -> WriteTxnMarkersResponse:
    return _response(request, lambda *_: code)


@handles(WriteTxnMarkersRequest, "1-2", fail=_fail)
async def write_txn_markers(ctx: RequestContext, request: WriteTxnMarkersRequest) -> WriteTxnMarkersResponse:
    """Answers when the markers are committed."""
    response = _response(request, lambda marker, topic, index: _write(ctx, marker, topic, index))
    written = [
        (topic.name, index)
        for marker in request.markers
        for topic in marker.topics
        for index in topic.partition_indexes
    ]
    are_kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    ctx.broker.transaction_support.when_markers_kept(written, are_kept.set_result)
    if not await are_kept:
        raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
    return response


def _response(
    request: WriteTxnMarkersRequest, code_of: Callable[[WritableTxnMarker, str, int], ErrorCode]
) -> WriteTxnMarkersResponse:
    return WriteTxnMarkersResponse(
        markers=[
            WritableTxnMarkerResult(
                producer_id=marker.producer_id,
                topics=[
                    WritableTxnMarkerTopicResult(
                        name=topic.name,
                        partitions=[
                            WritableTxnMarkerPartitionResult(
                                partition_index=index, error_code=code_of(marker, topic.name, index)
                            )
                            for index in topic.partition_indexes
                        ],
                    )
                    for topic in marker.topics
                ],
            )
            for marker in request.markers
        ]
    )


def _write(ctx: RequestContext, marker: WritableTxnMarker, topic: str, index: int) -> ErrorCode:
    try:
        ctx.broker.transaction_support.append_marker(
            ctx.broker.partitions.named(topic, index),
            ProducerIdentity(marker.producer_id, marker.producer_epoch),
            EndTransactionMarker(marker.transaction_result, marker.coordinator_epoch),
            marker.transaction_version,
        )
    except KafkaError as refusal:
        not_ready = refusal.code in COORDINATOR_ERRORS
        return ErrorCode.NOT_LEADER_OR_FOLLOWER if not_ready else refusal.code
    return ErrorCode.NONE
