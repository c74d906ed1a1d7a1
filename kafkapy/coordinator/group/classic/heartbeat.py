"""Heartbeat: a member is alive, and learns whether it has to join again."""

from kafkapy.coordinator.decision import Decision
from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.rebalance import session_timer
from kafkapy.coordinator.group.classic.states import GroupState
from kafkapy.coordinator.group.settings import GroupSettings
from kafkapy.protocol.error_code import ErrorCode


def heartbeat(group: ClassicGroup, settings: GroupSettings, identity: MemberIdentity) -> Decision[ErrorCode]:
    """REBALANCE_IN_PROGRESS is an answer and no refusal: the session goes on all the same."""
    member = group.live.check_generation(identity)
    is_rebalancing = group.live.state is GroupState.PREPARING_REBALANCE
    return Decision(
        ErrorCode.REBALANCE_IN_PROGRESS if is_rebalancing else ErrorCode.NONE,
        effects=[session_timer(group, settings, member.member_id, member.session_timeout_ms)],
    )
