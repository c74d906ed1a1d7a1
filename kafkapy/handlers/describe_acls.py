"""DescribeAcls (API key 29), v1-3: the access rules that match a filter.

A filter that names something unknown closes the connection, as in Kafka, which cannot even read it.
Not supported: rules; there is no authorizer yet, so the answer is SECURITY_DISABLED, as without one in Kafka.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.messages.describe_acls import DescribeAclsRequest, DescribeAclsResponse
from kafkapy.security.authorizer import UNKNOWN, rules_to_read


@handles(DescribeAclsRequest, "1-3")
def describe_acls(ctx: RequestContext, request: DescribeAclsRequest) -> DescribeAclsResponse | None:
    if UNKNOWN in (
        request.resource_type_filter,
        request.pattern_type_filter,
        request.operation,
        request.permission_type,
    ):
        ctx.peer.close("a filter of access rules names something unknown")
        return None
    rules_to_read()
