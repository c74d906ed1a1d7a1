"""The last member that spoke the consumer protocol goes: the group becomes a classic one again."""

from collections.abc import Collection, Mapping

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.classic.live import select_protocol
from kafkapy.coordinator.group.classic.member import Member
from kafkapy.coordinator.group.consumer.blobs import assignment_blob
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.turn import Turn
from kafkapy.coordinator.group.records import group_metadata
from kafkapy.coordinator.group.subscription import CONSUMER
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataValue, MemberMetadata


def can_downgrade(turn: Turn, leaving: Collection[str], *, is_replaced: bool = False) -> bool:
    """Whether only classic members remain, some at least, and the settings allow it."""
    profiles = turn.group.profiles
    rest = (profile for member_id, profile in profiles.items() if member_id not in leaving)
    return (
        turn.settings.may_downgrade
        and any(profiles[member_id].classic is None for member_id in leaving)
        and 0 < len(profiles) - len(leaving) + is_replaced <= turn.world.classic_max_size
        and all(profile.classic is not None for profile in rest)
    )


def downgrade(turn: Turn, leaving: Collection[str], replacement: Profile | None = None) -> None:
    """Write a classic group in the place of this one. It rebalances, unless a static member was replaced."""
    group, decision = turn.group, turn.decision
    targets = dict(group.targets)
    profiles = {member_id: p for member_id, p in group.profiles.items() if member_id not in leaving}
    if replacement is not None:
        (replaced,) = leaving
        profiles[replacement.member_id] = replacement
        targets[replacement.member_id] = targets.get(replaced, {})
    for member_id in group.profiles:
        turn.cancel_timers(member_id)
    decision.records += [*group.tombstones(), _classic_group(turn, profiles, targets)]
    decision.then = lambda: turn.world.became_classic(
        turn.group_id, decision.reply, replacement is None, turn.now_ms
    )


def _classic_group(turn: Turn, profiles: Mapping[str, Profile], targets: Mapping[str, Assignment]) -> Record:
    """The generation is the group epoch; everybody has its target."""
    members = [_member(profile, targets.get(profile.member_id, {}), turn) for profile in profiles.values()]
    protocol = select_protocol(members)
    value = GroupMetadataValue(
        protocol_type=CONSUMER,
        generation=turn.group.epoch,
        protocol=protocol,
        leader=members[0].member_id,
        current_state_timestamp=turn.now_ms,
        members=[
            MemberMetadata(
                member_id=member.member_id,
                group_instance_id=member.group_instance_id,
                client_id=member.client_id,
                client_host=member.client_host,
                rebalance_timeout=member.rebalance_timeout_ms,
                session_timeout=member.session_timeout_ms,
                subscription=member.metadata(protocol),
                assignment=member.assignment,
            )
            for member in members
        ],
    )
    return group_metadata(turn.group_id, value)


def _member(profile: Profile, target: Assignment, turn: Turn) -> Member:
    assert profile.classic is not None
    return Member(
        member_id=profile.member_id,
        group_instance_id=profile.instance_id,
        client_id=profile.client_id,
        client_host=profile.client_host,
        rebalance_timeout_ms=profile.rebalance_timeout_ms,
        session_timeout_ms=profile.classic.session_timeout_ms,
        protocols=profile.classic.protocols,
        assignment=assignment_blob(target, turn.topics, profile.classic.protocols[0][1]),
    )
