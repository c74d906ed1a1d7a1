"""ConsumerGroupHeartbeat: a member joins, reports, moves towards its target, or leaves.

A command decides: the profile, the group epoch, the target assignment, what the member has next; then the
answer. `advance` is the part that members of the classic protocol go through as well, when they join.
"""

from dataclasses import replace
from typing import NamedTuple

from kafkapy.coordinator.decision import Decision
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.fence import fence, restart_session
from kafkapy.coordinator.group.consumer.group import LEFT_EPOCH, LEFT_FOR_NOW_EPOCH
from kafkapy.coordinator.group.consumer.profile import Profile
from kafkapy.coordinator.group.consumer.reconcile import Epochs, Holding, MemberState
from kafkapy.coordinator.group.consumer.regexes import regex_effects
from kafkapy.coordinator.group.consumer.takeover import take_over
from kafkapy.coordinator.group.consumer.target import current_target
from kafkapy.coordinator.group.consumer.turn import Turn
from kafkapy.coordinator.pattern import compile_pattern
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


class HeartbeatRequest(NamedTuple):
    """What a member says; None and -1 mean "as before". `owned`: partitions by topic id that it reads."""

    member_id: str
    epoch: int
    instance_id: str | None = None
    rack_id: str | None = None
    rebalance_timeout_ms: int = -1
    names: tuple[str, ...] | None = None
    regex: str | None = None
    server_assignor: str | None = None
    owned: Assignment | None = None
    client_id: str = ""
    client_host: str = ""

    @property
    def is_full(self) -> bool:
        """Whether it says everything, as after an error: then it is told everything."""
        says_topics = self.names is not None or self.regex is not None
        return self.epoch == 0 or (self.rebalance_timeout_ms != -1 and says_topics and self.owned is not None)


class HeartbeatResult(NamedTuple):
    """`assignment` is None where it is what the member was told before."""

    member_id: str
    epoch: int
    heartbeat_interval_ms: int = 0
    assignment: Epochs | None = None


def check_request(group_id: str, request: HeartbeatRequest, assignors: tuple[str, ...]) -> None:
    """What can be refused without knowing the group, in Kafka's order and words."""
    _refuse_if(not request.member_id.strip(), "MemberId can't be empty.")
    _refuse_if(not group_id.strip(), "GroupId can't be empty.")
    _refuse_if(
        request.instance_id is not None and not request.instance_id.strip(), "InstanceId can't be empty."
    )
    _refuse_if(request.rack_id is not None and not request.rack_id.strip(), "RackId can't be empty.")
    if request.epoch == 0:
        _refuse_if(
            request.rebalance_timeout_ms == -1, "RebalanceTimeoutMs must be provided in first request."
        )
        _refuse_if(
            request.owned is None or bool(request.owned), "TopicPartitions must be empty when (re-)joining."
        )
        _refuse_if(
            request.names is None and request.regex is None,
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
        )
    elif request.epoch == LEFT_FOR_NOW_EPOCH:
        _refuse_if(request.instance_id is None, "InstanceId can't be null.")
    else:
        _refuse_if(request.epoch < LEFT_FOR_NOW_EPOCH, "MemberEpoch is invalid.")
    if request.server_assignor is not None and request.server_assignor not in assignors:
        raise KafkaError(
            ErrorCode.UNSUPPORTED_ASSIGNOR,
            f"ServerAssignor {request.server_assignor} is not supported. "
            f"Supported assignors: {', '.join(assignors)}.",
        )


def _refuse_if(wrong: bool, reason: str) -> None:
    if wrong:
        raise KafkaError(ErrorCode.INVALID_REQUEST, reason)


# -- a member that is there, or comes ----------------------------------------------------------------------


def heartbeat(turn: Turn, request: HeartbeatRequest) -> Decision[HeartbeatResult]:
    check_room(turn, request.member_id)
    present = _sender(turn, request)
    if present is not None and present.member_id != request.member_id:
        return take_over(
            turn, present, request.member_id, lambda: heartbeat_of(turn.later(turn.now_ms), request)
        )
    return heartbeat_of(turn, request)


