"""UnregisterBroker (API key 64), v0: the cluster forgets a broker (KIP-631).

A running broker that is unregistered leads nothing any more until it starts again.
Not supported: nothing.
"""

from kafkapy.cluster.brokers import unregister_broker as unregister
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.messages.unregister_broker import UnregisterBrokerRequest, UnregisterBrokerResponse


@handles(UnregisterBrokerRequest, "0")
def unregister_broker(ctx: RequestContext, request: UnregisterBrokerRequest) -> UnregisterBrokerResponse:
    metadata = ctx.broker.metadata
    metadata.commit(unregister(metadata.image, request.broker_id), ctx.now_ms)
    return UnregisterBrokerResponse(error_message="")
