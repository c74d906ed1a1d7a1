"""ListTransactions (API key 66), v0-2: the transactional ids that this broker coordinates (KIP-664).

v1: those whose transaction has been running for longer than a duration (KIP-994). v2: those whose id matches
a pattern (KIP-1152).
"""

from collections.abc import Callable

from kafkapy.coordinator.pattern import matcher
from kafkapy.coordinator.pattern_program import UnsupportedPattern
from kafkapy.coordinator.runtime import settled
from kafkapy.coordinator.transaction.describe import TransactionFilter
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.list_transactions import (
    ListTransactionsRequest,
    ListTransactionsResponse,
    TransactionState,
)


def _fail(_: ListTransactionsRequest, code: ErrorCode) -> ListTransactionsResponse:
    return ListTransactionsResponse(error_code=code, unknown_state_filters=[], transaction_states=[])


@handles(ListTransactionsRequest, "0-2", fail=_fail)
async def list_transactions(
    ctx: RequestContext, request: ListTransactionsRequest
) -> ListTransactionsResponse:
    wanted = TransactionFilter(
        states=request.state_filters,
        producer_ids=request.producer_id_filters,
        longer_than_ms=request.duration_filter,
        matches=_matcher(request.transactional_id_pattern),
    )
    return ListTransactionsResponse(
        unknown_state_filters=wanted.unknown_states,
        transaction_states=[
            TransactionState(
                transactional_id=listing.transactional_id,
                producer_id=listing.producer_id,
                transaction_state=listing.state.text,
            )
            for reply in ctx.broker.transactions.listings(wanted)
            for listing in await settled(reply)
        ],
    )


def _matcher(pattern: str | None) -> Callable[[str], bool] | None:
    """Whether all of an id matches; None for no pattern. INVALID_REGULAR_EXPRESSION."""
    if not pattern:
        return None
    try:
        return matcher(pattern)
    except UnsupportedPattern as error:
        raise KafkaError(ErrorCode.INVALID_REGULAR_EXPRESSION, str(error)) from None
