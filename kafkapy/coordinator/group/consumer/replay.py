"""Replay of the records of consumer groups: one function per type."""

from collections.abc import Callable
from typing import Any

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.consumer import records
from kafkapy.coordinator.group.consumer.group import ConsumerGroup, ResolvedRegex
from kafkapy.protocol.messages.log_records.consumer_group_current_member_assignment import (
    ConsumerGroupCurrentMemberAssignmentKey,
)
from kafkapy.protocol.messages.log_records.consumer_group_member_metadata import (
    ConsumerGroupMemberMetadataKey,
)
from kafkapy.protocol.messages.log_records.consumer_group_metadata import ConsumerGroupMetadataKey
from kafkapy.protocol.messages.log_records.consumer_group_partition_metadata import (
    ConsumerGroupPartitionMetadataKey,
)
from kafkapy.protocol.messages.log_records.consumer_group_regular_expression import (
    ConsumerGroupRegularExpressionKey,
)
from kafkapy.protocol.messages.log_records.consumer_group_target_assignment_member import (
    ConsumerGroupTargetAssignmentMemberKey,
)
from kafkapy.protocol.messages.log_records.consumer_group_target_assignment_metadata import (
    ConsumerGroupTargetAssignmentMetadataKey,
)


def replay(groups: dict[str, Any], record: Record) -> None:
    """Apply a record to the group it names. A group comes into being with its first one; a deletion in a
    group that is not there, or is of another kind by now, says nothing.
    """
    group_id = record.key.group_id
    group = groups.get(group_id)
    if not isinstance(group, ConsumerGroup):
        if record.value is None or isinstance(record.key, ConsumerGroupPartitionMetadataKey):
            return
        group = groups[group_id] = ConsumerGroup(group_id)
    if record.value is None and isinstance(record.key, ConsumerGroupMetadataKey):
        del groups[group_id]
        return
    REPLAY[type(record.key)](group, record)


def _epoch(group: ConsumerGroup, record: Record) -> None:
    if record.value is not None:
        group.epoch = record.value.epoch
        group.metadata_hash = record.value.metadata_hash
        group.topics_changed = False


def _member(group: ConsumerGroup, record: Record) -> None:
    member_id = record.key.member_id
    if record.value is None:
        group.remove_member(member_id)
    else:
        group.put_profile(records.read_profile(member_id, record.value))


def _holding(group: ConsumerGroup, record: Record) -> None:
    member_id = record.key.member_id
    if record.value is None:
        group.remove_holding(member_id)
    else:
        group.put_holding(member_id, records.read_holding(record.value))


def _target(group: ConsumerGroup, record: Record) -> None:
    if record.value is None:
        group.targets.pop(record.key.member_id, None)
    else:
        group.targets[record.key.member_id] = records.read_target(record.value)


def _assignment_epoch(group: ConsumerGroup, record: Record) -> None:
    if record.value is not None:
        group.assignment_epoch = record.value.assignment_epoch
        group.assignment_timestamp_ms = record.value.assignment_timestamp


def _regular_expression(group: ConsumerGroup, record: Record) -> None:
    regex, value = record.key.regular_expression, record.value
    if value is None:
        group.regexes.pop(regex, None)
    else:
        group.regexes[regex] = ResolvedRegex(frozenset(value.topics), value.version, value.timestamp)


def _nothing(_group: ConsumerGroup, _record: Record) -> None:
    """The topics an older Kafka saw: the hash in the group's own record says whether they are the same."""


REPLAY: dict[type[Any], Callable[[ConsumerGroup, Record], None]] = {
    ConsumerGroupMetadataKey: _epoch,
    ConsumerGroupPartitionMetadataKey: _nothing,
    ConsumerGroupMemberMetadataKey: _member,
    ConsumerGroupTargetAssignmentMetadataKey: _assignment_epoch,
    ConsumerGroupTargetAssignmentMemberKey: _target,
    ConsumerGroupCurrentMemberAssignmentKey: _holding,
    ConsumerGroupRegularExpressionKey: _regular_expression,
}
