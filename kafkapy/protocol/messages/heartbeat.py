"""Heartbeat (API key 12): a classic member says that it is alive and learns of rebalances.

v1: throttle time.  v3: static membership (KIP-345).  v4: first flexible version.
"""

from kafkapy.protocol.schema import int16, int32, message, string


@message(key=12, valid="0-4", flexible="4+")
class HeartbeatRequest:
    group_id: str = string()
    generation_id: int = int32()
    member_id: str = string()
    group_instance_id: str | None = string("3+", nullable="3+", default=None)


@message(key=12, valid="0-4", flexible="4+")
class HeartbeatResponse:
    throttle_time_ms: int = int32("1+", default=0, ignorable=True)
    error_code: int = int16(default=0)
