"""The consumer groups of one shard: finds or makes the group of a command, whatever kind it has been."""

from collections.abc import Callable, Sequence
from typing import Any

from kafkapy.coordinator.decision import Decision, Record
from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.join import JoinRequest
from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.results import JoinResult, SyncResult
from kafkapy.coordinator.group.classic.sync import SyncRequest
from kafkapy.coordinator.group.consumer import classic_members
from kafkapy.coordinator.group.consumer.describe import ConsumerGroupDescription, describe_consumer_group
from kafkapy.coordinator.group.consumer.fence import session_timer
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.heartbeat import (
    HeartbeatRequest,
    HeartbeatResult,
    check_request,
    heartbeat,
    leave,
    watch_revocation,
)
from kafkapy.coordinator.group.consumer.replay import replay
from kafkapy.coordinator.group.consumer.settings import ConsumerGroupSettings
from kafkapy.coordinator.group.consumer.turn import Turn, World
from kafkapy.coordinator.group.consumer.upgrade import upgrade
from kafkapy.coordinator.group.groups import Group
from kafkapy.coordinator.group.topics import Topics
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.schema import ZERO_UUID


class ConsumerGroups:
    """`groups` are all groups of the shard; `became_classic` as in `World`."""

    def __init__(
        self,
        groups: dict[str, Group],
        settings: ConsumerGroupSettings,
        topics: Topics,
        *,
        classic_max_size: int,
        became_classic: Callable[[str, Any, bool, int], Decision[Any]],
    ) -> None:
        self._groups = groups
        self._world = World(settings, topics, self._find, classic_max_size, became_classic)

    # -- members of the consumer protocol ------------------------------------------------------------------

    def heartbeat(self, group_id: str, request: HeartbeatRequest, now_ms: int) -> Decision[HeartbeatResult]:
        check_request(group_id, request, self._world.settings.assignors)
        if request.epoch < 0:
            return leave(self._turn(self._present(group_id), now_ms), request)
        group = self._groups.get(group_id)
        if isinstance(group, ConsumerGroup):
            return heartbeat(self._turn(group, now_ms), request)
        if request.epoch > 0:
            raise _not_found(group_id, group)
        if group is None or (group.is_empty and group.stored is None):
            return heartbeat(self._turn(ConsumerGroup(group_id), now_ms), request)
        replaced: Decision[HeartbeatResult]
        if group.is_empty:
            replaced = Decision(records=group.tombstones())
        else:
            replaced = upgrade(group, self._world, now_ms)
        replaced.then = lambda: self._heartbeat_of_new(group_id, request, now_ms)
        return replaced

    def _heartbeat_of_new(
        self, group_id: str, request: HeartbeatRequest, now_ms: int
    ) -> Decision[HeartbeatResult]:
        return heartbeat(self._turn(self._find(group_id) or ConsumerGroup(group_id), now_ms), request)

    # -- members of the classic protocol -------------------------------------------------------------------

    def join(self, group: ConsumerGroup, request: JoinRequest, now_ms: int) -> Decision[JoinResult]:
        return classic_members.join(self._turn(group, now_ms), request)

    def sync(self, group: ConsumerGroup, request: SyncRequest, now_ms: int) -> Decision[SyncResult]:
        return classic_members.sync(self._turn(group, now_ms), request)

    def heartbeat_of_classic(
        self, group: ConsumerGroup, identity: MemberIdentity, now_ms: int
    ) -> Decision[ErrorCode]:
        return classic_members.heartbeat(self._turn(group, now_ms), identity)

    def leave(
        self, group: ConsumerGroup, leaving: Sequence[LeavingMember], now_ms: int
    ) -> Decision[list[ErrorCode]]:
        return classic_members.leave(self._turn(group, now_ms), leaving)

    # -- everything else -----------------------------------------------------------------------------------

    def describe(self, group_id: str) -> Decision[ConsumerGroupDescription]:
        group = self._groups.get(group_id)
        if not isinstance(group, ConsumerGroup):
            reason = f"Group {group_id} not found." if group is None else _wrong_kind(group_id)
            raise KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, reason)
        return Decision(describe_consumer_group(group, self._world.settings.assignors))

    def topic_changed(self, name: str) -> None:
        """A topic is new, has new partitions or is gone: groups that read it are assigned anew."""
        for group in self._groups.values():
            if isinstance(group, ConsumerGroup) and group.subscribes_to(name):
                group.topics_changed = True

    def topic_id(self, name: str) -> bytes:
        """Zero for a topic that is not there: nobody has been assigned that."""
        topic = self._world.topics.named(name)
        return ZERO_UUID if topic is None else topic.topic_id

    def replay(self, record: Record, _offset: int, _producer_id: int) -> None:
        replay(self._groups, record)

    def rest(self, group: ConsumerGroup, now_ms: int, decision: Decision[Any]) -> None:
        """The group has been loaded: everybody gets a full session, and full time to give partitions up."""
        group.topics_changed = True
        turn = Turn(group, self._world, now_ms, decision)
        for profile in group.profiles.values():
            decision.effects.append(session_timer(turn, profile))
            watch_revocation(turn, profile, group.holding(profile.member_id))

    def _find(self, group_id: str) -> ConsumerGroup | None:
        group = self._groups.get(group_id)
        return group if isinstance(group, ConsumerGroup) else None

    def _present(self, group_id: str) -> ConsumerGroup:
        group = self._groups.get(group_id)
        if not isinstance(group, ConsumerGroup):
            raise _not_found(group_id, group)
        return group

    def _turn(self, group: ConsumerGroup, now_ms: int) -> Turn:
        return Turn(group, self._world, now_ms)


def _not_found(group_id: str, group: ClassicGroup | None) -> KafkaError:
    reason = f"Consumer group {group_id} not found." if group is None else _wrong_kind(group_id)
    return KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, reason)


def _wrong_kind(group_id: str) -> str:
    return f"Group {group_id} is not a consumer group."
