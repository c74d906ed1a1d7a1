"""The target assignment of a group: who shall have what, as an assignor decides it."""

from collections.abc import Mapping

from kafkapy.coordinator.group.assignors import ASSIGNORS
from kafkapy.coordinator.group.assignors.spec import Assignment, MemberSpec
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.turn import Turn


def current_target(turn: Turn, profile: Profile) -> tuple[int, Assignment]:
    """Epoch of the assignment and the part of it of a member, made anew if the group has changed since.

    Not more often than once in the assignment interval, so that many changes cost one assignment (KIP-1263);
    until then members go by the last one.
    """
    group = turn.group
    present = group.targets.get(profile.member_id, {})
    if turn.epoch <= group.assignment_epoch:
        return group.assignment_epoch, present
    interval_ms = turn.settings.timing_of(turn.group_id).assignment_interval_ms
    if turn.now_ms - group.assignment_timestamp_ms < interval_ms:
        return group.assignment_epoch, present
    targets = _assign(turn, turn.profiles_with(profile))
    for other, target in targets.items():
        if group.targets.get(other) != target:
            turn.decision.records.append(records.target_assignment(turn.group_id, other, target))
    turn.decision.records.append(records.assignment_epoch(turn.group_id, turn.epoch, turn.now_ms))
    return turn.epoch, targets[profile.member_id]


def _assign(turn: Turn, profiles: Mapping[str, Profile]) -> dict[str, Assignment]:
    group = turn.group
    specs: dict[str, MemberSpec] = {}
    counts: dict[bytes, int] = {}
    for member_id, profile in profiles.items():
        found = [turn.topics.named(name) for name in sorted(group.topics_of(profile))]
        known = [topic for topic in found if topic is not None]
        counts.update((topic.topic_id, topic.partition_count) for topic in known)
        topic_ids = frozenset(topic.topic_id for topic in known)
        specs[member_id] = MemberSpec(profile.instance_id, topic_ids, group.targets.get(member_id, {}))
    name = group.preferred_assignor(profiles.values(), turn.settings.assignors)
    return ASSIGNORS[name](specs, counts)