def heartbeat_of(turn: Turn, request: HeartbeatRequest) -> Decision[HeartbeatResult]:
    """The request of a member that may send it."""
    before = turn.group.profiles.get(request.member_id) or Profile(request.member_id)
    profile = _updated(before, request)
    held = turn.group.holding(request.member_id)
    holding = advance(turn, before, profile, request.owned)
    restart_session(turn, profile)
    is_news = request.is_full or _partitions(holding.assigned) != _partitions(held.assigned)
    turn.decision.reply = HeartbeatResult(
        profile.member_id,
        holding.epoch,
        turn.settings.timing_of(turn.group_id).heartbeat_interval_ms,
        holding.assigned if is_news else None,
    )
    return turn.decision


def check_room(turn: Turn, member_id: str) -> None:
    members = turn.group.profiles
    if member_id not in members and len(members) >= turn.settings.max_size:
        raise KafkaError(
            ErrorCode.GROUP_MAX_SIZE_REACHED,
            f"The consumer group has reached its maximum capacity of {turn.settings.max_size} members.",
        )


def _sender(turn: Turn, request: HeartbeatRequest) -> Profile | None:
    """The member that speaks, None for a new one; another one if its place is to be taken over."""
    group = turn.group
    if request.instance_id is None:
        if request.epoch == 0:
            return group.profiles.get(request.member_id)
        member = group.member(request.member_id)
    elif request.epoch == 0:
        owner = group.static_member(request.instance_id)
        has_left = owner is None or group.holding(owner.member_id).epoch == LEFT_FOR_NOW_EPOCH
        if owner is not None and owner.classic is None and not has_left:
            raise KafkaError(
                ErrorCode.UNRELEASED_INSTANCE_ID,
                f"Static member {request.member_id} with instance id {request.instance_id} cannot join the "
                f"group because the instance id is owned by {owner.member_id} member.",
            )
        return owner
    else:
        member = static_member(turn, request.instance_id, request.member_id)
    _check_epoch(group.holding(member.member_id), request)
    return member


def static_member(turn: Turn, instance_id: str, member_id: str) -> Profile:
    """UNKNOWN_MEMBER_ID for an instance that is not there, FENCED_INSTANCE_ID if another is in its place."""
    member = turn.group.static_member(instance_id)
    if member is None:
        raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID, f"Instance id {instance_id} is unknown.")
    if member.member_id != member_id:
        raise KafkaError(
            ErrorCode.FENCED_INSTANCE_ID,
            f"Static member {member_id} with instance id {instance_id} was fenced by member "
            f"{member.member_id}.",
        )
    return member


def _check_epoch(holding: Holding, request: HeartbeatRequest) -> None:
    """A member may be one answer behind, if it has not got it: then it owns no more than it should."""
    if request.epoch == holding.epoch:
        return
    comparison = "greater" if request.epoch > holding.epoch else "smaller"
    is_lost_answer = request.epoch == holding.previous_epoch and _owns_at_most(
        request.owned, holding.assigned
    )
    if comparison == "greater" or not is_lost_answer:
        raise KafkaError(
            ErrorCode.FENCED_MEMBER_EPOCH,
            f"The consumer group member has a {comparison} member epoch ({request.epoch}) than the one known "
            f"by the group coordinator ({holding.epoch}). The member must abandon all its partitions and "
            "rejoin.",
        )


def _owns_at_most(owned: Assignment | None, assigned: Epochs) -> bool:
    return owned is not None and all(
        topic_id in assigned and partitions <= assigned[topic_id].keys()
        for topic_id, partitions in owned.items()
    )


