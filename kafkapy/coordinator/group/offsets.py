"""Committed offsets of the groups of one shard, and those of
open transactions, which nobody sees until they commit.
"""

from collections.abc import Iterator
from typing import NamedTuple

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.records import offset_commit, offset_tombstone
from kafkapy.protocol.messages.log_records.offset_commit import OffsetCommitValue

NO_TRANSACTION = -1


class CommittedOffset(NamedTuple):
    """`expire_timestamp_ms` is -1 but for clients that set a retention of their own (OffsetCommit v2-4);
    `record_offset` is where in the log the commit is."""

    offset: int
    leader_epoch: int
    metadata: str
    commit_timestamp_ms: int
    expire_timestamp_ms: int
    topic_id: bytes
    record_offset: int


class OffsetToCommit(NamedTuple):
    """One partition of an OffsetCommit; the topic id is zero where the client's version has none."""

    topic: str
    topic_id: bytes
    partition: int
    offset: int
    leader_epoch: int
    metadata: str | None


TopicOffsets = dict[str, dict[int, CommittedOffset]]
"""By topic and partition."""


class OffsetStore:
    """Hard state: `committed` by group, `pending` by producer id and group."""

    def __init__(self) -> None:
        self.committed: dict[str, TopicOffsets] = {}
        self.pending: dict[int, dict[str, TopicOffsets]] = {}

    # -- questions -----------------------------------------------------------------------------------------

    def of_group(self, group_id: str) -> TopicOffsets:
        return self.committed.get(group_id, {})

    def find(self, group_id: str, topic: str, partition: int) -> CommittedOffset | None:
        return self.committed.get(group_id, {}).get(topic, {}).get(partition)

    def is_pending(self, group_id: str, topic: str, partition: int) -> bool:
        """Whether an open transaction holds an offset for the partition."""
        return any(partition in groups.get(group_id, {}).get(topic, {}) for groups in self.pending.values())

    def has_open_transaction(self, group_id: str) -> bool:
        return any(group_id in groups for groups in self.pending.values())

    def tombstones(self, group_id: str) -> Iterator[Record]:
        """Records that delete all offsets of a group, pending ones too."""
        partitions = {
            (topic, partition): None
            for offsets in self._stores(group_id)
            for topic, by_partition in offsets.items()
            for partition in by_partition
        }
        return (offset_tombstone(group_id, topic, partition) for topic, partition in partitions)

    def tombstones_of_topic(self, topic: str) -> Iterator[Record]:
        """Records that delete the offsets of all groups in a topic."""
        partitions = {
            (group_id, partition): None
            for groups in (self.committed, *self.pending.values())
            for group_id, offsets in groups.items()
            for partition in offsets.get(topic, ())
        }
        return (offset_tombstone(group_id, topic, partition) for group_id, partition in partitions)

    # -- replay --------------------------------------------------------------------------------------------

    def put(
        self, group_id: str, topic: str, partition: int, value: CommittedOffset, producer_id: int
    ) -> None:
        groups = self.committed
        if producer_id != NO_TRANSACTION:
            groups = self.pending.setdefault(producer_id, {})
        groups.setdefault(group_id, {}).setdefault(topic, {})[partition] = value

    def remove(self, group_id: str, topic: str, partition: int) -> None:
        for groups in (self.committed, *self.pending.values()):
            _remove(groups, group_id, topic, partition)

    def end_transaction(self, producer_id: int, *, commit: bool) -> None:
        groups = self.pending.pop(producer_id, {})
        if not commit:
            return
        for group_id, topics in groups.items():
            for topic, partitions in topics.items():
                for partition, value in partitions.items():
                    present = self.find(group_id, topic, partition)
                    # A plain commit may have come later than the transaction's; compaction keeps either.
                    if present is None or present.record_offset < value.record_offset:
                        self.put(group_id, topic, partition, value, NO_TRANSACTION)

    def _stores(self, group_id: str) -> Iterator[TopicOffsets]:
        for groups in (self.committed, *self.pending.values()):
            if group_id in groups:
                yield groups[group_id]


def commit_record(group_id: str, wanted: OffsetToCommit, *, now_ms: int, retention_ms: int) -> Record:
    """The record of one committed offset; `retention_ms` is -1 where the broker's retention holds."""
    return offset_commit(
        group_id,
        wanted.topic,
        wanted.partition,
        OffsetCommitValue(
            offset=wanted.offset,
            leader_epoch=wanted.leader_epoch,
            metadata=wanted.metadata or "",
            commit_timestamp=now_ms,
            expire_timestamp=-1 if retention_ms == -1 else now_ms + retention_ms,
            topic_id=wanted.topic_id,
        ),
    )


def committed_offset(value: OffsetCommitValue, record_offset: int) -> CommittedOffset:
    return CommittedOffset(
        value.offset,
        value.leader_epoch,
        value.metadata,
        value.commit_timestamp,
        value.expire_timestamp,
        value.topic_id,
        record_offset,
    )


def _remove(groups: dict[str, TopicOffsets], group_id: str, topic: str, partition: int) -> None:
    topics = groups.get(group_id)
    if topics is None or topic not in topics:
        return
    topics[topic].pop(partition, None)
    if not topics[topic]:
        del topics[topic]
    if not topics:
        del groups[group_id]
