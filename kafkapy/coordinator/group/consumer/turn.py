"""One command at work on one consumer group.

Everything is decided from the group as it is, and nothing in it is changed: the records are. What a command
has decided so far, and the group does not show yet, is here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kafkapy.coordinator.decision import CancelTimer, Command, Decision, SetTimer
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.reconcile import Reconciliation
from kafkapy.coordinator.group.consumer.settings import ConsumerGroupSettings
from kafkapy.coordinator.group.consumer.subscriptions import Subscriptions
from kafkapy.coordinator.group.consumer.topic_hash import group_hash
from kafkapy.coordinator.group.topics import Topics


@dataclass(frozen=True, slots=True)
class World:
    """What commands on consumer groups know besides the group.

    find              the group of an id, if it is a consumer group now
    classic_max_size  how many members a group may have to become a classic one
    became_classic    goes on, with the reply, after a group was written as a classic one; True: it rebalances
    """

    settings: ConsumerGroupSettings
    topics: Topics
    find: Callable[[str], ConsumerGroup | None]
    classic_max_size: int
    became_classic: Callable[[str, Any, bool, int], Decision[Any]]


@dataclass(slots=True)
class Turn:
    """`epoch` is the group's once the records are applied."""

    group: ConsumerGroup
    world: World
    now_ms: int
    decision: Decision[Any] = field(default_factory=Decision)
    epoch: int = 0

    def __post_init__(self) -> None:
        self.epoch = self.group.epoch

    @property
    def group_id(self) -> str:
        return self.group.group_id

    @property
    def settings(self) -> ConsumerGroupSettings:
        return self.world.settings

    @property
    def topics(self) -> Topics:
        return self.world.topics

    def later(self, now_ms: int) -> "Turn":
        """At another time the group may be another, or gone: then it has no members."""
        return Turn(self.world.find(self.group_id) or ConsumerGroup(self.group_id), self.world, now_ms)

    def profiles_with(self, profile: Profile) -> dict[str, Profile]:
        """The members once `profile` is recorded."""
        return {**self.group.profiles, profile.member_id: profile}

    def subscriptions_with(self, profile: Profile) -> Subscriptions:
        """Those of all members once `profile` is recorded."""
        subscriptions = self.group.subscriptions.copy()
        subscriptions.replace(self.group.profiles.get(profile.member_id), profile)
        return subscriptions

    def bump(self, names: frozenset[str], *, if_changed: bool = False) -> None:
        """A new group epoch for these topics; `if_changed`: only if they are others now."""
        metadata_hash = group_hash(self.topics, names)
        if if_changed and metadata_hash == self.group.metadata_hash:
            self.group.topics_changed = False
            return
        self.epoch = self.group.epoch + 1
        self.decision.records.append(records.group_epoch(self.group_id, self.epoch, metadata_hash))

    def topic_ids(self, names: frozenset[str]) -> frozenset[bytes]:
        found = (self.topics.named(name) for name in names)
        return frozenset(topic.topic_id for topic in found if topic is not None)

    def reconciliation(
        self, profile: Profile, target_epoch: int, target: Assignment, owned: Assignment | None
    ) -> Reconciliation:
        member_id = profile.member_id
        return Reconciliation(
            target_epoch,
            target,
            self.topic_ids(self.group.topics_of(profile)),
            owned,
            lambda topic_id, index: self.group.is_free(topic_id, index, member_id),
        )

    # -- timers --------------------------------------------------------------------------------------------

    def set_timer(self, kind: str, member_id: str, delay_ms: int, command: Command[Any]) -> None:
        self.decision.effects.append(SetTimer((kind, self.group_id, member_id), delay_ms, command))

    def cancel_timer(self, kind: str, member_id: str) -> None:
        self.decision.effects.append(CancelTimer((kind, self.group_id, member_id)))

    def cancel_timers(self, member_id: str) -> None:
        self.decision.effects.extend(cancelled_timers(self.group_id, member_id))


def cancelled_timers(group_id: str, member_id: str) -> Iterator[CancelTimer]:
    """All that a member of a consumer group may be watched by."""
    return (CancelTimer((kind, group_id, member_id)) for kind in ("session", "rebalance", "join", "sync"))
