"""A classic group: what the log says of it, and its members as they are now."""

from collections.abc import Iterable

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.classic.live import LiveMembership
from kafkapy.coordinator.group.classic.member import Member, MemberIdentity
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.records import group_metadata, group_tombstone
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataValue, MemberMetadata


class ClassicGroup:
    """`stored` is hard state, None for a group that has only ever committed offsets; `live` is soft state."""

    __slots__ = ("group_id", "live", "stored")
    type_name = "classic"

    def __init__(self, group_id: str, now_ms: int) -> None:
        self.group_id = group_id
        self.stored: GroupMetadataValue | None = None
        self.live = LiveMembership(GroupState.EMPTY, now_ms)

    def __eq__(self, other: object) -> bool:
        """Groups are equal when the log says the same of them."""
        return isinstance(other, ClassicGroup) and (self.group_id, self.stored) == (
            other.group_id,
            other.stored,
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def is_empty(self) -> bool:
        return self.live.state is GroupState.EMPTY

    @property
    def state_name(self) -> str:
        return self.live.state.value

    def rest(self, now_ms: int) -> None:
        """Make the live membership that of the stored generation, as it is after loading."""
        stored = self.stored
        if stored is None:
            self.live = LiveMembership(GroupState.EMPTY, now_ms)
            return
        self.live = live = LiveMembership(
            GroupState.STABLE if stored.members else GroupState.EMPTY,
            stored.current_state_timestamp,
            generation_id=stored.generation,
            protocol_name=stored.protocol,
            leader=stored.leader,
        )
        for member in stored.members:
            live.add(_restored(member, stored.protocol), stored.protocol_type)
        live.protocol_type = stored.protocol_type or None
        live.learn_topics()

    def record(self, *, members: Iterable[Member] | None = None, leader: str | None = None) -> Record:
        """The record that makes the live membership the stored one, with other members or leader."""
        live = self.live
        return group_metadata(
            self.group_id,
            GroupMetadataValue(
                protocol_type=live.protocol_type or "",
                generation=live.generation_id,
                protocol=live.protocol_name,
                leader=live.leader if leader is None else leader,
                current_state_timestamp=live.state_timestamp_ms,
                members=[
                    _stored(member, live.protocol_name)
                    for member in (live.members.values() if members is None else members)
                ],
            ),
        )

    def check_commit(self, identity: MemberIdentity) -> Member | None:
        """Who commits; None for someone outside of the group, which must be empty then."""
        live = self.live
        if identity.generation_id < 0 and live.state is GroupState.EMPTY:
            return None
        if identity.generation_id < 0 and not identity.member_id and identity.group_instance_id is None:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
        member = live.check_generation(identity)
        if live.state is GroupState.COMPLETING_REBALANCE:
            raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
        return member

    def check_transactional_commit(self, identity: MemberIdentity) -> None:
        """Producers from before KIP-447 do not say for which member they commit, and may always."""
        if identity.generation_id < 0 and not identity.member_id and identity.group_instance_id is None:
            return
        if identity.generation_id >= 0 or self.live.state is not GroupState.EMPTY:
            self.live.check_generation(identity)

    def check_offset_delete(self) -> None:
        if not self.is_empty and not self.live.is_consumer:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP)

    def subscribes_to(self, topic: str) -> bool:
        return self.live.subscribes_to(topic)

    def tombstones(self) -> list[Record]:
        return [group_tombstone(self.group_id)]

    def offsets_age_since(self, commit_timestamp_ms: int) -> int | None:
        """Since when the group has had no use for a committed offset; None while it may need it.

        Kafka: `ClassicGroup.offsetExpirationCondition`, KIP-211.
        """
        live = self.live
        if live.protocol_type is None:
            return commit_timestamp_ms
        if live.state is GroupState.EMPTY:
            return commit_timestamp_ms if live.state_timestamp_ms < 0 else live.state_timestamp_ms
        if live.is_consumer and live.state is GroupState.STABLE and live.topics is not None:
            return commit_timestamp_ms
        return None


def _restored(member: MemberMetadata, protocol: str | None) -> Member:
    return Member(
        member_id=member.member_id,
        group_instance_id=member.group_instance_id,
        client_id=member.client_id,
        client_host=member.client_host,
        rebalance_timeout_ms=(
            member.session_timeout if member.rebalance_timeout == -1 else member.rebalance_timeout
        ),
        session_timeout_ms=member.session_timeout,
        protocols=((protocol or "", member.subscription),),
        assignment=member.assignment,
    )


def _stored(member: Member, protocol: str | None) -> MemberMetadata:
    return MemberMetadata(
        member_id=member.member_id,
        group_instance_id=member.group_instance_id,
        client_id=member.client_id,
        client_host=member.client_host,
        rebalance_timeout=member.rebalance_timeout_ms,
        session_timeout=member.session_timeout_ms,
        subscription=member.metadata(protocol),
        assignment=member.assignment,
    )
