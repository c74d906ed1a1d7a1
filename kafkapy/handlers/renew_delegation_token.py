"""RenewDelegationToken (API key 39), v1-2: extends the life of a delegation token (KIP-48).

Not supported: tokens; they are for clients that have authenticated.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.renew_delegation_token import (
    RenewDelegationTokenRequest,
    RenewDelegationTokenResponse,
)
from kafkapy.security.delegation_tokens import NO_TIME, tokens_for


@handles(RenewDelegationTokenRequest, "1-2")
def renew_delegation_token(
    ctx: RequestContext, _request: RenewDelegationTokenRequest
) -> RenewDelegationTokenResponse:
    try:
        tokens_for(ctx.security_protocol, ctx.principal)
    except KafkaError as error:
        return RenewDelegationTokenResponse(error_code=error.code, expiry_timestamp_ms=NO_TIME)
