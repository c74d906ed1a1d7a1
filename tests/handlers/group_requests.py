"""Requests of group members against a broker in memory, with what tests seldom care about left out."""

from typing import Any

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol
from kafkapy.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkapy.protocol.messages.sync_group import SyncGroupRequest, SyncGroupRequestAssignment
from kafkapy.protocol.schema import ZERO_UUID
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker


async def start_coordinator(start_broker: StartBroker, **settings: object) -> MemoryBroker:
    """A broker with the topic "topic" of three partitions, whose group coordinator has been looked up."""
    broker = await start_broker(**{"group_initial_rebalance_delay_ms": 0, **settings})
    broker.broker.create_topics([NewTopic("topic", 3, 1)])
    await broker.send(FindCoordinatorRequest(key="group"), version=3)
    return broker


def join_request(
    member_id: str = "", *, group: str = "group", protocols: tuple[str, ...] = ("range",), **options: Any
) -> JoinGroupRequest:
    return JoinGroupRequest(
        **{
            "group_id": group,
            "session_timeout_ms": 10_000,
            "rebalance_timeout_ms": 60_000,
            "member_id": member_id,
            "protocol_type": "consumer",
            "protocols": [JoinGroupRequestProtocol(name=name, metadata=b"metadata") for name in protocols],
            **options,
        }
    )


async def join(broker: MemoryBroker, member_id: str = "", *, version: int = 3, **options: Any) -> Any:
    """The response to a join that the end of the initial delay answers."""
    waiting = broker.begin(join_request(member_id, **options), version)
    await broker.advance(0)
    await broker.advance(0)
    return await waiting


async def settle(broker: MemoryBroker, **options: Any) -> str:
    """A stable group of one member, which is assigned b"share"; its member id."""
    joined = await join(broker, **options)
    await broker.send(sync_request(joined.member_id, {joined.member_id: b"share"}), version=3)
    member_id: str = joined.member_id
    return member_id


def sync_request(member_id: str, shares: dict[str, bytes] | None = None, **options: Any) -> SyncGroupRequest:
    assignments = [
        SyncGroupRequestAssignment(member_id=member, assignment=share)
        for member, share in (shares or {}).items()
    ]
    return SyncGroupRequest(
        **{
            "group_id": "group",
            "generation_id": 1,
            "member_id": member_id,
            "assignments": assignments,
            **options,
        }
    )


def heartbeat_request(member_id: str, **options: Any) -> HeartbeatRequest:
    return HeartbeatRequest(**{"group_id": "group", "generation_id": 1, "member_id": member_id, **options})


def commit_request(
    *offsets: tuple[int, int],
    topic: str = "topic",
    topic_id: bytes = ZERO_UUID,
    metadata: str | None = "",
    leader_epoch: int = -1,
    **options: Any,
) -> OffsetCommitRequest:
    """(partition, offset) of one topic."""
    partitions = [
        OffsetCommitRequestPartition(
            partition_index=partition,
            committed_offset=offset,
            committed_leader_epoch=leader_epoch,
            committed_metadata=metadata,
        )
        for partition, offset in offsets
    ]
    wanted = OffsetCommitRequestTopic(name=topic, topic_id=topic_id, partitions=partitions)
    return OffsetCommitRequest(**{"group_id": "group", "topics": [wanted], **options})


def codes(response: Any) -> list[ErrorCode]:
    """The code of every partition, in order."""
    return [
        next(code for code in ErrorCode if code == partition.error_code)
        for topic in response.topics
        for partition in topic.partitions
    ]
