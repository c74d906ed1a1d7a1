"""RenewDelegationToken (API key 39): extends the life of a delegation token (KIP-48).

v2: first flexible version.
"""

from kafkapy.protocol.schema import bytes_, int16, int32, int64, message


@message(key=39, valid="0-2", flexible="2+")
class RenewDelegationTokenRequest:
    hmac: bytes = bytes_()
    renew_period_ms: int = int64()


@message(key=39, valid="0-2", flexible="2+")
class RenewDelegationTokenResponse:
    error_code: int = int16(default=0)
    expiry_timestamp_ms: int = int64()
    throttle_time_ms: int = int32(default=0)
