"""AlterConfigs (API key 33), v0-2: what is set replaces everything that was set for the resource before.

Superseded by IncrementalAlterConfigs (KIP-339), and still used by older tools.
"""

from kafkapy.cluster.configs import Alteration, AlteredResource, Operation, replace_configs
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.alter_configs import (
    AlterConfigsRequest,
    AlterConfigsResource,
    AlterConfigsResourceResponse,
    AlterConfigsResponse,
)


def _fail(request: AlterConfigsRequest, code: ErrorCode) -> AlterConfigsResponse:
    return AlterConfigsResponse(
        responses=[_response(resource, KafkaError(code)) for resource in request.resources]
    )


@handles(AlterConfigsRequest, "0-2", fail=_fail)
def alter_configs(ctx: RequestContext, request: AlterConfigsRequest) -> AlterConfigsResponse:
    change = replace_configs(
        ctx.broker.metadata.image,
        ctx.broker.config,
        [
            AlteredResource(
                resource.resource_type,
                resource.resource_name,
                [Alteration(each.name, Operation.SET, each.value) for each in resource.configs],
            )
            for resource in request.resources
        ],
    )
    if not request.validate_only:
        ctx.broker.metadata.commit(change.records, ctx.now_ms)
    return AlterConfigsResponse(
        responses=[
            _response(resource, error)
            for resource, error in zip(request.resources, change.results, strict=True)
        ]
    )


def _response(resource: AlterConfigsResource, error: KafkaError | None) -> AlterConfigsResourceResponse:
    return AlterConfigsResourceResponse(
        error_code=error.code if error else ErrorCode.NONE,
        error_message=error.detail if error else None,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
    )
