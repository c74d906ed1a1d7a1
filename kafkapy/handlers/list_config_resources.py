"""ListConfigResources (API key 74), v0-1: which resources can be described, or have something set.

v0 lists subscriptions to metrics of clients only (KIP-714). v1: any types, all when none is named (KIP-1142).
"""

from collections.abc import Iterator

from kafkapy.cluster.image import ClusterImage, ResourceType
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.list_config_resources import (
    ConfigResource,
    ListConfigResourcesRequest,
    ListConfigResourcesResponse,
)

_KINDS = (
    ResourceType.GROUP,
    ResourceType.CLIENT_METRICS,
    ResourceType.BROKER_LOGGER,
    ResourceType.BROKER,
    ResourceType.TOPIC,
)


@handles(ListConfigResourcesRequest, "0-1")
def list_config_resources(
    ctx: RequestContext, request: ListConfigResourcesRequest
) -> ListConfigResourcesResponse:
    supported = _KINDS if ctx.api_version > 0 else (ResourceType.CLIENT_METRICS,)
    wanted = request.resource_types or supported
    if not all(kind in supported for kind in wanted):
        raise KafkaError(ErrorCode.UNSUPPORTED_VERSION)
    return ListConfigResourcesResponse(
        config_resources=[
            ConfigResource(resource_name=name, resource_type=kind)
            for kind in supported
            if kind in wanted
            for name in _names(ctx.broker.metadata.image, kind)
        ]
    )


def _names(image: ClusterImage, kind: ResourceType) -> Iterator[str]:
    """Topics and brokers that there are; groups and subscriptions for which something is set."""
    match kind:
        case ResourceType.TOPIC:
            yield from image.topics
        case ResourceType.BROKER | ResourceType.BROKER_LOGGER:
            yield from (str(broker.broker_id) for broker in image.brokers.values() if not broker.fenced)
        case _:
            yield from (name for other, name in image.configs if other is kind)
