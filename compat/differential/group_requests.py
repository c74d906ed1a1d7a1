"""Short ways to say what members of groups ask for."""

from collections.abc import Mapping, Sequence

from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from kafkapy.protocol.messages.leave_group import LeaveGroupRequest, MemberIdentity
from kafkapy.protocol.messages.log_records.framing import encode_versioned
from kafkapy.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkapy.protocol.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
)
from kafkapy.protocol.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment
from kafkapy.protocol.uuid import ZERO_UUID

FIRST_OFFSET_VERSION_WITH_IDS = 10
FIRST_OFFSET_FETCH_VERSION_WITH_GROUPS = 8


def subscription(*topics: str) -> bytes:
    """What consumers say when they join."""
    wanted = ConsumerProtocolSubscription(topics=list(topics), user_data=None)
    return bytes(encode_versioned(wanted, 1))


def join(
    group: str,
    member_id: str = "",
    *,
    instance: str | None = None,
    session_ms: int = 30_000,
    rebalance_ms: int = 5_000,
    kind: str = "consumer",
    protocols: Mapping[str, bytes] | Sequence[tuple[str, bytes]] | None = None,
    reason: str | None = None,
) -> JoinGroupRequest:
    pairs = {"range": subscription("t")} if protocols is None else protocols
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return JoinGroupRequest(
        group_id=group,
        session_timeout_ms=session_ms,
        rebalance_timeout_ms=rebalance_ms,
        member_id=member_id,
        group_instance_id=instance,
        protocol_type=kind,
        protocols=[JoinGroupRequestProtocol(name=name, metadata=metadata) for name, metadata in items],
        reason=reason,
    )


def sync(
    group: str,
    member_id: str,
    generation: int,
    assignments: Mapping[str, bytes] | None = None,
    *,
    instance: str | None = None,
    kind: str | None = "consumer",
    protocol: str | None = "range",
) -> SyncGroupRequest:
    return SyncGroupRequest(
        group_id=group,
        generation_id=generation,
        member_id=member_id,
        group_instance_id=instance,
        protocol_type=kind,
        protocol_name=protocol,
        assignments=[
            SyncGroupRequestAssignment(member_id=member, assignment=assignment)
            for member, assignment in (assignments or {}).items()
        ],
    )


def heartbeat(
    group: str, member_id: str, generation: int, *, instance: str | None = None
) -> HeartbeatRequest:
    return HeartbeatRequest(
        group_id=group, generation_id=generation, member_id=member_id, group_instance_id=instance
    )


def leave_one(group: str, member_id: str) -> LeaveGroupRequest:
    """In the form of v0-2."""
    return LeaveGroupRequest(group_id=group, member_id=member_id)


def leave(group: str, *members: tuple[str, str | None]) -> LeaveGroupRequest:
    """Members by id and instance, in the form of v3 and later."""
    return LeaveGroupRequest(
        group_id=group,
        members=[
            MemberIdentity(member_id=member, group_instance_id=instance) for member, instance in members
        ],
    )


def commit(
    group: str,
    topic: str | bytes,
    *partitions: tuple[int, int] | tuple[int, int, str | None],
    member_id: str = "",
    generation: int = -1,
    instance: str | None = None,
    leader_epoch: int = -1,
    retention_ms: int = -1,
) -> OffsetCommitRequest:
    """Partitions are (index, offset) or (index, offset, metadata)."""
    return OffsetCommitRequest(
        group_id=group,
        generation_id_or_member_epoch=generation,
        member_id=member_id,
        group_instance_id=instance,
        retention_time_ms=retention_ms,
        topics=[
            OffsetCommitRequestTopic(
                name=topic if isinstance(topic, str) else "",
                topic_id=topic if isinstance(topic, bytes) else ZERO_UUID,
                partitions=[
                    OffsetCommitRequestPartition(
                        partition_index=index,
                        committed_offset=offset,
                        committed_leader_epoch=leader_epoch,
                        committed_metadata=metadata[0] if metadata else "",
                    )
                    for index, offset, *metadata in partitions
                ],
            )
        ],
    )


def fetch_offsets(
    version: int,
    group: str,
    topics: Mapping[str | bytes, Sequence[int]] | None,
    *,
    member_id: str | None = None,
    member_epoch: int = -1,
    require_stable: bool = False,
) -> OffsetFetchRequest:
    """In the form of `version`."""
    if version >= FIRST_OFFSET_FETCH_VERSION_WITH_GROUPS:
        wanted = [of_group(group, topics, member_id=member_id, member_epoch=member_epoch)]
        return OffsetFetchRequest(groups=wanted, require_stable=require_stable)
    named = None
    if topics is not None:
        named = [
            OffsetFetchRequestTopic(name=str(topic), partition_indexes=list(indexes))
            for topic, indexes in topics.items()
        ]
    return OffsetFetchRequest(group_id=group, topics=named, require_stable=require_stable)


def of_group(
    group: str,
    topics: Mapping[str | bytes, Sequence[int]] | None,
    *,
    member_id: str | None = None,
    member_epoch: int = -1,
) -> OffsetFetchRequestGroup:
    wanted = None
    if topics is not None:
        wanted = [
            OffsetFetchRequestTopics(
                name=topic if isinstance(topic, str) else "",
                topic_id=topic if isinstance(topic, bytes) else ZERO_UUID,
                partition_indexes=list(indexes),
            )
            for topic, indexes in topics.items()
        ]
    return OffsetFetchRequestGroup(
        group_id=group, member_id=member_id, member_epoch=member_epoch, topics=wanted
    )
