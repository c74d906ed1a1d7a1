"""JoinGroup: a member, new or known, wants to be part of the next generation.

Answers that wait for the join phase are parked. A member id that was given out (KIP-394) is pending until
it joins.
"""

from typing import NamedTuple

from kafkapy.coordinator.decision import Decision, Parked
from kafkapy.coordinator.group.classic.live import select_protocol
from kafkapy.coordinator.group.classic.member import Member, Protocols
from kafkapy.coordinator.group.classic.rebalance import (
    complete_join_if_all_joined,
    prepare_rebalance,
    rebalance_or_complete_join,
    restart_session,
    session_timer,
)
from kafkapy.coordinator.group.classic.results import JoinResult
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.classic.turn import Turn
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
"""How long the first join of a member may be parked: it has no id yet to send heartbeats with."""


class JoiningMember(NamedTuple):
    """Who wants to join; `member_id` is "" where it has none yet."""

    member_id: str
    group_instance_id: str | None
    client_id: str
    client_host: str
    session_timeout_ms: int
    rebalance_timeout_ms: int
    protocol_type: str
    protocols: Protocols
    must_know_its_id: bool = True
    """A new dynamic member is given an id first, and has to join with that (JoinGroup v4 and later)."""
    may_skip_assignment: bool = True
    """A leader that comes back can be told that the assignment stands (JoinGroup v9, KIP-814)."""


class JoinRequest(NamedTuple):
    """A joining member, where its answer can wait, and the id it gets if it needs one."""

    joining: JoiningMember
    parked: Parked[JoinResult]
    new_uuid: str


def join(turn: Turn, request: JoinRequest) -> Decision[JoinResult]:
    """The checks in Kafka's order, then one of the ways to join."""
    live, joining = turn.live, request.joining
    if not _has_room(turn, joining.member_id):
        live.remove(joining.member_id)
        return _at_once(turn, JoinResult(member_id="", error=ErrorCode.GROUP_MAX_SIZE_REACHED))
    if not live.supports(joining.protocol_type, joining.protocols):
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    if joining.member_id == "":
        return _join_new(turn, request)
    if joining.member_id in live.pending_joins:
        return _add(turn, request, joining.member_id)
    return _rejoin(turn, request, live.check_member(joining.member_id, joining.group_instance_id))


def _has_room(turn: Turn, member_id: str) -> bool:
    live = turn.live
    member = live.members.get(member_id)
    if live.state is GroupState.EMPTY:
        return True
    if live.state is GroupState.PREPARING_REBALANCE:
        # By the joins that wait and not by the members: those who come last are too many.
        is_waiting = member is not None and member.awaiting_join is not None
        return is_waiting or live.awaiting_joins < turn.settings.max_size
    return member is not None or len(live.members) < turn.settings.max_size


# -- new members -------------------------------------------------------------------------------------------


def _join_new(turn: Turn, request: JoinRequest) -> Decision[JoinResult]:
    joining = request.joining
    if joining.group_instance_id is not None:
        member_id = f"{joining.group_instance_id}-{request.new_uuid}"
        owner = turn.live.static_members.get(joining.group_instance_id)
        if owner is not None:
            return _take_over(turn, request, turn.live.members[owner], member_id)
        return _add(turn, request, member_id)
    member_id = f"{joining.client_id}-{request.new_uuid}"
    if not joining.must_know_its_id:
        return _add(turn, request, member_id)
    turn.live.pending_joins.add(member_id)
    turn.decision.effects.append(
        session_timer(turn.group, turn.settings, member_id, joining.session_timeout_ms)
    )
    return _at_once(turn, JoinResult(member_id=member_id, error=ErrorCode.MEMBER_ID_REQUIRED))


