"""Offsets by time, and the special ones (ListOffsets)."""

from typing import NamedTuple

from kafkapy.broker.partition import Partition

LATEST = -1
EARLIEST = -2
MAX_TIMESTAMP = -3
EARLIEST_LOCAL = -4

NO_TIMESTAMP = -1


class FoundOffset(NamedTuple):
    """A record's timestamp (ms, -1 where none is meant), its offset and its leader epoch (-1 unknown)."""

    timestamp: int
    offset: int
    leader_epoch: int


def find_offset(partition: Partition, timestamp: int, *, read_committed: bool) -> FoundOffset | None:
    """The first record at or after `timestamp` (ms), or what a special timestamp stands for; None when there
    is none.

    Nothing at or above the high watermark (the last stable offset for a reader of committed data) is found.
    Source: Kafka's `Partition.fetchOffsetForTimestamp`.
    """
    log = partition.log
    end = partition.last_stable_offset if read_committed else partition.high_watermark
    if timestamp == LATEST:
        return FoundOffset(NO_TIMESTAMP, end, partition.leader_epoch)
    if timestamp in (EARLIEST, EARLIEST_LOCAL):
        start = log.log_start_offset
        return FoundOffset(NO_TIMESTAMP, start, log.leader_epochs.epoch_at(start))
    if timestamp < MAX_TIMESTAMP:
        return None
    found = (
        log.offset_of_max_timestamp() if timestamp == MAX_TIMESTAMP else log.offset_for_timestamp(timestamp)
    )
    if found is None or found.offset >= end:
        return None
    return FoundOffset(found.timestamp, found.offset, found.leader_epoch)
