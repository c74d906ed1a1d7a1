"""InitProducerId (API key 22), v0-5.

Gives an idempotent producer its id, and a transactional one the next epoch of the id that belongs to its
transactional id, which fences whoever had it before. v3: a producer names the id and epoch that it has
(KIP-360). v4: PRODUCER_FENCED. v5: TRANSACTION_ABORTABLE, which is never needed here.
"""

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse

FIRST_VERSION_WITH_PRODUCER_FENCED = 4


def _fail(_: InitProducerIdRequest, code: ErrorCode) -> InitProducerIdResponse:
    return InitProducerIdResponse(error_code=code, producer_epoch=-1)


@handles(InitProducerIdRequest, "0-5", fail=_fail)
async def init_producer_id(ctx: RequestContext, request: InitProducerIdRequest) -> InitProducerIdResponse:
    if (request.producer_id < 0) != (request.producer_epoch < 0):
        raise KafkaError(ErrorCode.INVALID_REQUEST)
    if request.transactional_id is None:
        identity = ProducerIdentity(ctx.broker.new_producer_id(), 0)
    else:
        identity = await _initialize(ctx, request, request.transactional_id)
    return InitProducerIdResponse(
        error_code=ErrorCode.NONE,
        producer_id=identity.producer_id,
        producer_epoch=identity.producer_epoch,
    )


async def _initialize(
    ctx: RequestContext, request: InitProducerIdRequest, transactional_id: str
) -> ProducerIdentity:
    expected = None
    if request.producer_id >= 0:
        expected = ProducerIdentity(request.producer_id, request.producer_epoch)
    try:
        return await settled(
            ctx.broker.transactions.initialize(transactional_id, request.transaction_timeout_ms, expected)
        )
    except KafkaError as refusal:
        is_old = ctx.api_version < FIRST_VERSION_WITH_PRODUCER_FENCED
        if refusal.code is ErrorCode.PRODUCER_FENCED and is_old:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_EPOCH) from None
        raise
