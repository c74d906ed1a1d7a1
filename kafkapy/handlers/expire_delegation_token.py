"""ExpireDelegationToken (API key 40), v1-2: ends a delegation token, now or later (KIP-48).

Not supported: tokens; they are for clients that have authenticated.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.expire_delegation_token import (
    ExpireDelegationTokenRequest,
    ExpireDelegationTokenResponse,
)
from kafkapy.security.delegation_tokens import NO_TIME, tokens_for


@handles(ExpireDelegationTokenRequest, "1-2")
def expire_delegation_token(
    ctx: RequestContext, _request: ExpireDelegationTokenRequest
) -> ExpireDelegationTokenResponse:
    try:
        tokens_for(ctx.security_protocol, ctx.principal)
    except KafkaError as error:
        return ExpireDelegationTokenResponse(error_code=error.code, expiry_timestamp_ms=NO_TIME)
