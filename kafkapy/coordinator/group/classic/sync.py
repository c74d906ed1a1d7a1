"""SyncGroup: members ask for their share; the leader brings everybody's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from kafkapy.coordinator.decision import CancelTimer, Decision, Parked
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.rebalance import fail_assignment, restart_session
from kafkapy.coordinator.group.classic.results import SyncResult
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.classic.turn import Turn
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


class SyncRequest(NamedTuple):
    """`assignments` by member id count only if the leader sends them; type and name are checked, if given."""

    identity: MemberIdentity
    protocol_type: str | None
    protocol_name: str | None
    assignments: Mapping[str, bytes]
    parked: Parked[SyncResult]


def sync(turn: Turn, request: SyncRequest) -> Decision[SyncResult]:
    live = turn.live
    if live.state is GroupState.EMPTY:
        raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)
    member = live.check_generation(request.identity)
    if _differ(request.protocol_type, live.protocol_type) or _differ(
        request.protocol_name, live.protocol_name
    ):
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    if live.state is GroupState.PREPARING_REBALANCE:
        raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
    live.pending_syncs.discard(member.member_id)
    if not live.pending_syncs:
        turn.decision.effects.append(CancelTimer(("sync", turn.group.group_id)))
    if live.state is GroupState.STABLE:
        turn.decision.reply = live.sync_result(member)
        return turn.decision
    turn.answer(member.awaiting_sync, KafkaError(ErrorCode.REBALANCE_IN_PROGRESS))
    member.awaiting_sync = request.parked
    turn.decision.parks = True
    if member.member_id == live.leader:
        _assign(turn, request.assignments)
    return turn.decision


def _assign(turn: Turn, assignments: Mapping[str, bytes]) -> None:
    """Everybody's assignment goes into the log first; members that the leader left out get an empty one."""
    members = [
        replace(member, assignment=assignments.get(member.member_id, b""))
        for member in turn.live.members.values()
    ]
    turn.decision.records.append(turn.group.record(members=members))
    turn.decision.then = lambda: _assigned(turn, assignments)
    turn.decision.refused = lambda error: _refused(turn, error)


def _assigned(turn: Turn, assignments: Mapping[str, bytes]) -> Decision[SyncResult]:
    turn.decision = Decision(parks=True)
    live = turn.live
    live.become(GroupState.STABLE, turn.now_ms)
    for member in live.members.values():
        member.assignment = assignments.get(member.member_id, b"")
        if member.awaiting_sync is not None:
            turn.answer(member.awaiting_sync, live.sync_result(member))
            member.awaiting_sync = None
            # Its session may have run out meanwhile: that was forgiven, and nothing watches it any more.
            restart_session(turn, member)
    return turn.decision


def _refused(turn: Turn, error: KafkaError) -> Decision[SyncResult]:
    turn.decision = Decision(parks=True)
    fail_assignment(turn, error)
    return turn.decision


def _differ(given: str | None, known: str | None) -> bool:
    return given is not None and known is not None and given != known
