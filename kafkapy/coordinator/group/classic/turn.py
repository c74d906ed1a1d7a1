"""One command at work on one classic group."""

from dataclasses import dataclass, field
from typing import Any

from kafkapy.coordinator.decision import Answer, Command, Decision, Parked, SetTimer
from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.live import LiveMembership
from kafkapy.coordinator.group.settings import GroupSettings


@dataclass(slots=True)
class Turn:
    """The group, what the command may know besides, and the decision it is coming to.

    The functions that get one change the live membership, and add to the decision whom to answer and which
    timers to set.
    """

    group: ClassicGroup
    settings: GroupSettings
    now_ms: int
    decision: Decision[Any] = field(default_factory=Decision)

    @property
    def live(self) -> LiveMembership:
        return self.group.live

    def answer(self, parked: Parked[Any] | None, reply: object) -> None:
        if parked is not None:
            self.decision.effects.append(Answer(parked, reply))

    def set_timer(self, phase: str, delay_ms: int, command: Command[Any]) -> None:
        """A timer of the whole group: of its join or its sync phase."""
        self.decision.effects.append(SetTimer((phase, self.group.group_id), delay_ms, command))
