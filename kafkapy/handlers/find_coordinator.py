"""FindCoordinator (API key 10), v0-6: which broker coordinates a group or a transactional id.

v1: transactional ids. v4: many keys at once (KIP-699). v6: share partitions (KIP-932), which are not
supported yet. The internal topic is created when it is missing, and is ready when the answer goes out.
"""

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.find_coordinator import (
    Coordinator,
    FindCoordinatorRequest,
    FindCoordinatorResponse,
)

FIRST_VERSION_WITH_MANY_KEYS = 4
TOPIC_OF_KEY_TYPE = {0: CONSUMER_OFFSETS, 1: TRANSACTION_STATE}


def _fail(request: FindCoordinatorRequest, code: ErrorCode) -> FindCoordinatorResponse:
    if request.coordinator_keys:
        return FindCoordinatorResponse(
            coordinators=[_nowhere(key, KafkaError(code)) for key in request.coordinator_keys]
        )
    return FindCoordinatorResponse(error_code=code, error_message=code.message, node_id=-1, port=-1)


@handles(FindCoordinatorRequest, "0-6", fail=_fail)
def find_coordinator(ctx: RequestContext, request: FindCoordinatorRequest) -> FindCoordinatorResponse:
    if ctx.api_version >= FIRST_VERSION_WITH_MANY_KEYS:
        return FindCoordinatorResponse(
            coordinators=[_find(ctx, request.key_type, key) for key in request.coordinator_keys]
        )
    found = _find(ctx, request.key_type, request.key)
    return FindCoordinatorResponse(
        error_code=found.error_code,
        error_message=found.error_message or ErrorCode.NONE.message,
        node_id=found.node_id,
        host=found.host,
        port=found.port,
    )


def _find(ctx: RequestContext, key_type: int, key: str) -> Coordinator:
    """All partitions are led by this broker, whatever the key."""
    try:
        topic = TOPIC_OF_KEY_TYPE.get(key_type)
        if topic is None:
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        ctx.broker.internal_topic(topic)
    except KafkaError as refusal:
        return _nowhere(key, refusal)
    host, port = ctx.advertised
    return Coordinator(key=key, node_id=ctx.broker.node_id, host=host, port=port, error_message="")


def _nowhere(key: str, refusal: KafkaError) -> Coordinator:
    return Coordinator(
        key=key, node_id=-1, host="", port=-1, error_code=refusal.code, error_message=refusal.detail
    )
