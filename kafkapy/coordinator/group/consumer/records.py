"""The records of a consumer group in `__consumer_offsets`, types 3 to 8 and 16, as Kafka 4.3 writes them."""

from collections.abc import Iterable, Iterator, Mapping

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.consumer.profile import ClassicSide, Profile
from kafkapy.coordinator.group.consumer.reconcile import Epochs, Holding, MemberState
from kafkapy.protocol.messages.log_records import consumer_group_current_member_assignment as current
from kafkapy.protocol.messages.log_records import consumer_group_member_metadata as member
from kafkapy.protocol.messages.log_records import consumer_group_target_assignment_member as target
from kafkapy.protocol.messages.log_records.consumer_group_metadata import (
    ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_partition_metadata import (
    ConsumerGroupPartitionMetadataKey,
    ConsumerGroupPartitionMetadataValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_regular_expression import (
    ConsumerGroupRegularExpressionKey,
    ConsumerGroupRegularExpressionValue,
)
from kafkapy.protocol.messages.log_records.consumer_group_target_assignment_metadata import (
    ConsumerGroupTargetAssignmentMetadataKey,
    ConsumerGroupTargetAssignmentMetadataValue,
)
from kafkapy.protocol.messages.log_records.framing import Pair

PAIRS = [
    Pair(ConsumerGroupMetadataKey, ConsumerGroupMetadataValue),
    Pair(ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue),
    Pair(member.ConsumerGroupMemberMetadataKey, member.ConsumerGroupMemberMetadataValue),
    Pair(ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue),
    Pair(target.ConsumerGroupTargetAssignmentMemberKey, target.ConsumerGroupTargetAssignmentMemberValue),
    Pair(current.ConsumerGroupCurrentMemberAssignmentKey, current.ConsumerGroupCurrentMemberAssignmentValue),
    Pair(ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue),
]


def group_epoch(group_id: str, epoch: int, metadata_hash: int) -> Record:
    value = ConsumerGroupMetadataValue(epoch=epoch, metadata_hash=metadata_hash)
    return Record(ConsumerGroupMetadataKey(group_id=group_id), value)


def assignment_epoch(group_id: str, epoch: int, now_ms: int) -> Record:
    value = ConsumerGroupTargetAssignmentMetadataValue(assignment_epoch=epoch, assignment_timestamp=now_ms)
    return Record(ConsumerGroupTargetAssignmentMetadataKey(group_id=group_id), value)


def member_profile(group_id: str, profile: Profile) -> Record:
    classic = profile.classic and member.ClassicMemberMetadata(
        session_timeout_ms=profile.classic.session_timeout_ms,
        supported_protocols=[
            member.ClassicProtocol(name=name, metadata=metadata)
            for name, metadata in profile.classic.protocols
        ],
    )
    value = member.ConsumerGroupMemberMetadataValue(
        instance_id=profile.instance_id,
        rack_id=profile.rack_id,
        client_id=profile.client_id,
        client_host=profile.client_host,
        subscribed_topic_names=list(profile.names),
        subscribed_topic_regex=profile.regex,
        rebalance_timeout_ms=profile.rebalance_timeout_ms,
        server_assignor=profile.server_assignor,
        classic_member_metadata=classic,
    )
    return Record(
        member.ConsumerGroupMemberMetadataKey(group_id=group_id, member_id=profile.member_id), value
    )


def read_profile(member_id: str, value: member.ConsumerGroupMemberMetadataValue) -> Profile:
    classic = value.classic_member_metadata
    return Profile(
        member_id=member_id,
        instance_id=value.instance_id,
        rack_id=value.rack_id,
        client_id=value.client_id,
        client_host=value.client_host,
        names=tuple(value.subscribed_topic_names),
        regex=value.subscribed_topic_regex or "",
        rebalance_timeout_ms=value.rebalance_timeout_ms,
        server_assignor=value.server_assignor,
        classic=None if classic is None else _read_classic(classic),
    )


def _read_classic(classic: member.ClassicMemberMetadata) -> ClassicSide:
    protocols = tuple((protocol.name, protocol.metadata) for protocol in classic.supported_protocols)
    return ClassicSide(classic.session_timeout_ms, protocols)


def target_assignment(group_id: str, member_id: str, assignment: Assignment) -> Record:
    value = target.ConsumerGroupTargetAssignmentMemberValue(
        topic_partitions=[
            target.TopicPartition(topic_id=topic_id, partitions=sorted(partitions))
            for topic_id, partitions in assignment.items()
        ]
    )
    key = target.ConsumerGroupTargetAssignmentMemberKey(group_id=group_id, member_id=member_id)
    return Record(key, value)


def read_target(value: target.ConsumerGroupTargetAssignmentMemberValue) -> Assignment:
    return {topic.topic_id: frozenset(topic.partitions) for topic in value.topic_partitions}


def member_holding(group_id: str, member_id: str, holding: Holding) -> Record:
    value = current.ConsumerGroupCurrentMemberAssignmentValue(
        member_epoch=holding.epoch,
        previous_member_epoch=holding.previous_epoch,
        state=holding.state,
        assigned_partitions=_topic_partitions(holding.assigned),
        partitions_pending_revocation=_topic_partitions(holding.pending),
    )
    key = current.ConsumerGroupCurrentMemberAssignmentKey(group_id=group_id, member_id=member_id)
    return Record(key, value)


def _topic_partitions(held: Epochs) -> list[current.TopicPartitions]:
    return [
        current.TopicPartitions(
            topic_id=topic_id,
            partitions=sorted(partitions),
            assignment_epochs=[partitions[partition] for partition in sorted(partitions)],
        )
        for topic_id, partitions in held.items()
    ]


def read_holding(value: current.ConsumerGroupCurrentMemberAssignmentValue) -> Holding:
    known = value.state in MemberState.__members__.values()
    return Holding(
        epoch=value.member_epoch,
        previous_epoch=value.previous_member_epoch,
        state=MemberState(value.state) if known else MemberState.UNKNOWN,
        assigned=_read_epochs(value.assigned_partitions, value.member_epoch),
        pending=_read_epochs(value.partitions_pending_revocation, value.member_epoch),
    )


def _read_epochs(topics: list[current.TopicPartitions], member_epoch: int) -> Epochs:
    """Brokers before 4.3 did not write since when a member has had a partition: not later than the record."""
    return {
        topic.topic_id: dict(
            zip(
                topic.partitions,
                topic.assignment_epochs or [member_epoch] * len(topic.partitions),
                strict=True,
            )
        )
        for topic in topics
    }


def regular_expression(group_id: str, regex: str, topics: Iterable[str], version: int, now_ms: int) -> Record:
    value = ConsumerGroupRegularExpressionValue(topics=sorted(topics), version=version, timestamp=now_ms)
    return Record(ConsumerGroupRegularExpressionKey(group_id=group_id, regular_expression=regex), value)


def regular_expression_tombstone(group_id: str, regex: str) -> Record:
    return Record(ConsumerGroupRegularExpressionKey(group_id=group_id, regular_expression=regex), None)


def member_tombstones(group_id: str, member_id: str) -> list[Record]:
    names = {"group_id": group_id, "member_id": member_id}
    return [
        Record(current.ConsumerGroupCurrentMemberAssignmentKey(**names), None),
        Record(target.ConsumerGroupTargetAssignmentMemberKey(**names), None),
        Record(member.ConsumerGroupMemberMetadataKey(**names), None),
    ]


def tombstones(group_id: str, members: Iterable[str], regexes: Mapping[str, object]) -> Iterator[Record]:
    """All of the group, in Kafka's order: nothing is left of it."""
    members = list(members)
    for member_id in members:
        yield member_tombstones(group_id, member_id)[0]
    for member_id in members:
        yield member_tombstones(group_id, member_id)[1]
    yield Record(ConsumerGroupTargetAssignmentMetadataKey(group_id=group_id), None)
    for member_id in members:
        yield member_tombstones(group_id, member_id)[2]
    for regex in regexes:
        yield regular_expression_tombstone(group_id, regex)
    yield Record(ConsumerGroupPartitionMetadataKey(group_id=group_id), None)
    yield Record(ConsumerGroupMetadataKey(group_id=group_id), None)
