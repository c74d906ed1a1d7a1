"""DescribeTransactions (API key 65), v0: producer and transaction of transactional ids (KIP-664)."""

from itertools import groupby
from operator import itemgetter

from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_transactions import (
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    TopicData,
    TransactionState,
)


def _fail(request: DescribeTransactionsRequest, code: ErrorCode) -> DescribeTransactionsResponse:
    return DescribeTransactionsResponse(
        transaction_states=[_undescribed(name, code) for name in request.transactional_ids]
    )


@handles(DescribeTransactionsRequest, "0", fail=_fail)
async def describe_transactions(
    ctx: RequestContext, request: DescribeTransactionsRequest
) -> DescribeTransactionsResponse:
    return DescribeTransactionsResponse(
        transaction_states=[await _describe(ctx, name) for name in request.transactional_ids]
    )


async def _describe(ctx: RequestContext, transactional_id: str) -> TransactionState:
    try:
        found = await settled(ctx.broker.transactions.describe(transactional_id))
    except KafkaError as refusal:
        return _undescribed(transactional_id, refusal.code)
    return TransactionState(
        transactional_id=transactional_id,
        transaction_state=found.state.text,
        transaction_timeout_ms=found.timeout_ms,
        transaction_start_time_ms=found.start_ms,
        producer_id=found.producer_id,
        producer_epoch=found.epoch,
        topics=[
            TopicData(topic=topic, partitions=[index for _, index in partitions])
            for topic, partitions in groupby(found.partitions, itemgetter(0))
        ],
    )


def _undescribed(transactional_id: str, code: ErrorCode) -> TransactionState:
    return TransactionState(
        error_code=code,
        transactional_id=transactional_id,
        transaction_state="",
        transaction_timeout_ms=0,
        transaction_start_time_ms=0,
        producer_id=0,
        producer_epoch=0,
        topics=[],
    )
