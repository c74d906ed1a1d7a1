"""DescribeClientQuotas (API key 48), v0-1: quotas of users, client ids and addresses (KIP-546).

Not supported: enforcement; quotas are kept and described, but nobody is slowed down by them yet.
"""

from kafkapy.cluster.client_quotas import Component
from kafkapy.cluster.client_quotas import describe_client_quotas as describe
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_client_quotas import (
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
    EntityData,
    EntryData,
    ValueData,
)


@handles(DescribeClientQuotasRequest, "0-1")
def describe_client_quotas(
    ctx: RequestContext, request: DescribeClientQuotasRequest
) -> DescribeClientQuotasResponse:
    components = [Component(each.entity_type, each.match_type, each.match) for each in request.components]
    try:
        found = describe(ctx.broker.metadata.image, components, strict=request.strict)
    except KafkaError as error:
        return DescribeClientQuotasResponse(error_code=error.code, error_message=error.detail, entries=None)
    return DescribeClientQuotasResponse(
        error_message="",
        entries=[
            EntryData(
                entity=[EntityData(entity_type=kind, entity_name=name) for kind, name in entity],
                values=[ValueData(key=key, value=value) for key, value in quotas.items()],
            )
            for entity, quotas in found
        ],
    )
