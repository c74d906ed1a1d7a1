"""When committed offsets, and then their groups, are no longer kept (KIP-211)."""

from kafkapy.coordinator.decision import Record
from kafkapy.coordinator.group.groups import Group
from kafkapy.coordinator.group.offsets import CommittedOffset, OffsetStore
from kafkapy.coordinator.group.records import offset_tombstone


def expired_records(group: Group, store: OffsetStore, retention_ms: int, now_ms: int) -> list[Record]:
    """Tombstones of the offsets a group need not keep, and of a group that is empty and keeps none."""
    group_id = group.group_id
    records: list[Record] = []
    kept = 0
    for topic, partitions in store.of_group(group_id).items():
        is_subscribed = group.subscribes_to(topic)
        for partition, value in partitions.items():
            if (
                is_subscribed
                or not _is_expired(group, value, retention_ms, now_ms)
                or store.is_pending(group_id, topic, partition)
            ):
                kept += 1
            else:
                records.append(offset_tombstone(group_id, topic, partition))
    if not kept and group.is_empty and not store.has_open_transaction(group_id):
        records += group.tombstones()
    return records


def _is_expired(group: Group, value: CommittedOffset, retention_ms: int, now_ms: int) -> bool:
    since_ms = group.offsets_age_since(value.commit_timestamp_ms)
    if since_ms is None:
        return False
    if value.expire_timestamp_ms != -1:
        return now_ms >= value.expire_timestamp_ms
    return now_ms - since_ms >= retention_ms
