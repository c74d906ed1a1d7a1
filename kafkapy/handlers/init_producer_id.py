"""InitProducerId (API key 22), v0-5.

Gives an idempotent producer its id. v3: the producer may name the id it had (KIP-360), which only matters to
transactions. Not supported: transactional ids.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest, InitProducerIdResponse


def _fail(_: InitProducerIdRequest, code: ErrorCode) -> InitProducerIdResponse:
    return InitProducerIdResponse(error_code=code, producer_epoch=-1)


@handles(InitProducerIdRequest, "0-5", fail=_fail)
def init_producer_id(ctx: RequestContext, request: InitProducerIdRequest) -> InitProducerIdResponse:
    if (request.producer_id < 0) != (request.producer_epoch < 0) or request.transactional_id == "":
        raise KafkaError(ErrorCode.INVALID_REQUEST)
    if request.transactional_id is not None:
        raise KafkaError(ErrorCode.UNSUPPORTED_VERSION, "transactions are not supported")
    producer_id = ctx.broker.new_producer_id()
    return InitProducerIdResponse(error_code=ErrorCode.NONE, producer_id=producer_id, producer_epoch=0)
