"""SaslAuthenticate (API key 36): carries one token of a SASL exchange (KIP-152).

v1: session lifetime (KIP-368).  v2: first flexible version.
"""

from kafkapy.protocol.schema import bytes_, int16, int64, message, string


@message(key=36, valid="0-2", flexible="2+")
class SaslAuthenticateRequest:
    auth_bytes: bytes = bytes_()


@message(key=36, valid="0-2", flexible="2+")
class SaslAuthenticateResponse:
    error_code: int = int16(default=0)
    error_message: str | None = string(nullable="0+")
    auth_bytes: bytes = bytes_()
    session_lifetime_ms: int = int64("1+", default=0, ignorable=True)
