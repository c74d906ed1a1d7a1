"""Type 2 of `__consumer_offsets`: a classic group: its generation, protocol and members.

v1: rebalance timeout.  v2: time of the last change.  v3: static membership (KIP-345).
v4: first flexible version.
"""

from kafkapy.protocol.schema import array, bytes_, int32, int64, message, string, struct


@message(key=2, valid="0")
class GroupMetadataKey:
    group: str = string()


@struct
class MemberMetadata:
    member_id: str = string()
    group_instance_id: str | None = string("3+", nullable="3+", default=None, ignorable=True)
    client_id: str = string()
    client_host: str = string()
    rebalance_timeout: int = int32("1+", default=-1, ignorable=True)
    session_timeout: int = int32()
    subscription: bytes = bytes_()
    assignment: bytes = bytes_()


@message(key=2, valid="0-4", flexible="4+")
class GroupMetadataValue:
    protocol_type: str = string()
    generation: int = int32()
    protocol: str | None = string(nullable="0+")
    leader: str | None = string(nullable="0+")
    current_state_timestamp: int = int64("2+", default=-1, ignorable=True)
    members: list[MemberMetadata] = array(MemberMetadata)
