"""DeleteAcls (API key 31), v1-3: removes the access rules that match filters.

A filter that names something unknown closes the connection, as in Kafka, which cannot even read it.
Not supported: rules; there is no authorizer yet, so the answer is SECURITY_DISABLED, as without one in Kafka.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.delete_acls import (
    DeleteAclsFilterResult,
    DeleteAclsRequest,
    DeleteAclsResponse,
)
from kafkapy.security.authorizer import UNKNOWN, rules_to_change


def _fail(request: DeleteAclsRequest, code: ErrorCode) -> DeleteAclsResponse:
    return _refused(request, KafkaError(code))


@handles(DeleteAclsRequest, "1-3", fail=_fail)
def delete_acls(ctx: RequestContext, request: DeleteAclsRequest) -> DeleteAclsResponse | None:
    if any(
        UNKNOWN in (each.resource_type_filter, each.pattern_type_filter, each.operation, each.permission_type)
        for each in request.filters
    ):
        ctx.peer.close("a filter of access rules names something unknown")
        return None
    try:
        rules_to_change()
    except KafkaError as error:
        return _refused(request, error)


def _refused(request: DeleteAclsRequest, error: KafkaError) -> DeleteAclsResponse:
    return DeleteAclsResponse(
        filter_results=[
            DeleteAclsFilterResult(error_code=error.code, error_message=error.detail, matching_acls=[])
            for _ in request.filters
        ]
    )
