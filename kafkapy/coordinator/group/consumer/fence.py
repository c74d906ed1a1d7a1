"""Members that go or are no longer heard of are taken out, and their partitions become free."""

from collections.abc import Collection
from functools import partial

from kafkapy.coordinator.decision import Decision, SetTimer
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.downgrade import can_downgrade, downgrade
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.turn import Turn


def restart_session(turn: Turn, profile: Profile) -> None:
    """The member is alive: it has a full session again to be heard of."""
    turn.decision.effects.append(session_timer(turn, profile))


def session_timer(turn: Turn, profile: Profile) -> SetTimer:
    """Members of the classic protocol have chosen a timeout for themselves, the others have the group's."""
    timeout_ms = (
        turn.settings.timing_of(turn.group_id).session_timeout_ms
        if profile.classic is None
        else profile.classic.session_timeout_ms
    )
    name = ("session", turn.group_id, profile.member_id)
    return SetTimer(name, timeout_ms, partial(expire, turn, profile.member_id))


def expire(turn: Turn, member_id: str, now_ms: int) -> Decision[None]:
    """A timer's command: the member has let its time pass."""
    later = turn.later(now_ms)
    fence(later, [member_id])
    return later.decision


def fence(turn: Turn, member_ids: Collection[str]) -> None:
    """Remove members, as far as they are there; the group may turn classic if only classic ones are left."""
    present = [member_id for member_id in member_ids if member_id in turn.group.profiles]
    if present and can_downgrade(turn, present):
        downgrade(turn, present)
    elif present:
        _remove(turn, present)


def _remove(turn: Turn, member_ids: Collection[str]) -> None:
    """The rest of the group is assigned anew."""
    group = turn.group
    rest = group.subscriptions.copy()
    for member_id in member_ids:
        rest.replace(group.profiles[member_id], None)
        turn.decision.records += records.member_tombstones(turn.group_id, member_id)
        turn.cancel_timers(member_id)
    turn.decision.records += [
        records.regular_expression_tombstone(turn.group_id, regex)
        for regex in group.regexes
        if regex not in rest.patterns
    ]
    turn.bump(group.topics_read(rest))
