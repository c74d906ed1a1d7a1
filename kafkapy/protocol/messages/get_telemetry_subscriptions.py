"""GetTelemetrySubscriptions (API key 71): which metrics a client is asked to push (KIP-714)."""

from kafkapy.protocol.schema import array, boolean, int8, int16, int32, message, string, uuid


@message(key=71, valid="0", flexible="0+")
class GetTelemetrySubscriptionsRequest:
    client_instance_id: bytes = uuid()


@message(key=71, valid="0", flexible="0+")
class GetTelemetrySubscriptionsResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    client_instance_id: bytes = uuid()
    subscription_id: int = int32()
    accepted_compression_types: list[int] = array(int8)
    push_interval_ms: int = int32()
    telemetry_max_bytes: int = int32()
    delta_temporality: bool = boolean()
    requested_metrics: list[str] = array(string)
