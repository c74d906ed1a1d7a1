"""DescribeConfigs (API key 32), v1-4: what is set for topics, brokers, groups, loggers, metrics of clients.

v1: where a value comes from, with synonyms (KIP-226). v3: type and documentation (KIP-569).
A group need not exist. A broker describes itself, or under an empty name what is set for the whole cluster.
"""

from collections.abc import Collection

from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.topic_names import check_topic_name
from kafkapy.config.describe import (
    Entry,
    describe_broker,
    describe_client_metrics,
    describe_cluster,
    describe_group,
    describe_loggers,
    describe_topic,
)
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.describe_configs import (
    DescribeConfigsRequest,
    DescribeConfigsResource,
    DescribeConfigsResourceResult,
    DescribeConfigsResponse,
    DescribeConfigsResult,
    DescribeConfigsSynonym,
)


def _fail(request: DescribeConfigsRequest, code: ErrorCode) -> DescribeConfigsResponse:
    return DescribeConfigsResponse(
        results=[_refused(resource, KafkaError(code)) for resource in request.resources]
    )


@handles(DescribeConfigsRequest, "1-4", fail=_fail)
def describe_configs(ctx: RequestContext, request: DescribeConfigsRequest) -> DescribeConfigsResponse:
    if not all(resource.resource_type in _KINDS for resource in request.resources):
        raise KafkaError(ErrorCode.INVALID_REQUEST)
    return DescribeConfigsResponse(results=[_result(ctx, request, each) for each in request.resources])


_KINDS = frozenset(ResourceType) - {ResourceType.UNKNOWN}


def _result(
    ctx: RequestContext, request: DescribeConfigsRequest, resource: DescribeConfigsResource
) -> DescribeConfigsResult:
    try:
        entries = _entries(ctx, ResourceType(resource.resource_type), resource)
    except KafkaError as error:
        return _refused(resource, error)
    return DescribeConfigsResult(
        error_code=ErrorCode.NONE,
        error_message="",
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[_config(entry, request) for entry in entries],
    )


def _refused(resource: DescribeConfigsResource, error: KafkaError) -> DescribeConfigsResult:
    return DescribeConfigsResult(
        error_code=error.code,
        error_message=error.detail,
        resource_type=resource.resource_type,
        resource_name=resource.resource_name,
        configs=[],
    )


def _entries(ctx: RequestContext, kind: ResourceType, resource: DescribeConfigsResource) -> list[Entry]:
    name, keys = resource.resource_name, resource.configuration_keys
    image, config = ctx.broker.metadata.image, ctx.broker.config
    match kind:
        case ResourceType.TOPIC:
            check_topic_name(name)
            if name not in image.topics:
                raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "")
            return describe_topic(image.config_of(kind, name), config, keys)
        case ResourceType.BROKER:
            return _broker_entries(ctx, name, keys)
        case ResourceType.BROKER_LOGGER:
            if not name:
                raise KafkaError(ErrorCode.INVALID_REQUEST, "Broker id must not be empty")
            _check_node(ctx, name, f"{ctx.broker.node_id} but")
            return describe_loggers(keys)
        case ResourceType.CLIENT_METRICS:
            if not name:
                text = "Client metrics subscription name must not be empty"
                raise KafkaError(ErrorCode.INVALID_REQUEST, text)
            return describe_client_metrics(image.config_of(kind, name), keys)
        case _:
            if not name:
                raise KafkaError(ErrorCode.INVALID_REQUEST, "Group name must not be empty")
            return describe_group(image.config_of(kind, name), config, keys)


def _broker_entries(ctx: RequestContext, name: str, keys: Collection[str] | None) -> list[Entry]:
    if not name:
        return describe_cluster(ctx.broker.config, keys)
    _check_node(ctx, name, f"{ctx.broker.node_id} or empty string, but")
    return describe_broker(ctx.broker.config, keys)


def _check_node(ctx: RequestContext, name: str, expected: str) -> None:
    try:
        node_id = int(name)
    except ValueError:
        text = f"Broker id must be an integer, but it is: {name}"
        raise KafkaError(ErrorCode.INVALID_REQUEST, text) from None
    if node_id != ctx.broker.node_id:
        raise KafkaError(
            ErrorCode.INVALID_REQUEST, f"Unexpected broker id, expected {expected} received {name}"
        )


def _config(entry: Entry, request: DescribeConfigsRequest) -> DescribeConfigsResourceResult:
    synonyms = entry.synonyms if request.include_synonyms else []
    return DescribeConfigsResourceResult(
        name=entry.name,
        value=entry.value,
        read_only=entry.read_only,
        config_source=entry.source,
        is_sensitive=entry.sensitive,
        synonyms=[
            DescribeConfigsSynonym(name=synonym.name, value=synonym.value, source=synonym.source)
            for synonym in synonyms
        ],
        config_type=entry.kind,
        documentation=entry.documentation if request.include_documentation else None,
    )
