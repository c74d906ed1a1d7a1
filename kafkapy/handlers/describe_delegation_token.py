"""DescribeDelegationToken (API key 41), v1-3: the delegation tokens that the client may see (KIP-48).

Not supported: tokens; they are for clients that have authenticated.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.messages.describe_delegation_token import (
    DescribeDelegationTokenRequest,
    DescribeDelegationTokenResponse,
)
from kafkapy.security.delegation_tokens import tokens_for


@handles(DescribeDelegationTokenRequest, "1-3")
def describe_delegation_token(
    ctx: RequestContext, _request: DescribeDelegationTokenRequest
) -> DescribeDelegationTokenResponse:
    tokens_for(ctx.security_protocol, ctx.principal)
