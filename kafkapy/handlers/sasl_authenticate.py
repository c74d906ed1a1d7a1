"""SaslAuthenticate (API key 36), v0-2: one token of a SASL exchange (KIP-152).

What arrives here comes from a client that is authenticated already, as every client of a PLAINTEXT listener
is: no exchange is under way. Source: `KafkaApis.handleSaslAuthenticateRequest`.
Not supported: SASL listeners.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.sasl_authenticate import SaslAuthenticateRequest, SaslAuthenticateResponse


@handles(SaslAuthenticateRequest, "0-2")
def sasl_authenticate(_ctx: RequestContext, _request: SaslAuthenticateRequest) -> SaslAuthenticateResponse:
    return SaslAuthenticateResponse(
        error_code=ErrorCode.ILLEGAL_SASL_STATE,
        error_message="SaslAuthenticate request received after successful authentication",
        auth_bytes=b"",
    )
