"""SaslHandshake (API key 17), v0-1: a client picks its SASL mechanism.

What arrives here comes from a client that is authenticated already, as every client of a PLAINTEXT listener
is: there is nothing left to pick. Source: `KafkaApis.handleSaslHandshakeRequest`.
Not supported: SASL listeners.
"""

from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.sasl_handshake import SaslHandshakeRequest, SaslHandshakeResponse


@handles(SaslHandshakeRequest, "0-1")
def sasl_handshake(_ctx: RequestContext, _request: SaslHandshakeRequest) -> SaslHandshakeResponse:
    return SaslHandshakeResponse(error_code=ErrorCode.ILLEGAL_SASL_STATE, mechanisms=[])
