"""IncrementalAlterConfigs (API key 44), v0-1: sets, deletes, extends and reduces single keys (KIP-339).

Levels of loggers are changed here as well (KIP-412); they last as long as the process.
"""

from collections.abc import Sequence

from kafkapy.cluster.configs import OPERATIONS, Alteration, AlteredResource, Operation, alter_configs
from kafkapy.cluster.image import ResourceType
from kafkapy.config.key import ConfigError, RequestError
from kafkapy.config.loggers import check_logger_levels, set_logger_levels
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.incremental_alter_configs import (
    AlterConfigsResource,
    AlterConfigsResourceResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)


def _fail(request: IncrementalAlterConfigsRequest, code: ErrorCode) -> IncrementalAlterConfigsResponse:
    return IncrementalAlterConfigsResponse(
        responses=[_response(resource, KafkaError(code)) for resource in request.resources]
    )


@handles(IncrementalAlterConfigsRequest, "0-1", fail=_fail)
def incremental_alter_configs(
    ctx: RequestContext, request: IncrementalAlterConfigsRequest
) -> IncrementalAlterConfigsResponse:
    change = alter_configs(
        ctx.broker.metadata.image,
        ctx.broker.config,
        [
            AlteredResource(
                resource.resource_type,
                resource.resource_name,
                [Alteration(each.name, each.config_operation, each.value) for each in resource.configs],
            )
            for resource in request.resources
        ],
    )
    if not request.validate_only:
        ctx.broker.metadata.commit(change.records, ctx.now_ms)
    responses = []
    for resource, error in zip(request.resources, change.results, strict=True):
        if error is None and resource.resource_type == ResourceType.BROKER_LOGGER:
            error = _alter_loggers(ctx, resource, request.validate_only)
        responses.append(_response(resource, error))
    return IncrementalAlterConfigsResponse(responses=responses)


def _alter_loggers(
    ctx: RequestContext, resource: AlterConfigsResource, validate_only: bool
) -> KafkaError | None:
    try:
        _check_node(ctx, resource.resource_name)
        levels = _levels(resource)
        check_logger_levels(levels)
    except ConfigError as error:
        invalid_request = isinstance(error, RequestError)
        code = ErrorCode.INVALID_REQUEST if invalid_request else ErrorCode.INVALID_CONFIG
        return KafkaError(code, str(error))
    if not validate_only:
        set_logger_levels(levels)
    return None


def _check_node(ctx: RequestContext, name: str) -> None:
    try:
        node_id = int(name)
    except ValueError:
        raise RequestError(f"Node id must be an integer, but it is: {name}") from None
    if node_id != ctx.broker.node_id:
        raise RequestError(f"Unexpected node id. Expected {ctx.broker.node_id}, but received {node_id}")


def _levels(resource: AlterConfigsResource) -> Sequence[tuple[str, str | None]]:
    levels = []
    for each in resource.configs:
        if each.config_operation not in (Operation.SET, Operation.DELETE):
            number = each.config_operation
            known = f"{Operation(number).name} operation" if number in OPERATIONS else ""
            raise RequestError(
                f"{known or f'Unknown operation type {number}'} is not allowed for the BROKER_LOGGER resource"
            )
        levels.append((each.name, each.value if each.config_operation == Operation.SET else None))
    return levels


def _response(resource: AlterConfigsResource, error: KafkaError | None) -> AlterConfigsResourceResponse:
    return AlterConfigsResourceResponse(
        error_code=error.code if error else ErrorCode.NONE,
        error_message=error.detail if error else None,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
    )
