"""The groups of one partition of `__consumer_offsets`: commands by group id, and replay of its records."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from kafkapy.coordinator.decision import Decision, Record, SetTimer
from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.heartbeat import heartbeat
from kafkapy.coordinator.group.classic.join import JoinRequest, join
from kafkapy.coordinator.group.classic.leave import LeavingMember, leave
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.rebalance import prepare_rebalance, restart_session, session_timer
from kafkapy.coordinator.group.classic.results import JoinResult, SyncResult
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.classic.sync import SyncRequest, sync
from kafkapy.coordinator.group.classic.turn import Turn
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.groups import ConsumerGroups
from kafkapy.coordinator.group.consumer.replay import REPLAY as CONSUMER_REPLAY
from kafkapy.coordinator.group.consumer.settings import ConsumerGroupSettings
from kafkapy.coordinator.group.describe import GroupDescription, GroupListing, describe, listing
from kafkapy.coordinator.group.expiry import expired_records
from kafkapy.coordinator.group.groups import Group
from kafkapy.coordinator.group.offsets import (
    CommittedOffset,
    OffsetStore,
    OffsetToCommit,
    commit_record,
    committed_offset,
)
from kafkapy.coordinator.group.records import (
    RECORDS,
    empty_group,
    offset_tombstone,
)
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.coordinator.group.topics import Topics, TopicTable
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.framing import UnknownRecordType
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataKey, GroupMetadataValue
from kafkapy.protocol.messages.log_records.legacy_offset_commit import (
    LegacyOffsetCommitKey,
    LegacyOffsetCommitValue,
)
from kafkapy.protocol.messages.log_records.offset_commit import OffsetCommitKey, OffsetCommitValue

FetchedOffset = CommittedOffset | KafkaError | None
FetchedTopic = tuple[str, list[tuple[int, FetchedOffset]]]
"""A topic, and what there is for each of its partitions."""


class GroupShard:
    """Implements `kafkapy.coordinator.runtime.Shard`. Hard state: `stored` of each group, and `offsets`."""

    def __init__(
        self,
        settings: GroupSettings,
        consumer_settings: ConsumerGroupSettings | None = None,
        topics: Topics | None = None,
    ) -> None:
        self.settings = settings
        self.groups: dict[str, Group] = {}
        self.offsets = OffsetStore()
        self.consumer = ConsumerGroups(
            self.groups,
            consumer_settings or ConsumerGroupSettings(),
            topics or TopicTable(),
            classic_max_size=settings.max_size,
            became_classic=self._became_classic,
        )

    # -- membership ----------------------------------------------------------------------------------------

    def join(self, group_id: str, request: JoinRequest, now_ms: int) -> Decision[JoinResult]:
        """A new group comes into being with its first member, but not for one that claims to have an id."""
        group = self.groups.get(group_id)
        if isinstance(group, ClassicGroup):
            return join(Turn(group, self.settings, now_ms), request)
        if group is not None and not group.is_empty:
            return self.consumer.join(group, request, now_ms)
        if request.joining.member_id:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
        return Decision(
            records=[*(() if group is None else group.tombstones()), empty_group(group_id, now_ms)],
            then=lambda: self.join(group_id, request, now_ms),
        )

    def sync(self, group_id: str, request: SyncRequest, now_ms: int) -> Decision[SyncResult]:
        group = self._joined(group_id)
        if isinstance(group, ConsumerGroup):
            return self.consumer.sync(group, request, now_ms)
        return sync(Turn(group, self.settings, now_ms), request)

    def heartbeat(self, group_id: str, identity: MemberIdentity, now_ms: int) -> Decision[ErrorCode]:
        group = self._joined(group_id)
        if isinstance(group, ConsumerGroup):
            return self.consumer.heartbeat_of_classic(group, identity, now_ms)
        return heartbeat(group, self.settings, identity)

    def leave(
        self, group_id: str, leaving: Sequence[LeavingMember], now_ms: int
    ) -> Decision[list[ErrorCode]]:
        group = self._joined(group_id)
        if isinstance(group, ConsumerGroup):
            return self.consumer.leave(group, leaving, now_ms)
        return leave(Turn(group, self.settings, now_ms), leaving)

    def _became_classic(self, group_id: str, reply: Any, rebalances: bool, now_ms: int) -> Decision[Any]:
        """A consumer group was written as a classic one: it goes on as if it had been loaded."""
        decision: Decision[Any] = Decision(reply)
        group = self.groups[group_id]
        assert isinstance(group, ClassicGroup)
        self._rest(group, now_ms, decision)
        if rebalances:
            prepare_rebalance(Turn(group, self.settings, now_ms, decision))
        return decision

    # -- offsets -------------------------------------------------------------------------------------------

    def commit_offsets(
        self,
        group_id: str,
        identity: MemberIdentity,
        wanted: Sequence[OffsetToCommit],
        retention_ms: int,
        now_ms: int,
        *,
        knows_epochs: bool = True,
    ) -> Decision[list[ErrorCode]]:
        """One code per offset. A commit keeps the session of a classic group's member alive."""
        decision: Decision[list[ErrorCode]] = Decision()
        group = self.groups.get(group_id)
        if group is None:
            if identity.generation_id >= 0:
                raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, _not_found(group_id))
        elif isinstance(group, ConsumerGroup):
            partitions = [(self.consumer.topic_id(o.topic), o.partition) for o in wanted]
            group.check_commit(identity, partitions, knows_epochs=knows_epochs)
        else:
            member = group.check_commit(identity)
            if member is not None:
                decision.effects.append(
                    session_timer(group, self.settings, member.member_id, member.session_timeout_ms)
                )
        codes = decision.reply = []
        for offset in wanted:
            if offset.metadata is not None and len(offset.metadata) > self.settings.offset_metadata_max_bytes:
                codes.append(ErrorCode.OFFSET_METADATA_TOO_LARGE)
            else:
                codes.append(ErrorCode.NONE)
                decision.records.append(
                    commit_record(group_id, offset, now_ms=now_ms, retention_ms=retention_ms)
                )
        return decision

    def fetch_offsets(
        self,
        group_id: str,
        topics: Sequence[tuple[str, Sequence[int]]] | None,
        require_stable: bool,
        identity: MemberIdentity | None = None,
    ) -> Decision[list[FetchedTopic]]:
        """By topic and partition, for all of the group's when `topics` is None. None where nothing is
        committed; UNSTABLE_OFFSET_COMMIT where only stable ones are wanted and a transaction is about to
        change it. `identity`: the member that asks, if it says; only consumer groups check it.
        """
        group = self.groups.get(group_id)
        if identity is not None and isinstance(group, ConsumerGroup):
            group.check_fetch(identity)
        if topics is None:
            topics = [(topic, list(parts)) for topic, parts in self.offsets.of_group(group_id).items()]
        return Decision(
            [
                (topic, [(p, self._fetch(group_id, topic, p, require_stable)) for p in partitions])
                for topic, partitions in topics
            ]
        )

    def _fetch(self, group_id: str, topic: str, partition: int, require_stable: bool) -> FetchedOffset:
        if require_stable and self.offsets.is_pending(group_id, topic, partition):
            return KafkaError(ErrorCode.UNSTABLE_OFFSET_COMMIT)
        return self.offsets.find(group_id, topic, partition)

    def delete_offsets(
        self, group_id: str, partitions: Sequence[tuple[str, int]]
    ) -> Decision[list[ErrorCode]]:
        """One code per partition; it is no error if there was no offset."""
        group = self._known(group_id)
        group.check_offset_delete()
        codes: list[ErrorCode] = []
        records: list[Record] = []
        for topic, index in partitions:
            if group.subscribes_to(topic):
                codes.append(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC)
                continue
            codes.append(ErrorCode.NONE)
            is_pending = self.offsets.is_pending(group_id, topic, index)
            if is_pending or self.offsets.find(group_id, topic, index) is not None:
                records.append(offset_tombstone(group_id, topic, index))
        return Decision(codes, records=records)

    def topic_deleted(self, topic: str) -> Decision[None]:
        return Decision(records=list(self.offsets.tombstones_of_topic(topic)), atomic=False)

    def topic_changed(self, topic: str) -> Decision[None]:
        self.consumer.topic_changed(topic)
        return Decision()

    def expire(self, now_ms: int) -> Decision[None]:
        """Delete what is old, and look again later."""
        return Decision(effects=[self._expire_later()], then=lambda: self._expired(now_ms))

    def _expire_later(self) -> SetTimer:
        return SetTimer(("expire",), self.settings.offsets_retention_check_interval_ms, self.expire)

    def _expired(self, now_ms: int) -> Decision[None]:
        retention_ms = self.settings.offsets_retention_ms
        return Decision(
            records=[
                record
                for group in self.groups.values()
                for record in expired_records(group, self.offsets, retention_ms, now_ms)
            ],
            atomic=False,
        )

    # -- administration ------------------------------------------------------------------------------------

    def describe_group(self, group_id: str) -> Decision[GroupDescription]:
        group = self._known(group_id)
        if not isinstance(group, ClassicGroup):
            raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, f"Group {group_id} is not a classic group.")
        return Decision(describe(group))

    def list_groups(self, states: Collection[str], types: Collection[str]) -> Decision[list[GroupListing]]:
        """Those in one of the states and of one of the types, in lower case; no state or type means all."""
        return Decision(
            [
                listing(group)
                for group in self.groups.values()
                if (not states or group.state_name.lower() in states)
                and (not types or group.type_name in types)
            ]
        )

    def delete_group(self, group_id: str) -> Decision[None]:
        group = self._known(group_id)
        if not group.is_empty:
            raise KafkaError(ErrorCode.NON_EMPTY_GROUP)
        return Decision(records=[*self.offsets.tombstones(group_id), *group.tombstones()])

    def _known(self, group_id: str) -> Group:
        group = self.groups.get(group_id)
        if group is None:
            raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, _not_found(group_id))
        return group

    def _joined(self, group_id: str) -> Group:
        """A group as members name it: one that is not there has no members."""
        group = self.groups.get(group_id)
        if group is None:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, _not_found(group_id))
        return group

    # -- replay --------------------------------------------------------------------------------------------

    def decode(self, key: bytes, value: bytes | None) -> Record | None:
        """None for what belongs to the newer kinds of groups, or comes from a newer broker."""
        try:
            return Record(*RECORDS.decode(key, value))
        except UnknownRecordType:
            return None

    def replay(self, record: Record, offset: int, producer_id: int) -> None:
        REPLAY[type(record.key)](self, record, offset, producer_id)

    def end_transaction(self, producer_id: int, *, commit: bool) -> None:
        self.offsets.end_transaction(producer_id, commit=commit)

    def on_loaded(self, now_ms: int) -> Decision[None]:
        """Everybody gets a full session to be heard of. A group that has outgrown the limit has to shrink."""
        decision: Decision[None] = Decision()
        for group in self.groups.values():
            if isinstance(group, ConsumerGroup):
                self.consumer.rest(group, now_ms, decision)
                continue
            self._rest(group, now_ms, decision)
            if len(group.live.members) > self.settings.max_size:
                prepare_rebalance(Turn(group, self.settings, now_ms, decision))
        decision.effects.append(self._expire_later())
        return decision

    def _rest(self, group: ClassicGroup, now_ms: int, decision: Decision[Any]) -> None:
        group.rest(now_ms)
        turn = Turn(group, self.settings, now_ms, decision)
        for member in group.live.members.values():
            restart_session(turn, member)

    def _replay_offset(self, record: Record, offset: int, producer_id: int) -> None:
        key: OffsetCommitKey = record.key
        value: OffsetCommitValue | None = record.value
        if value is None:
            self.offsets.remove(key.group, key.topic, key.partition)
            return
        if key.group not in self.groups:
            # Somebody commits offsets and leaves membership alone: a "simple" group has no record of its own.
            self.groups[key.group] = ClassicGroup(key.group, value.commit_timestamp)
        self.offsets.put(key.group, key.topic, key.partition, committed_offset(value, offset), producer_id)

    def _replay_legacy_offset(self, record: Record, offset: int, producer_id: int) -> None:
        key: LegacyOffsetCommitKey = record.key
        value: LegacyOffsetCommitValue | None = record.value
        as_written_today = Record(
            OffsetCommitKey(group=key.group, topic=key.topic, partition=key.partition),
            value
            and OffsetCommitValue(
                offset=value.offset, metadata=value.metadata, commit_timestamp=value.commit_timestamp
            ),
        )
        self._replay_offset(as_written_today, offset, producer_id)

    def _replay_group(self, record: Record, _offset: int, _producer_id: int) -> None:
        key: GroupMetadataKey = record.key
        value: GroupMetadataValue | None = record.value
        group = self.groups.get(key.group)
        if value is None:
            if isinstance(group, ClassicGroup):
                del self.groups[key.group]
                group.live.become(GroupState.DEAD, group.live.state_timestamp_ms)
            return
        if not isinstance(group, ClassicGroup):
            group = self.groups[key.group] = ClassicGroup(key.group, value.current_state_timestamp)
        group.stored = value

    def _replay_consumer(self, record: Record, offset: int, producer_id: int) -> None:
        self.consumer.replay(record, offset, producer_id)


REPLAY: dict[type[Any], Callable[[GroupShard, Record, int, int], None]] = {
    LegacyOffsetCommitKey: GroupShard._replay_legacy_offset,
    OffsetCommitKey: GroupShard._replay_offset,
    GroupMetadataKey: GroupShard._replay_group,
    **dict.fromkeys(CONSUMER_REPLAY, GroupShard._replay_consumer),
}


def _not_found(group_id: str) -> str:
    return f"Group {group_id} not found."
