"""LeaveGroup (API key 13): members leave a classic group, or are removed by a tool.

v3: many members at once, by member or instance id (KIP-345).  v4: first flexible version.
v5: reason (KIP-800).
"""

from kafkapy.protocol.schema import array, int16, int32, message, string, struct


@struct
class MemberIdentity:
    member_id: str = string()
    group_instance_id: str | None = string(nullable="0+", default=None)
    reason: str | None = string("5+", nullable="5+", default=None, ignorable=True)


@message(key=13, valid="0-5", flexible="4+")
class LeaveGroupRequest:
    group_id: str = string()
    member_id: str = string("0-2", default="")
    members: list[MemberIdentity] = array(MemberIdentity, "3+", default=[])


@struct
class MemberResponse:
    member_id: str = string()
    group_instance_id: str | None = string(nullable="0+")
    error_code: int = int16(default=0)


@message(key=13, valid="0-5", flexible="4+")
class LeaveGroupResponse:
    throttle_time_ms: int = int32("1+", default=0, ignorable=True)
    error_code: int = int16(default=0)
    members: list[MemberResponse] = array(MemberResponse, "3+", default=[])
