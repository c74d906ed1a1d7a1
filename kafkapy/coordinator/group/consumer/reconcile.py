"""From what a member has to what it shall have: one step per heartbeat, and no partition in two hands.

A member gives up first what it is to lose, and waits until the client says that it has stopped (UNREVOKED);
then it moves to the target's epoch and gets what is free, and waits for what others still hold (UNRELEASED).
Nothing here knows groups, logs or time. Source: Kafka's `CurrentAssignmentBuilder`.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

Partitions = Mapping[bytes, frozenset[int]]
"""Partitions by topic id."""
Epochs = Mapping[bytes, Mapping[int, int]]
"""By topic id and partition: since which epoch the member has had the partition."""


class MemberState(IntEnum):
    """As records have it; records of newer brokers may have others."""

    STABLE = 0
    UNREVOKED_PARTITIONS = 1
    UNRELEASED_PARTITIONS = 2
    UNKNOWN = 127


@dataclass(frozen=True, slots=True)
class Holding:
    """What a member has: `assigned` to it, and `pending` until it says that it has stopped reading them."""

    epoch: int = 0
    previous_epoch: int = 0
    state: MemberState = MemberState.STABLE
    assigned: Epochs = field(default_factory=dict)
    pending: Epochs = field(default_factory=dict)

    def is_reconciled(self, target_epoch: int) -> bool:
        return self.state is MemberState.STABLE and self.epoch == target_epoch


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One member's way to its target.

    subscribed  topic ids that it (still) wants
    owned       what the client says it reads; None: it did not say, and may read everything
    is_free     whether a partition is in nobody else's hands
    """

    target_epoch: int
    target: Partitions
    subscribed: Container[bytes]
    owned: Partitions | None
    is_free: Callable[[bytes, int], bool]

    def step(self, holding: Holding, *, subscription_changed: bool = False) -> Holding:
        """The next holding; the same one if there is nothing to do but wait."""
        match holding.state:
            case MemberState.STABLE:
                if holding.epoch != self.target_epoch:
                    return self._next(holding, holding.epoch)
                return self._without_unsubscribed(holding) if subscription_changed else holding
            case MemberState.UNREVOKED_PARTITIONS:
                if self._owns_any(holding.pending):
                    return self._without_unsubscribed(holding) if subscription_changed else holding
                return self._next(holding, min(holding.epoch + 1, self.target_epoch))
            case MemberState.UNRELEASED_PARTITIONS:
                return self._next(holding, holding.epoch)
            case _:
                if self.owned is None or any(self.owned.values()):
                    raise KafkaError(
                        ErrorCode.FENCED_MEMBER_EPOCH,
                        "The consumer group member is in a unknown state. The member must abandon all its "
                        "partitions and rejoin.",
                    )
                return self._next(holding, self.target_epoch)

    def _next(self, holding: Holding, epoch: int) -> Holding:
        kept: dict[bytes, dict[int, int]] = {}
        revoked: dict[bytes, dict[int, int]] = {}
        added: dict[bytes, dict[int, int]] = {}
        has_unreleased = False
        for topic in _topics(self.target, holding.assigned):
            wanted = self.target.get(topic, frozenset()) if topic in self.subscribed else frozenset()
            present = holding.assigned.get(topic, {})
            for partition, since in present.items():
                (kept if partition in wanted else revoked).setdefault(topic, {})[partition] = since
            for partition in sorted(wanted - present.keys()):
                if self.is_free(topic, partition):
                    added.setdefault(topic, {})[partition] = self.target_epoch
                else:
                    has_unreleased = True
        if self._owns_any(revoked):
            return Holding(epoch, holding.epoch, MemberState.UNREVOKED_PARTITIONS, kept, revoked)
        state = MemberState.UNRELEASED_PARTITIONS if has_unreleased else MemberState.STABLE
        return Holding(self.target_epoch, holding.epoch, state, _union(kept, added))

    def _without_unsubscribed(self, holding: Holding) -> Holding:
        """What the member no longer wants it need not see again, even before there is a target without it."""
        unwanted = {topic: held for topic, held in holding.assigned.items() if topic not in self.subscribed}
        if not unwanted:
            return holding
        wanted = {topic: held for topic, held in holding.assigned.items() if topic in self.subscribed}
        pending = _union(holding.pending, unwanted)
        if not self._owns_any(pending):
            return replace(holding, previous_epoch=holding.epoch, assigned=wanted)
        return Holding(holding.epoch, holding.epoch, MemberState.UNREVOKED_PARTITIONS, wanted, pending)

    def _owns_any(self, partitions: Epochs) -> bool:
        """Whether the client may still read one of these."""
        if self.owned is None:
            return any(partitions.values())
        return any(
            not held.keys().isdisjoint(self.owned.get(topic, ())) for topic, held in partitions.items()
        )


def _topics(target: Partitions, assigned: Epochs) -> Iterable[bytes]:
    return dict.fromkeys([*assigned, *target])


def _union(one: Epochs, other: Epochs) -> Epochs:
    return {topic: {**one.get(topic, {}), **other.get(topic, {})} for topic in dict.fromkeys([*one, *other])}
