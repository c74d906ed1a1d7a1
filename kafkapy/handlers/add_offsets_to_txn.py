"""AddOffsetsToTxn (API key 25), v0-4: a transaction will commit offsets of a group (KIP-98).

v2: PRODUCER_FENCED. v4: TRANSACTION_ABORTABLE, which is never needed here. Clients of transaction version 2
need not ask: TxnOffsetCommit adds the group by itself.
"""

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.add_offsets_to_txn import AddOffsetsToTxnRequest, AddOffsetsToTxnResponse

FIRST_VERSION_WITH_PRODUCER_FENCED = 2


@handles(AddOffsetsToTxnRequest, "0-4")
async def add_offsets_to_txn(ctx: RequestContext, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse:
    partition = CONSUMER_OFFSETS, ctx.broker.groups.partition_for(request.group_id)
    try:
        await settled(
            ctx.broker.transactions.add_partitions(
                request.transactional_id,
                ProducerIdentity(request.producer_id, request.producer_epoch),
                [partition],
                client_version=0,
            )
        )
    except KafkaError as refusal:
        is_old = ctx.api_version < FIRST_VERSION_WITH_PRODUCER_FENCED
        if refusal.code is ErrorCode.PRODUCER_FENCED and is_old:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH) from None
        raise
    return AddOffsetsToTxnResponse()
