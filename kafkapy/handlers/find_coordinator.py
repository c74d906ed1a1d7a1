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
GROUP, TRANSACTION, SHARE = range(3)
TOPIC_OF_KEY_TYPE = {GROUP: CONSUMER_OFFSETS, TRANSACTION: TRANSACTION_STATE}


def _fail(request: FindCoordinatorRequest, code: ErrorCode) -> FindCoordinatorResponse:
    if request.coordinator_keys:
        return FindCoordinatorResponse(
            coordinators=[_nowhere(key, code, code.message) for key in request.coordinator_keys]
        )
    return FindCoordinatorResponse(error_code=code, error_message=code.message, node_id=-1, port=-1)


@handles(FindCoordinatorRequest, "0-6", fail=_fail)
def find_coordinator(ctx: RequestContext, request: FindCoordinatorRequest) -> FindCoordinatorResponse:
    """This broker leads every partition, so it does not depend on the key where its coordinator is."""
    node_id = ctx.broker.node_id
    host, port = ctx.advertised
    if ctx.api_version < FIRST_VERSION_WITH_MANY_KEYS:
        _ensure_topic(ctx, request.key_type)
        return FindCoordinatorResponse(
            error_message=ErrorCode.NONE.message, node_id=node_id, host=host, port=port
        )
    if request.key_type not in (GROUP, TRANSACTION, SHARE):
        raise KafkaError(ErrorCode.INVALID_REQUEST)
    try:
        _ensure_topic(ctx, request.key_type)
    except KafkaError as refusal:
        return FindCoordinatorResponse(
            coordinators=[_nowhere(key, refusal.code, "") for key in request.coordinator_keys]
        )
    return FindCoordinatorResponse(
        coordinators=[
            Coordinator(key=key, node_id=node_id, host=host, port=port, error_message="")
            for key in request.coordinator_keys
        ]
    )


def _ensure_topic(ctx: RequestContext, key_type: int) -> None:
    if key_type not in TOPIC_OF_KEY_TYPE:
        raise KafkaError(ErrorCode.INVALID_REQUEST)
    ctx.broker.internal_topic(TOPIC_OF_KEY_TYPE[key_type])


def _nowhere(key: str, code: ErrorCode, message: str) -> Coordinator:
    return Coordinator(key=key, node_id=-1, host="", port=-1, error_code=code, error_message=message)