def _updated(before: Profile, request: HeartbeatRequest) -> Profile:
    return replace(
        before,
        instance_id=before.instance_id if request.instance_id is None else request.instance_id,
        rack_id=before.rack_id if request.rack_id is None else request.rack_id,
        rebalance_timeout_ms=(
            before.rebalance_timeout_ms
            if request.rebalance_timeout_ms == -1
            else request.rebalance_timeout_ms
        ),
        names=before.names if request.names is None else tuple(sorted(set(request.names))),
        regex=before.regex if request.regex is None else request.regex,
        server_assignor=(
            before.server_assignor if request.server_assignor is None else request.server_assignor
        ),
        client_id=request.client_id,
        client_host=request.client_host,
        classic=None,
    )


# -- the way of every member -------------------------------------------------------------------------------


def advance(turn: Turn, before: Profile, profile: Profile, owned: Assignment | None) -> Holding:
    """Record what has changed of a member, and take it one step towards its target; what it has then."""
    group, decision = turn.group, turn.decision
    is_new = profile.member_id not in group.profiles
    names_changed = profile.names != before.names
    regex_changed = profile.regex != before.regex
    if regex_changed and profile.regex and not group.subscribers_of(profile.regex):
        compile_pattern(profile.regex)
    if is_new or profile != before:
        decision.records.append(records.member_profile(turn.group_id, profile))
    if regex_changed and before.regex and group.subscribers_of(before.regex) == 1:
        decision.records.append(records.regular_expression_tombstone(turn.group_id, before.regex))
    is_resolved = not profile.regex or profile.regex in group.regexes
    subscription_changed = names_changed or regex_changed
    subscriptions = turn.subscriptions_with(profile) if subscription_changed else group.subscriptions
    if names_changed or (regex_changed and is_resolved) or group.topics_changed:
        must_bump = names_changed or (regex_changed and is_resolved)
        turn.bump(group.topics_read(subscriptions), if_changed=not must_bump)
    decision.effects.extend(regex_effects(turn, subscriptions.patterns.keys()))
    held = group.holding(profile.member_id)
    target_epoch, target = current_target(turn, profile)
    if held.is_reconciled(target_epoch) and not subscription_changed:
        return held
    reconciliation = turn.reconciliation(profile, target_epoch, target, owned)
    holding = reconciliation.step(held, subscription_changed=subscription_changed)
    if holding != held:
        decision.records.append(records.member_holding(turn.group_id, profile.member_id, holding))
        watch_revocation(turn, profile, holding)
    return holding


def watch_revocation(turn: Turn, profile: Profile, holding: Holding) -> None:
    """A member that does not give partitions up in time is removed; classic ones have to join in time."""
    member_id = profile.member_id
    if profile.classic is not None:
        return
    if holding.state is not MemberState.UNREVOKED_PARTITIONS:
        turn.cancel_timer("rebalance", member_id)
        return

    def expire(now_ms: int) -> Decision[None]:
        later = turn.later(now_ms)
        if later.group.holding(member_id).epoch == holding.epoch:
            fence(later, [member_id])
        return later.decision

    turn.set_timer("rebalance", member_id, profile.rebalance_timeout_ms, expire)


def _partitions(held: Epochs) -> dict[bytes, set[int]]:
    return {topic_id: set(partitions) for topic_id, partitions in held.items() if partitions}


# -- those who go ------------------------------------------------------------------------------------------


def leave(turn: Turn, request: HeartbeatRequest) -> Decision[HeartbeatResult]:
    """For good, or for now: then the assignment of a static member waits for it until its session ends."""
    if request.instance_id is None:
        member = turn.group.member(request.member_id)
    else:
        member = static_member(turn, request.instance_id, request.member_id)
    turn.decision.reply = HeartbeatResult(request.member_id, request.epoch)
    if request.epoch == LEFT_EPOCH:
        fence(turn, [member.member_id])
    else:
        held = turn.group.holding(member.member_id)
        gone = replace(held, epoch=LEFT_FOR_NOW_EPOCH, pending={})
        turn.decision.records.append(records.member_holding(turn.group_id, member.member_id, gone))
    return turn.decision
