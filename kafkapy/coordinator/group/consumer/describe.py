"""What ConsumerGroupDescribe tells of a group."""

from typing import NamedTuple

from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.profile import Profile


class ConsumerMemberDescription(NamedTuple):
    """A member, what it has and what it shall have."""

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
                {topic: frozenset(held) for topic, held in group.holding(member_id).assigned.items()},
                group.targets.get(member_id, {}),
            )
            for member_id, profile in group.profiles.items()
        ),
    )
