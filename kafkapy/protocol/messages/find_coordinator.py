"""FindCoordinator (API key 10): which broker coordinates a group, transactional id or share partition.

v1: key types.  v3: first flexible version.  v4: many keys at once (KIP-699).  v6: share groups (KIP-932).
"""

from kafkapy.protocol.schema import array, int8, int16, int32, message, string, struct


@message(key=10, valid="0-6", flexible="3+")
class FindCoordinatorRequest:
    key: str = string("0-3", default="")
    key_type: int = int8("1+", default=0)
    coordinator_keys: list[str] = array(string, "4+", default=[])


@struct
class Coordinator:
    key: str = string()
    node_id: int = int32()
    host: str = string()
    port: int = int32()
    error_code: int = int16(default=0)
    error_message: str | None = string(nullable="0+")


@message(key=10, valid="0-6", flexible="3+")
class FindCoordinatorResponse:
    throttle_time_ms: int = int32("1+", default=0, ignorable=True)
    error_code: int = int16("0-3", default=0)
    error_message: str | None = string("1-3", nullable="1-3", default="", ignorable=True)
    node_id: int = int32("0-3", default=0)
    host: str = string("0-3", default="")
    port: int = int32("0-3", default=0)
    coordinators: list[Coordinator] = array(Coordinator, "4+", default=[])
