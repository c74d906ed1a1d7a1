"""The rebalance of a classic group: the join phase up to the next generation, and what starts one.

prepare_rebalance    the join phase begins: everybody has to send JoinGroup
complete_join        it is over: those who came form the next generation
expire_*             members that stayed silent too long, in a session or in a phase, are removed
"""

from collections.abc import Callable
from functools import partial

from kafkapy.coordinator.decision import CancelTimer, Command, Decision, SetTimer
from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.member import Member
from kafkapy.coordinator.group.classic.results import JoinResult
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.classic.turn import Turn
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


def session_timer(group: ClassicGroup, settings: GroupSettings, member_id: str, timeout_ms: int) -> SetTimer:
    """Until when a member, or an id given out, must be heard of again."""
    return SetTimer(
        ("session", group.group_id, member_id),
        timeout_ms,
        partial(_expire_session, group, settings, member_id),
    )


def restart_session(turn: Turn, member: Member) -> None:
    turn.decision.effects.append(
        session_timer(turn.group, turn.settings, member.member_id, member.session_timeout_ms)
    )


def remove_member(turn: Turn, member: Member) -> None:
    """Take a member out; a request it has parked is told that it is not known (any more)."""
    unknown = KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
    turn.answer(turn.live.unpark_join(member), JoinResult(member_id="", error=unknown.code))
    turn.answer(member.awaiting_sync, unknown)
    forget(turn, member.member_id)


def forget(turn: Turn, member_id: str) -> None:
    """Drop a member that has no request parked, or an id given out, with its session."""
    turn.live.remove(member_id)
    turn.decision.effects.append(CancelTimer(("session", turn.group.group_id, member_id)))


def rebalance_or_complete_join(turn: Turn) -> None:
    """The members have changed: begin a rebalance, or see whether the one under way has all it waits for."""
    if turn.live.state is GroupState.PREPARING_REBALANCE:
        complete_join_if_all_joined(turn)
    else:
        prepare_rebalance(turn)


def prepare_rebalance(turn: Turn) -> None:
    live = turn.live
    if live.state is GroupState.COMPLETING_REBALANCE:
        _reset_assignments(turn, KafkaError(ErrorCode.REBALANCE_IN_PROGRESS))
    live.pending_syncs.clear()
    turn.decision.effects.append(CancelTimer(("sync", turn.group.group_id)))
    is_initial = live.state is GroupState.EMPTY
    live.become(GroupState.PREPARING_REBALANCE, turn.now_ms)
    if is_initial:
        # KIP-134: a new group waits for more members, so that they do not join one rebalance each.
        delay_ms = turn.settings.initial_rebalance_delay_ms
        _wait_for_newcomers(turn, delay_ms, max(live.rebalance_timeout_ms - delay_ms, 0))
    elif live.all_joined:
        complete_join(turn)
    else:
        turn.set_timer("join", live.rebalance_timeout_ms, _resume(turn, complete_join))


def complete_join_if_all_joined(turn: Turn) -> None:
    """End the join phase early, but never an initial one: that waits for members nobody knows of yet."""
    live = turn.live
    if live.previous_state is not GroupState.EMPTY and live.all_joined:
        complete_join(turn)


def complete_join(turn: Turn) -> None:
    live, group_id = turn.live, turn.group.group_id
    turn.decision.effects.append(CancelTimer(("join", group_id)))
    for member in list(live.members.values()):
        if member.awaiting_join is None and not member.is_static:
            forget(turn, member.member_id)
    if not live.elect_joined_leader() and live.members:
        # Only silent static members are left: their sessions decide.
        turn.set_timer("join", live.rebalance_timeout_ms, _resume(turn, complete_join))
        return
    live.start_generation(turn.now_ms)
    if not live.members:
        _record_empty_group(turn)
        return
    for member in live.members.values():
        with_members = member.member_id == live.leader
        turn.answer(live.unpark_join(member), live.join_result(member, with_members=with_members))
        restart_session(turn, member)
        member.is_new = False
        live.pending_syncs.add(member.member_id)
    turn.set_timer("sync", live.rebalance_timeout_ms, _resume(turn, _expire_syncs))


def _record_empty_group(turn: Turn) -> None:
    """The group is empty whether the log takes note of it or not: after a restart, sessions would expire."""
    decision = turn.decision
    decision.records.append(turn.group.record())
    decision.refused = lambda _: Decision(decision.reply, effects=decision.effects)


def fail_assignment(turn: Turn, error: KafkaError) -> None:
    """The log refused the assignments: all who wait are told, and the group tries again."""
    _reset_assignments(turn, error)
    prepare_rebalance(turn)


def _reset_assignments(turn: Turn, error: KafkaError) -> None:
    for member in turn.live.members.values():
        member.assignment = b""
        if member.awaiting_sync is not None:
            turn.answer(member.awaiting_sync, error)
            member.awaiting_sync = None
            restart_session(turn, member)


def _wait_for_newcomers(turn: Turn, delay_ms: int, remaining_ms: int) -> None:
    def waited(later: Turn) -> None:
        if later.live.has_newcomers and remaining_ms:
            later.live.has_newcomers = False
            again_ms = min(later.settings.initial_rebalance_delay_ms, remaining_ms)
            _wait_for_newcomers(later, again_ms, max(remaining_ms - delay_ms, 0))
        else:
            complete_join(later)

    turn.set_timer("join", delay_ms, _resume(turn, waited))


def _expire_syncs(turn: Turn) -> None:
    """Kafka: KAFKA-12890, members that joined and never asked for their share hold up nobody for ever."""
    live = turn.live
    if live.pending_syncs:
        for member_id in list(live.pending_syncs):
            forget(turn, member_id)
        prepare_rebalance(turn)


def _expire_session(
    group: ClassicGroup, settings: GroupSettings, member_id: str, now_ms: int
) -> Decision[None]:
    turn = Turn(group, settings, now_ms)
    live = group.live
    member = live.members.get(member_id)
    if member is None:
        live.remove(member_id)
        if live.state is GroupState.PREPARING_REBALANCE and live.all_joined:
            complete_join(turn)
    elif not member.may_be_silent:
        remove_member(turn, member)
        if live.state is not GroupState.PREPARING_REBALANCE:
            prepare_rebalance(turn)
        elif live.all_joined:
            complete_join(turn)
    return turn.decision


def _resume(turn: Turn, step: Callable[[Turn], None]) -> Command[None]:
    """A timer's command that goes on with `step` on the same group, at a later time."""

    def command(now_ms: int) -> Decision[None]:
        later = Turn(turn.group, turn.settings, now_ms)
        step(later)
        return later.decision

    return command
