"""CreateDelegationToken (API key 38), v1-3: a token with which others can act as its owner (KIP-48).

v3: a token for somebody else (KIP-373). Clients of PLAINTEXT listeners may have none.
Not supported: tokens; they are for clients that have authenticated.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.create_delegation_token import (
    CreateDelegationTokenRequest,
    CreateDelegationTokenResponse,
)
from kafkapy.security.delegation_tokens import NO_TIME, tokens_for
from kafkapy.security.principals import ANONYMOUS, Principal

FIRST_VERSION_FOR_OTHERS = 3


def _fail(_request: CreateDelegationTokenRequest, code: ErrorCode) -> CreateDelegationTokenResponse:
    return _refused(code, ANONYMOUS)


@handles(CreateDelegationTokenRequest, "1-3", fail=_fail)
def create_delegation_token(
    ctx: RequestContext, request: CreateDelegationTokenRequest
) -> CreateDelegationTokenResponse:
    owner = ctx.principal
    try:
        owner = _other_owner(request) or owner
        tokens_for(ctx.security_protocol, ctx.principal)
    except KafkaError as error:
        response = _refused(error.code, owner)
    if ctx.api_version >= FIRST_VERSION_FOR_OTHERS:
        response.token_requester_principal_type, response.token_requester_principal_name = ctx.principal
    return response


def _other_owner(request: CreateDelegationTokenRequest) -> Principal | None:
    """Whom the token is for, if not for the client itself. A name without a kind breaks Kafka."""
    if not request.owner_principal_name:
        return None
    if request.owner_principal_type is None:
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    return Principal(request.owner_principal_type, request.owner_principal_name)


def _refused(code: ErrorCode, owner: Principal) -> CreateDelegationTokenResponse:
    return CreateDelegationTokenResponse(
        error_code=code,
        principal_type=owner.kind,
        principal_name=owner.name,
        issue_timestamp_ms=NO_TIME,
        expiry_timestamp_ms=NO_TIME,
        max_timestamp_ms=NO_TIME,
        token_id="",
        hmac=b"",
    )
