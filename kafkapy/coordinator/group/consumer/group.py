"""A consumer group: what the log says of its members, what they shall have, and what they have."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.reconcile import Epochs, Holding
from kafkapy.coordinator.group.consumer.subscriptions import Subscriptions
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

FIRST_EPOCH = 1
"""Of a group that has no record yet, and of its assignment."""
LEFT_EPOCH = -1
LEFT_FOR_NOW_EPOCH = -2
"""A static member has left and wants its partitions kept for when it is back."""


class ResolvedRegex(NamedTuple):
    """The topics a pattern matched when they were at `version`, at `timestamp_ms`."""

    topics: frozenset[str]
    version: int
    timestamp_ms: int


class ConsumerGroup:
    """Hard state, by member id: `profiles`, `holdings` and `targets`; by pattern: `regexes`; the epochs.

    `owners`, `static_members` and `subscriptions` follow from it. Soft state: `topics_changed`, whether the
    topics of the group may be others than `metadata_hash` says; `called_to_join`, which classic members have
    been told to.
    """

    type_name = "consumer"

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self.epoch = FIRST_EPOCH
        self.metadata_hash = 0
        self.assignment_epoch = FIRST_EPOCH
        self.assignment_timestamp_ms = 0
        self.profiles: dict[str, Profile] = {}
        self.holdings: dict[str, Holding] = {}
        self.targets: dict[str, Assignment] = {}
        self.regexes: dict[str, ResolvedRegex] = {}
        self.owners: dict[tuple[bytes, int], str] = {}
        self.static_members: dict[str, str] = {}
        self.subscriptions = Subscriptions()
        self.topics_changed = True
        self.called_to_join: set[str] = set()

    def __eq__(self, other: object) -> bool:
        """Groups are equal when the log says the same of them."""
        return isinstance(other, ConsumerGroup) and self._hard_state() == other._hard_state()

    __hash__ = None  # type: ignore[assignment]

    def _hard_state(self) -> tuple[object, ...]:
        return (
            self.group_id,
            self.epoch,
            self.metadata_hash,
            self.assignment_epoch,
            self.assignment_timestamp_ms,
            self.profiles,
            self.holdings,
            self.targets,
            self.regexes,
            self.owners,
        )

    # -- questions -----------------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return not self.profiles

    @property
    def state_name(self) -> str:
        if not self.profiles:
            return "Empty"
        if self.epoch > self.assignment_epoch:
            return "Assigning"
        if all(self.holding(member_id).is_reconciled(self.assignment_epoch) for member_id in self.profiles):
            return "Stable"
        return "Reconciling"

    def holding(self, member_id: str) -> Holding:
        return self.holdings.get(member_id, NOTHING)

    def member(self, member_id: str) -> Profile:
        """UNKNOWN_MEMBER_ID when nobody has that id."""
        profile = self.profiles.get(member_id)
        if profile is None:
            raise KafkaError(
                ErrorCode.UNKNOWN_MEMBER_ID,
                f"Member {member_id} is not a member of group {self.group_id}.",
            )
        return profile

    def static_member(self, instance_id: str | None) -> Profile | None:
        member_id = self.static_members.get(instance_id) if instance_id is not None else None
        return None if member_id is None else self.profiles[member_id]

    def is_free(self, topic_id: bytes, partition: int, member_id: str) -> bool:
        """Whether nobody but the member itself has the partition, or may still be reading it."""
        return self.owners.get((topic_id, partition), member_id) == member_id

    def topics_of(self, profile: Profile) -> frozenset[str]:
        """The names a member subscribes to, as far as its pattern has been resolved."""
        resolved = self.regexes.get(profile.regex) if profile.regex else None
        return frozenset(profile.names) | (resolved.topics if resolved is not None else frozenset())

    def topics_of_all(self, profiles: Iterable[Profile]) -> frozenset[str]:
        return frozenset().union(*(self.topics_of(profile) for profile in profiles))

    def topics_read(self, subscriptions: Subscriptions) -> frozenset[str]:
        """`topics_of_all` members that together have these subscriptions."""
        resolved = (self.regexes.get(pattern) for pattern in subscriptions.patterns)
        return frozenset(subscriptions.names).union(
            *(found.topics for found in resolved if found is not None)
        )

    def subscribes_to(self, topic: str) -> bool:
        return topic in self.subscriptions.names or any(
            topic in self.regexes[pattern].topics
            for pattern in self.subscriptions.patterns
            if pattern in self.regexes
        )

    def subscribers_of(self, regex: str) -> int:
        return self.subscriptions.patterns[regex]

    def preferred_assignor(self, profiles: Iterable[Profile], assignors: Collection[str]) -> str:
        """What most members ask for, or else the first that the broker offers."""
        votes = Counter(p.server_assignor for p in profiles if p.server_assignor in assignors)
        [(name, _)] = votes.most_common(1) or [(None, 0)]
        return name if name is not None else next(iter(assignors))

    # -- what offsets ask ----------------------------------------------------------------------------------

    def check_commit(
        self,
        identity: MemberIdentity,
        partitions: Iterable[tuple[bytes, int]] | None = None,
        *,
        knows_epochs: bool = True,
    ) -> None:
        """An epoch that has passed is good for partitions that were the member's by then (KIP-1251)."""
        if identity.generation_id < 0 and self.is_empty:
            return
        profile = self.member(identity.member_id)
        if profile.classic is None and not knows_epochs:
            raise KafkaError(
                ErrorCode.UNSUPPORTED_VERSION,
                "OffsetCommit version 9 or above must be used by members using the modern group protocol",
            )
        holding = self.holding(profile.member_id)
        if identity.generation_id == holding.epoch:
            return
        if profile.classic is not None:
            raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
        epoch = identity.generation_id
        is_late = 0 <= epoch < holding.epoch and partitions is not None
        if not is_late or not all(_had_by(holding, *partition, epoch) for partition in partitions or ()):
            raise KafkaError(ErrorCode.STALE_MEMBER_EPOCH)

    def check_transactional_commit(self, identity: MemberIdentity) -> None:
        self.check_commit(identity)

    def check_fetch(self, identity: MemberIdentity) -> None:
        profile = self.member(identity.member_id)
        if identity.generation_id != self.holding(profile.member_id).epoch:
            raise KafkaError(
                ErrorCode.STALE_MEMBER_EPOCH if profile.classic is None else ErrorCode.ILLEGAL_GENERATION
            )

    def check_offset_delete(self) -> None:
        """Always allowed, but for topics that somebody subscribes to."""

    def offsets_age_since(self, commit_timestamp_ms: int) -> int:
        return commit_timestamp_ms

    def tombstones(self) -> list[Record]:
        return list(records.tombstones(self.group_id, self.profiles, self.regexes))

    # -- replay --------------------------------------------------------------------------------------------

    def put_profile(self, profile: Profile) -> None:
        self.subscriptions.replace(self.profiles.get(profile.member_id), profile)
        self.profiles[profile.member_id] = profile
        if profile.instance_id is not None:
            self.static_members[profile.instance_id] = profile.member_id

    def remove_member(self, member_id: str) -> None:
        self.called_to_join.discard(member_id)
        profile = self.profiles.pop(member_id, None)
        self.subscriptions.replace(profile, None)
        instance_id = None if profile is None else profile.instance_id
        if instance_id is not None and self.static_members.get(instance_id) == member_id:
            del self.static_members[instance_id]

    def put_holding(self, member_id: str, holding: Holding) -> None:
        self.remove_holding(member_id)
        self.holdings[member_id] = holding
        for topic_partition in _partitions(holding):
            self.owners[topic_partition] = member_id

    def remove_holding(self, member_id: str) -> None:
        """What another member took over meanwhile stays that one's: compaction may have changed the order."""
        holding = self.holdings.pop(member_id, None)
        if holding is not None:
            for topic_partition in _partitions(holding):
                if self.owners.get(topic_partition) == member_id:
                    del self.owners[topic_partition]


NOTHING = Holding()


def _partitions(holding: Holding) -> Iterator[tuple[bytes, int]]:
    for held in (holding.assigned, holding.pending):
        for topic_id, partitions in held.items():
            for partition in partitions:
                yield topic_id, partition


def _had_by(holding: Holding, topic_id: bytes, partition: int, epoch: int) -> bool:
    return any(_since(held, topic_id, partition) <= epoch for held in (holding.assigned, holding.pending))


def _since(held: Epochs, topic_id: bytes, partition: int) -> float:
    return held.get(topic_id, {}).get(partition, float("inf"))
