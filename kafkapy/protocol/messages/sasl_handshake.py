"""SaslHandshake (API key 17): a client picks its SASL mechanism.

v0: raw tokens follow on the connection.  v1: tokens follow in SaslAuthenticate (KIP-152).
"""

from kafkapy.protocol.schema import array, int16, message, string


@message(key=17, valid="0-1")
class SaslHandshakeRequest:
    mechanism: str = string()


@message(key=17, valid="0-1")
class SaslHandshakeResponse:
    error_code: int = int16(default=0)
    mechanisms: list[str] = array(string)
