"""A static member comes back under another member id: it gets the place and the assignment of the old one."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from kafkapy.coordinator.decision import Decision
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.turn import Turn

R = TypeVar("R")


def take_over(turn: Turn, old: Profile, member_id: str, then: Callable[[], Decision[R]]) -> Decision[R]:
    """Write the new member for the old one, at epoch 0; `then` goes on with the request."""
    group, group_id = turn.group, turn.group_id
    held = group.holding(old.member_id)
    turn.decision.records += [
        *records.member_tombstones(group_id, old.member_id),
        records.member_profile(group_id, replace(old, member_id=member_id)),
        records.target_assignment(group_id, member_id, group.targets.get(old.member_id, {})),
        records.member_holding(group_id, member_id, replace(held, epoch=0, previous_epoch=0)),
    ]
    turn.cancel_timers(old.member_id)
    turn.decision.then = then
    return turn.decision
