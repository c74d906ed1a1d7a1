"""A member of the consumer protocol comes to a classic group: the group becomes a consumer group, in which
the classic members live on (KIP-848, online migration).
"""

from typing import Any

from kafkapy.coordinator.decision import Answer, CancelTimer, Decision, Effect, Record, SetTimer
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.classic.group import ClassicGroup
from kafkapy.coordinator.group.classic.live import LiveMembership
from kafkapy.coordinator.group.classic.member import Member
from kafkapy.coordinator.group.classic.results import JoinResult
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.blobs import read_assignment, read_subscription
from kafkapy.coordinator.group.consumer.fence import session_timer
from kafkapy.coordinator.group.consumer.group import ConsumerGroup
from kafkapy.coordinator.group.consumer.profile import ClassicSide, Profile
from kafkapy.coordinator.group.consumer.reconcile import Holding
from kafkapy.coordinator.group.consumer.topic_hash import group_hash
from kafkapy.coordinator.group.consumer.turn import Turn, World
from kafkapy.coordinator.group.records import group_tombstone
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError, MalformedMessage


def upgrade(classic: ClassicGroup, world: World, now_ms: int) -> Decision[Any]:
    """The records of the conversion; who waits for a join or a sync is told to join again.

    GROUP_ID_NOT_FOUND for a group that cannot be converted.
    """
    _check(classic, world)
    live = classic.live
    group = ConsumerGroup(classic.group_id)
    try:
        converted = [_converted(member, live, world) for member in live.members.values()]
    except MalformedMessage as error:
        raise KafkaError(
            ErrorCode.GROUP_ID_NOT_FOUND,
            f"Cannot upgrade classic group {classic.group_id} to consumer group because the embedded "
            "consumer protocol is malformed.",
        ) from error
    for profile, _ in converted:
        group.put_profile(profile)
    turn = Turn(group, world, now_ms)
    return Decision(
        records=[group_tombstone(classic.group_id), *_records(turn, converted, live.generation_id)],
        effects=[*_farewell(classic), *_sessions(turn)],
    )


def _check(classic: ClassicGroup, world: World) -> None:
    group_id, live = classic.group_id, classic.live
    reason = None
    if not world.settings.may_upgrade:
        reason = "online upgrade is disabled"
    elif not live.is_consumer:
        reason = "the group does not use the consumer embedded protocol"
    elif len(live.members) > world.settings.max_size:
        reason = "the group size exceeds the consumer group maximum size"
    if reason is not None:
        raise KafkaError(
            ErrorCode.GROUP_ID_NOT_FOUND,
            f"Cannot upgrade classic group {group_id} to consumer group because {reason}.",
        )


def _converted(member: Member, live: LiveMembership, world: World) -> tuple[Profile, Assignment]:
    blob = member.metadata(live.protocol_name) if live.protocol_name is not None else member.protocols[0][1]
    subscription = read_subscription(blob)
    if subscription.user_data:
        raise KafkaError(
            ErrorCode.GROUP_ID_NOT_FOUND,
            "Cannot upgrade classic group to consumer group because an unsupported custom assignor is in "
            "use. Please refer to the documentation or switch to a default assignor before re-attempting the "
            "upgrade.",
        )
    profile = Profile(
        member_id=member.member_id,
        instance_id=member.group_instance_id,
        rack_id=subscription.rack_id,
        client_id=member.client_id,
        client_host=member.client_host,
        names=tuple(sorted(set(subscription.topics))),
        rebalance_timeout_ms=member.rebalance_timeout_ms,
        classic=ClassicSide(member.session_timeout_ms, member.protocols),
    )
    return profile, read_assignment(member.assignment, world.topics)


def _records(turn: Turn, converted: list[tuple[Profile, Assignment]], generation: int) -> list[Record]:
    """The last generation is the first epoch, and what the members have is their target."""
    group_id = turn.group_id
    metadata_hash = group_hash(turn.topics, turn.group.topics_of_all(profile for profile, _ in converted))
    return [
        *(records.member_profile(group_id, profile) for profile, _ in converted),
        records.group_epoch(group_id, generation, metadata_hash),
        *(records.target_assignment(group_id, profile.member_id, share) for profile, share in converted),
        records.assignment_epoch(group_id, generation, 0),
        *(
            records.member_holding(group_id, profile.member_id, _holding(share, generation))
            for profile, share in converted
        ),
    ]


def _holding(share: Assignment, epoch: int) -> Holding:
    assigned = {topic_id: dict.fromkeys(sorted(partitions), epoch) for topic_id, partitions in share.items()}
    return Holding(epoch, epoch, assigned=assigned)


def _farewell(classic: ClassicGroup) -> list[Effect]:
    again = KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)
    group_id, live = classic.group_id, classic.live
    effects: list[Effect] = [CancelTimer((phase, group_id)) for phase in ("join", "sync")]
    effects += [CancelTimer(("session", group_id, pending)) for pending in live.pending_joins]
    for member in live.members.values():
        if member.awaiting_join is not None:
            effects.append(Answer(member.awaiting_join, JoinResult(member.member_id, again.code)))
        if member.awaiting_sync is not None:
            effects.append(Answer(member.awaiting_sync, again))
    return effects


def _sessions(turn: Turn) -> list[SetTimer]:
    return [session_timer(turn, profile) for profile in turn.group.profiles.values()]
