"""ExpireDelegationToken (API key 40): ends a delegation token at once or at a given time (KIP-48).

v2: first flexible version.
"""

from kafkapy.protocol.schema import bytes_, int16, int32, int64, message


@message(key=40, valid="0-2", flexible="2+")
class ExpireDelegationTokenRequest:
    hmac: bytes = bytes_()
    expiry_time_period_ms: int = int64()


@message(key=40, valid="0-2", flexible="2+")
class ExpireDelegationTokenResponse:
    error_code: int = int16(default=0)
    expiry_timestamp_ms: int = int64()
    throttle_time_ms: int = int32(default=0)
