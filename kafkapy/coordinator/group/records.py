"""The records of `__consumer_offsets` that kafkapy reads and writes, in the versions that Kafka 4.3 writes.

Those of consumer groups are in `consumer/records.py`; other types are left in the log as they are.
"""

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.consumer import records as consumer_records
from kafkapy.protocol.messages.log_records.framing import CoordinatorRecords, Pair
from kafkapy.protocol.messages.log_records.group_metadata import GroupMetadataKey, GroupMetadataValue
from kafkapy.protocol.messages.log_records.legacy_offset_commit import (
    LegacyOffsetCommitKey,
    LegacyOffsetCommitValue,
)
from kafkapy.protocol.messages.log_records.offset_commit import OffsetCommitKey, OffsetCommitValue

GROUP_METADATA_VERSION = 3
OFFSET_COMMIT_VERSION = 4
OFFSET_COMMIT_VERSION_WITH_EXPIRY = 1

RECORDS = CoordinatorRecords(
    [
        Pair(LegacyOffsetCommitKey, LegacyOffsetCommitValue),
        Pair(OffsetCommitKey, OffsetCommitValue),
        Pair(GroupMetadataKey, GroupMetadataValue),
        *consumer_records.PAIRS,
    ]
)


def group_metadata(group_id: str, value: GroupMetadataValue) -> Record:
    return Record(GroupMetadataKey(group=group_id), value, GROUP_METADATA_VERSION)


def empty_group(group_id: str, now_ms: int) -> Record:
    """What Kafka writes when a group comes into being, before it has members."""
    value = GroupMetadataValue(
        protocol_type="", generation=0, protocol=None, leader=None, current_state_timestamp=now_ms, members=[]
    )
    return group_metadata(group_id, value)


def group_tombstone(group_id: str) -> Record:
    return Record(GroupMetadataKey(group=group_id), None)


def offset_commit(group_id: str, topic: str, partition: int, value: OffsetCommitValue) -> Record:
    """An offset with an expiry time of its own has only one version that can say so."""
    version = OFFSET_COMMIT_VERSION if value.expire_timestamp == -1 else OFFSET_COMMIT_VERSION_WITH_EXPIRY
    return Record(OffsetCommitKey(group=group_id, topic=topic, partition=partition), value, version)


def offset_tombstone(group_id: str, topic: str, partition: int) -> Record:
    return Record(OffsetCommitKey(group=group_id, topic=topic, partition=partition), None)
