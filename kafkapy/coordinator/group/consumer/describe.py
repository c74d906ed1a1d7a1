"""What ConsumerGroupDescribe tells of a group."""

from typing import NamedTuple

from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.reconcile import Holding


class ConsumerMemberDescription(NamedTuple):
    """A member, what it has (also what it has still to give up) and what it shall have."""

    profile: Profile
    epoch: int
    assigned: Assignment
    target: Assignment


class ConsumerGroupDescription(NamedTuple):
    state: str
    epoch: int
    assignment_epoch: int
    assignor: str
    members: tuple[ConsumerMemberDescription, ...]


def describe_consumer_group(group: ConsumerGroup, assignors: tuple[str, ...]) -> ConsumerGroupDescription:
    return ConsumerGroupDescription(
        group.state_name,
        group.epoch,
        group.assignment_epoch,
        group.preferred_assignor(group.profiles.values(), assignors),
        tuple(
            ConsumerMemberDescription(
                profile,
                group.holding(member_id).epoch,
                _held(group.holding(member_id)),
                group.targets.get(member_id, {}),
            )
            for member_id, profile in group.profiles.items()
        ),
    )


def _held(holding: Holding) -> Assignment:
    topics = holding.assigned.keys() | holding.pending.keys()
    return {
        topic: frozenset(holding.assigned.get(topic, ())) | frozenset(holding.pending.get(topic, ()))
        for topic in topics
    }
