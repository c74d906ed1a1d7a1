"""Members of the classic protocol in a consumer group: JoinGroup, SyncGroup, Heartbeat and LeaveGroup mean
one step each on the way that the other members go with heartbeats. Nobody waits for anybody.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from kafkapy.coordinator.decision import Decision
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.classic.join import JoiningMember, JoinRequest
from kafkapy.coordinator.group.classic.leave import LeavingMember
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.classic.results import JoinResult, SyncResult
from kafkapy.coordinator.group.classic.sync import SyncRequest
from kafkapy.coordinator.group.consumer.blobs import assignment_blob, by_id, read_subscription
from kafkapy.coordinator.group.consumer.downgrade import can_downgrade, downgrade
from kafkapy.coordinator.group.consumer.fence import expire, fence, restart_session
from kafkapy.coordinator.group.consumer.heartbeat import advance, check_room, static_member
from kafkapy.coordinator.group.consumer.profile import ClassicSide, Profile
from kafkapy.coordinator.group.consumer.reconcile import Holding, MemberState
from kafkapy.coordinator.group.consumer.takeover import take_over
from kafkapy.coordinator.group.consumer.turn import Turn
from kafkapy.coordinator.group.subscription import CONSUMER
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError, MalformedMessage
from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription
from kafkapy.protocol.uuid import uuid_text


def join(turn: Turn, request: JoinRequest) -> Decision[JoinResult]:
    """Answered at once: the generation is the member's epoch."""
    joining = request.joining
    member_id = joining.member_id or uuid_text(bytes.fromhex(request.new_uuid.replace("-", "")))
    check_room(turn, member_id)
    _check_protocols(turn, joining)
    if not joining.member_id and joining.group_instance_id is None and joining.must_know_its_id:
        return Decision(JoinResult(member_id=member_id, error=ErrorCode.MEMBER_ID_REQUIRED))
    try:
        subscription = read_subscription(joining.protocols[0][1])
    except MalformedMessage as error:
        # INCONSISTENT_GROUP_PROTOCOL would say more, but this is what Apache Kafka answers.
        raise KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, "Malformed embedded consumer protocol.") from error
    if joining.group_instance_id is not None:
        owner = turn.group.static_member(joining.group_instance_id)
        if joining.member_id:
            static_member(turn, joining.group_instance_id, joining.member_id)
        elif owner is not None and can_downgrade(turn, [owner.member_id], is_replaced=True):
            return _join_and_downgrade(turn, joining, subscription, owner, member_id)
        elif owner is not None:
            return take_over(
                turn,
                owner,
                member_id,
                lambda: _join_as(turn.later(turn.now_ms), joining, subscription, member_id),
            )
    return _join_as(turn, joining, subscription, member_id)


def _check_protocols(turn: Turn, joining: JoiningMember) -> None:
    """One of them must be known to all classic members."""
    sides = [p.classic for p in turn.group.profiles.values() if p.classic is not None]
    offered = {name for name, _ in joining.protocols}
    common = offered.intersection(*({name for name, _ in side.protocols} for side in sides))
    if joining.protocol_type != CONSUMER or not common:
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)


def _join_as(
    turn: Turn, joining: JoiningMember, subscription: ConsumerProtocolSubscription, member_id: str
) -> Decision[JoinResult]:
    before = turn.group.profiles.get(member_id) or Profile(member_id)
    profile = _profile(before, joining, subscription)
    owned = by_id(subscription.owned_partitions, turn.topics)
    holding = advance(turn, before, profile, owned)
    turn.group.called_to_join.discard(member_id)
    turn.cancel_timer("join", member_id)
    restart_session(turn, profile)
    turn.set_timer("sync", member_id, profile.rebalance_timeout_ms, partial(expire, turn, member_id))
    turn.decision.reply = _joined(profile, holding.epoch)
    return turn.decision


def _join_and_downgrade(
    turn: Turn,
    joining: JoiningMember,
    subscription: ConsumerProtocolSubscription,
    owner: Profile,
    member_id: str,
) -> Decision[JoinResult]:
    """It replaces the last member of the consumer protocol: from now on the group is a classic one."""
    profile = _profile(replace(owner, member_id=member_id), joining, subscription)
    downgrade(turn, [owner.member_id], profile)
    turn.decision.reply = _joined(profile, turn.group.epoch)
    return turn.decision


