"""LeaveGroup: members go, or an administrator takes them out (KIP-345)."""

from collections.abc import Sequence
from typing import NamedTuple

from kafkapy.coordinator.decision import Decision
from kafkapy.coordinator.group.classic.rebalance import (
    complete_join_if_all_joined,
    forget,
    prepare_rebalance,
    remove_member,
)
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.classic.turn import Turn
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


class LeavingMember(NamedTuple):
    """`member_id` is "" where an administrator names a static member by its instance id alone."""

    member_id: str
    group_instance_id: str | None = None


def leave(turn: Turn, leaving: Sequence[LeavingMember]) -> Decision[list[ErrorCode]]:
    """Removes each of them; one code per member, in order."""
    codes = [_remove(turn, member) for member in leaving]
    turn.decision.reply = codes
    if ErrorCode.NONE in codes:
        state = turn.live.state
        if state is GroupState.PREPARING_REBALANCE:
            complete_join_if_all_joined(turn)
        elif state is not GroupState.EMPTY:
            prepare_rebalance(turn)
    return turn.decision


def _remove(turn: Turn, leaving: LeavingMember) -> ErrorCode:
    live, member_id = turn.live, leaving.member_id
    if member_id == "":
        member_id = live.static_members.get(leaving.group_instance_id or "", "")
    if member_id in live.pending_joins:
        forget(turn, member_id)
        return ErrorCode.NONE
    try:
        remove_member(turn, live.check_member(member_id, leaving.group_instance_id))
    except KafkaError as refusal:
        return refusal.code
    return ErrorCode.NONE
