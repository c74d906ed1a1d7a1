"""What admin clients are told of a group."""

from typing import NamedTuple

from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.groups import Group
from kafkapy.coordinator.group.subscription import CONSUMER


class MemberDescription(NamedTuple):
    """`metadata` is empty unless the group is stable."""

    member_id: str
    group_instance_id: str | None
    client_id: str
    client_host: str
    metadata: bytes
    assignment: bytes


class GroupDescription(NamedTuple):
    """`protocol_data` is the name of the chosen protocol, "" unless the group is stable."""

    state: str
    protocol_type: str
    protocol_data: str
    members: tuple[MemberDescription, ...]


class GroupListing(NamedTuple):
    """One line of ListGroups; `protocol_type` is "" for a group that only ever committed offsets."""

    group_id: str
    protocol_type: str
    state: str
    group_type: str


def describe(group: ClassicGroup) -> GroupDescription:
    live = group.live
    is_stable = live.state is GroupState.STABLE
    return GroupDescription(
        live.state.value,
        live.protocol_type or "",
        (live.protocol_name or "") if is_stable else "",
        tuple(
            MemberDescription(
                member.member_id,
                member.group_instance_id,
                member.client_id,
                member.client_host,
                member.metadata(live.protocol_name) if is_stable else b"",
                member.assignment,
            )
            for member in live.members.values()
        ),
    )


def listing(group: Group) -> GroupListing:
    protocol_type = CONSUMER if isinstance(group, ConsumerGroup) else group.live.protocol_type or ""
    return GroupListing(group.group_id, protocol_type, group.state_name, group.type_name)
