"""CreateAcls (API key 30), v1-3: adds access rules.

A rule about something unknown closes the connection, as in Kafka, which cannot even read it.
Not supported: rules; there is no authorizer yet, so the answer is SECURITY_DISABLED, as without one in Kafka.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.create_acls import AclCreationResult, CreateAclsRequest, CreateAclsResponse
from kafkapy.security.authorizer import UNKNOWN, rules_to_change


def _fail(request: CreateAclsRequest, code: ErrorCode) -> CreateAclsResponse:
    return _refused(request, KafkaError(code))


@handles(CreateAclsRequest, "1-3", fail=_fail)
def create_acls(ctx: RequestContext, request: CreateAclsRequest) -> CreateAclsResponse | None:
    if any(
        UNKNOWN in (rule.resource_type, rule.resource_pattern_type, rule.operation, rule.permission_type)
        for rule in request.creations
    ):
        ctx.peer.close("an access rule is about something unknown")
        return None
    try:
        rules_to_change()
    except KafkaError as error:
        return _refused(request, error)


def _refused(request: CreateAclsRequest, error: KafkaError) -> CreateAclsResponse:
    return CreateAclsResponse(
        results=[
            AclCreationResult(error_code=error.code, error_message=error.detail) for _ in request.creations
        ]
    )
