"""What a member of a classic group is told when it joins and when it syncs."""

from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode


class JoinedMember(NamedTuple):
    """A member as the leader sees it: what it needs to compute assignments."""

    member_id: str
    group_instance_id: str | None
    metadata: bytes


class JoinResult(NamedTuple):
    """The generation a member is now part of; or an `error` that comes with a member id of its own."""

    member_id: str
    error: ErrorCode = ErrorCode.NONE
    generation_id: int = -1
    protocol_type: str | None = None
    protocol_name: str | None = None
    leader: str = ""
    skip_assignment: bool = False
    members: tuple[JoinedMember, ...] = ()


class SyncResult(NamedTuple):
    """A member's share, as the leader computed it: opaque bytes."""

    protocol_type: str | None
    protocol_name: str | None
    assignment: bytes
