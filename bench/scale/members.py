"""Members of classic groups, many of which join, sync and commit at the same time."""

from collections.abc import Sequence

from bench.load import Broker
from bench.scale.client import Client, ask_all, framed, parsed
from kafkapy.protocol.codec import decode
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.headers import parse_response_header
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest, FindCoordinatorResponse
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.join_group import JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse
from kafkapy.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
    OffsetCommitResponse,
)
from kafkapy.protocol.messages.sync_group import (
    SyncGroupRequest,
    SyncGroupRequestAssignment,
    SyncGroupResponse,
)

JOIN, SYNC, HEARTBEAT, COMMIT, FIND = 9, 5, 4, 9, 4
"""The versions of today's clients."""
ASSIGNMENT_BYTES = 60
REBALANCE_MS = 300_000


class Member:
    """What a member of a classic group has to remember."""

    __slots__ = ("generation", "group_id", "member_id")

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self.member_id = ""
        self.generation = -1

    def join(self, subscription: bytes) -> bytes:
        return framed(
            JoinGroupRequest(
                group_id=self.group_id,
                session_timeout_ms=60_000,
                rebalance_timeout_ms=REBALANCE_MS,
                member_id=self.member_id,
                protocol_type="consumer",
                protocols=[JoinGroupRequestProtocol(name="range", metadata=subscription)],
            ),
            JOIN,
        )

    def named(self, answer: memoryview) -> None:
        """The answer to the first join names the member, and wants it to join with that name."""
        _, body = parse_response_header(11, JOIN, answer)
        response = decode(JoinGroupResponse, JOIN, answer[body:])
        if response.error_code != ErrorCode.MEMBER_ID_REQUIRED:
            raise RuntimeError(f"a first join was answered with error {response.error_code}")
        self.member_id = response.member_id

    def sync(self, answer: memoryview) -> bytes:
        """The request that follows the answer to a join; the leader has something for everybody in it."""
        joined = parsed(JoinGroupResponse, JOIN, answer)
        self.generation = joined.generation_id
        return framed(
            SyncGroupRequest(
                group_id=self.group_id,
                generation_id=joined.generation_id,
                member_id=self.member_id,
                protocol_type="consumer",
                protocol_name="range",
                assignments=[
                    SyncGroupRequestAssignment(member_id=member.member_id, assignment=bytes(ASSIGNMENT_BYTES))
                    for member in joined.members
                ],
            ),
            SYNC,
        )

    def heartbeat(self) -> bytes:
        return framed(
            HeartbeatRequest(group_id=self.group_id, generation_id=self.generation, member_id=self.member_id),
            HEARTBEAT,
        )

    def commit(self, topic: str, offset: int) -> bytes:
        partition = OffsetCommitRequestPartition(
            partition_index=0, committed_offset=offset, committed_metadata=""
        )
        return framed(
            OffsetCommitRequest(
                group_id=self.group_id,
                generation_id_or_member_epoch=self.generation,
                member_id=self.member_id,
                topics=[OffsetCommitRequestTopic(name=topic, partitions=[partition])],
            ),
            COMMIT,
        )


def join_all(asking: Sequence[Client], members: Sequence[Member]) -> None:
    """All members get their names, join, and sync."""
    answers = ask_all(asking, [member.join(bytes(ASSIGNMENT_BYTES)) for member in members])
    for member, answer in zip(members, answers, strict=True):
        member.named(answer)
    rejoin_all(asking, members, bytes(ASSIGNMENT_BYTES))


def rejoin_all(asking: Sequence[Client], members: Sequence[Member], subscription: bytes) -> None:
    """Everybody joins with this subscription; when all have been answered, everybody syncs."""
    answers = ask_all(asking, [member.join(subscription) for member in members])
    requests = [member.sync(answer) for member, answer in zip(members, answers, strict=True)]
    for answer in ask_all(asking, requests):
        if len(parsed(SyncGroupResponse, SYNC, answer).assignment) != ASSIGNMENT_BYTES:
            raise RuntimeError("a member was assigned nothing")


def committed(answer: memoryview) -> None:
    for topic in parsed(OffsetCommitResponse, COMMIT, answer).topics:
        for partition in topic.partitions:
            if partition.error_code:
                raise RuntimeError(f"a commit was refused: error {partition.error_code}")


def make_coordinator(broker: Broker, group_id: str) -> None:
    """The topic of the offsets is created by the first who looks for a coordinator."""
    client = Client(broker)
    request = framed(FindCoordinatorRequest(coordinator_keys=[group_id]), FIND)
    try:
        while any(
            c.error_code for c in parsed(FindCoordinatorResponse, FIND, client.ask(request)).coordinators
        ):
            pass
    finally:
        client.close()