def _profile(before: Profile, joining: JoiningMember, subscription: ConsumerProtocolSubscription) -> Profile:
    return replace(
        before,
        instance_id=joining.group_instance_id or before.instance_id,
        rack_id=subscription.rack_id or before.rack_id,
        client_id=joining.client_id,
        client_host=joining.client_host,
        names=tuple(sorted(set(subscription.topics))),
        regex="",
        rebalance_timeout_ms=joining.rebalance_timeout_ms,
        classic=ClassicSide(joining.session_timeout_ms, joining.protocols),
    )


def _joined(profile: Profile, epoch: int) -> JoinResult:
    return JoinResult(
        member_id=profile.member_id,
        generation_id=epoch,
        protocol_type=CONSUMER,
        protocol_name=_side(profile).protocols[0][0],
    )


# -- members that have joined ------------------------------------------------------------------------------


def sync(turn: Turn, request: SyncRequest) -> Decision[SyncResult]:
    profile, holding = _member(turn, request.identity)
    name, subscription = _side(profile).protocols[0]
    if request.protocol_type not in (None, CONSUMER) or request.protocol_name not in (None, name):
        raise KafkaError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    if turn.group.epoch > holding.epoch and holding.state is not MemberState.UNREVOKED_PARTITIONS:
        # It may join at its leisure: a heartbeat tells it as well, and then its time runs.
        raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
    turn.cancel_timer("sync", profile.member_id)
    restart_session(turn, profile)
    share: Assignment = {topic_id: frozenset(held) for topic_id, held in holding.assigned.items()}
    turn.decision.reply = SyncResult(
        request.protocol_type, request.protocol_name, assignment_blob(share, turn.topics, subscription)
    )
    return turn.decision


def heartbeat(turn: Turn, identity: MemberIdentity) -> Decision[ErrorCode]:
    """REBALANCE_IN_PROGRESS when there is something to join for: its rebalance timeout begins."""
    profile, holding = _member(turn, identity)
    restart_session(turn, profile)
    must_join = (
        holding.epoch < turn.group.epoch
        or holding.state is MemberState.UNREVOKED_PARTITIONS
        or (holding.state is MemberState.UNRELEASED_PARTITIONS and _may_go_on(turn, profile.member_id))
    )
    turn.decision.reply = ErrorCode.REBALANCE_IN_PROGRESS if must_join else ErrorCode.NONE
    if must_join and profile.member_id not in turn.group.called_to_join:
        turn.group.called_to_join.add(profile.member_id)
        turn.set_timer(
            "join", profile.member_id, profile.rebalance_timeout_ms, partial(expire, turn, profile.member_id)
        )
    return turn.decision


def leave(turn: Turn, leaving: Sequence[LeavingMember]) -> Decision[list[ErrorCode]]:
    """One code per member, in order. Members of the consumer protocol can be taken out like this as well."""
    gone: dict[str, None] = {}
    codes: list[ErrorCode] = []
    for who in leaving:
        try:
            gone[_leaving(turn, who).member_id] = None
            codes.append(ErrorCode.NONE)
        except KafkaError as refusal:
            codes.append(refusal.code)
    if gone:
        fence(turn, list(gone))
    turn.decision.reply = codes
    return turn.decision


def _leaving(turn: Turn, who: LeavingMember) -> Profile:
    """By instance id alone, if no member id is given."""
    if who.group_instance_id is None:
        return turn.group.member(who.member_id)
    owner = turn.group.static_member(who.group_instance_id)
    if owner is not None and not who.member_id:
        return owner
    return static_member(turn, who.group_instance_id, who.member_id)


def _may_go_on(turn: Turn, member_id: str) -> bool:
    """Whether none of what it waits for is in other hands any more."""
    target = turn.group.targets.get(member_id, {})
    return all(
        turn.group.is_free(topic_id, index, member_id) for topic_id, held in target.items() for index in held
    )


def _member(turn: Turn, identity: MemberIdentity) -> tuple[Profile, Holding]:
    if identity.group_instance_id is None:
        profile = turn.group.member(identity.member_id)
    else:
        profile = static_member(turn, identity.group_instance_id, identity.member_id)
    _check_classic(profile)
    holding = turn.group.holding(profile.member_id)
    if identity.generation_id != holding.epoch:
        raise KafkaError(ErrorCode.ILLEGAL_GENERATION)
    return profile, holding


def _check_classic(profile: Profile) -> None:
    if profile.classic is None:
        raise KafkaError(
            ErrorCode.UNKNOWN_MEMBER_ID, f"Member {profile.member_id} does not use the classic protocol."
        )


def _side(profile: Profile) -> ClassicSide:
    assert profile.classic is not None
    return profile.classic