def _add(turn: Turn, request: JoinRequest, member_id: str) -> Decision[JoinResult]:
    live, joining = turn.live, request.joining
    member = Member(
        member_id=member_id,
        group_instance_id=joining.group_instance_id,
        client_id=joining.client_id,
        client_host=joining.client_host,
        rebalance_timeout_ms=joining.rebalance_timeout_ms,
        session_timeout_ms=joining.session_timeout_ms,
        protocols=joining.protocols,
        is_new=True,
    )
    if live.state is GroupState.PREPARING_REBALANCE and live.previous_state is GroupState.EMPTY:
        live.has_newcomers = True
    live.add(member, joining.protocol_type)
    live.park_join(member, request.parked)
    turn.decision.effects.append(
        session_timer(turn.group, turn.settings, member_id, NEW_MEMBER_JOIN_TIMEOUT_MS)
    )
    rebalance_or_complete_join(turn)
    return _parked(turn)


# -- known members -----------------------------------------------------------------------------------------


def _rejoin(turn: Turn, request: JoinRequest, member: Member) -> Decision[JoinResult]:
    live, joining = turn.live, request.joining
    is_leader = member.member_id == live.leader
    is_unchanged = member.protocols == joining.protocols
    if live.state is GroupState.COMPLETING_REBALANCE and is_unchanged:
        # It may not have got its answer: the generation it asks for is there already.
        return _at_once(turn, live.join_result(member, with_members=is_leader))
    if live.state is GroupState.STABLE and is_unchanged and not is_leader:
        return _at_once(turn, live.join_result(member, with_members=False))
    # A leader that joins again wants a rebalance: the topics may have changed, which its metadata does not
    # show.
    live.update(member, joining.protocols, joining.session_timeout_ms, joining.rebalance_timeout_ms)
    turn.answer(member.awaiting_join, KafkaError(ErrorCode.REBALANCE_IN_PROGRESS))
    live.park_join(member, request.parked)
    rebalance_or_complete_join(turn)
    return _parked(turn)


# -- static members that come back without their id (KIP-345) ----------------------------------------------


def _take_over(turn: Turn, request: JoinRequest, old: Member, member_id: str) -> Decision[JoinResult]:
    """The new process of a static member gets a new id, and the place and the assignment of the old one."""
    live, joining = turn.live, request.joining
    new = Member(
        member_id=member_id,
        group_instance_id=old.group_instance_id,
        client_id=old.client_id,
        client_host=old.client_host,
        rebalance_timeout_ms=joining.rebalance_timeout_ms,
        session_timeout_ms=joining.session_timeout_ms,
        protocols=joining.protocols,
        assignment=old.assignment,
    )
    if live.state is GroupState.STABLE:
        members = [new if member is old else member for member in live.members.values()]
        if select_protocol(members) == live.protocol_name:
            leader = member_id if live.leader == old.member_id else live.leader
            turn.decision.records.append(turn.group.record(members=members, leader=leader))
            turn.decision.then = lambda: _taken_over(turn, request, old, new)
            return turn.decision
    _replace(turn, old, new)
    live.park_join(new, request.parked)
    if live.state is GroupState.PREPARING_REBALANCE:
        complete_join_if_all_joined(turn)
    else:
        prepare_rebalance(turn)
    return _parked(turn)


def _taken_over(turn: Turn, request: JoinRequest, old: Member, new: Member) -> Decision[JoinResult]:
    """No rebalance: the member, and if it leads then the group, goes on with the assignment there is."""
    live = turn.live
    previous_leader = live.leader
    turn.decision = Decision()
    _replace(turn, old, new)
    if request.joining.may_skip_assignment:
        is_leader = live.leader == new.member_id
        result = live.join_result(new, with_members=is_leader)._replace(skip_assignment=is_leader)
    else:
        # With the old leader's id in the answer, the client does not compute assignments that nobody would
        # use.
        result = live.join_result(new, with_members=False)._replace(leader=previous_leader or "")
    return _at_once(turn, result)


def _replace(turn: Turn, old: Member, new: Member) -> None:
    fenced = KafkaError(ErrorCode.FENCED_INSTANCE_ID)
    turn.answer(turn.live.unpark_join(old), JoinResult(member_id=old.member_id, error=fenced.code))
    turn.answer(old.awaiting_sync, fenced)
    turn.live.replace(old, new)
    restart_session(turn, new)


def _at_once(turn: Turn, result: JoinResult) -> Decision[JoinResult]:
    turn.decision.reply = result
    return turn.decision


def _parked(turn: Turn) -> Decision[JoinResult]:
    turn.decision.parks = True
    return turn.decision
