"""EndTxn (API key 26), v0-5: commits or aborts a transaction (KIP-98).

The transaction is over, and readers of committed records see it, when the answer goes out. v2:
PRODUCER_FENCED. v5: every end raises the epoch; the answer tells the producer what it goes on with (KIP-890).
"""

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.coordinator.transaction.metadata import EPOCH_BUMPED
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.end_txn import EndTxnRequest, EndTxnResponse

FIRST_VERSION_WITH_PRODUCER_FENCED = 2
FIRST_VERSION_WITH_EPOCH_BUMP = 5


@handles(EndTxnRequest, "0-5")
async def end_txn(ctx: RequestContext, request: EndTxnRequest) -> EndTxnResponse:
    bumps = ctx.api_version >= FIRST_VERSION_WITH_EPOCH_BUMP
    try:
        following = await settled(
            ctx.broker.transactions.end(
                request.transactional_id,
                ProducerIdentity(request.producer_id, request.producer_epoch),
                commit=request.committed,
                client_version=EPOCH_BUMPED if bumps else 0,
            )
        )
    except KafkaError as refusal:
        is_old = ctx.api_version < FIRST_VERSION_WITH_PRODUCER_FENCED
        if refusal.code is ErrorCode.PRODUCER_FENCED and is_old:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH) from None
        raise
    return EndTxnResponse(producer_id=following.producer_id, producer_epoch=following.producer_epoch)
