"""UnregisterBroker (API key 64): forgets a broker for good (KIP-631)."""

from kafkapy.protocol.schema import int16, int32, message, string


@message(key=64, valid="0", flexible="0+")
class UnregisterBrokerRequest:
    broker_id: int = int32()


@message(key=64, valid="0", flexible="0+")
class UnregisterBrokerResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    error_message: str | None = string(nullable="0+")
