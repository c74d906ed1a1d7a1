"""Finding records by time: the first one not earlier than a time, and the first one of the latest time."""

from typing import NamedTuple

from kafkapy.records.batch import timestamps_of
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments


class TimestampAndOffset(NamedTuple):
    """One record: its timestamp (ms), its offset, and the leader epoch of its batch (-1 if unknown)."""

    timestamp: int
    offset: int
    leader_epoch: int


def first_at_or_after(segments: Segments, timestamp: int, log_start_offset: int) -> TimestampAndOffset | None:
    """The first record by offset, from `log_start_offset` on, whose timestamp is `timestamp` or later.

    Looks into compressed batches. Raises OSError, and KafkaError if a batch does not decompress.
    """
    for segment in segments:
        if segment.max_timestamp >= timestamp:
            found = _first_in(segment, timestamp, log_start_offset)
            if found is not None:
                return found
    return None


def first_of_latest(segments: Segments, log_start_offset: int) -> TimestampAndOffset | None:
    """The first record, from `log_start_offset` on, that has the
    largest timestamp (-1: none has any); None if there is no record.
    """
    latest = max((_latest_in(segment, log_start_offset) for segment in segments), default=-1)
    return first_at_or_after(segments, latest, log_start_offset)


def _latest_in(segment: Segment, log_start_offset: int) -> int:
    """The largest timestamp of the records from `log_start_offset` on, -1 if none has one."""
    if log_start_offset <= segment.base_offset:
        return segment.max_timestamp
    latest = -1
    for position, header in segment.headers(segment.position_of(log_start_offset)):
        if header.base_offset >= log_start_offset:
            latest = max(latest, header.max_timestamp)
        elif header.max_timestamp > latest:
            batch = segment.log.read(position, header.size_bytes)
            times = (time for offset, time in timestamps_of(batch, 0, header) if offset >= log_start_offset)
            latest = max(latest, max(times, default=-1))
    return latest


def _first_in(segment: Segment, timestamp: int, log_start_offset: int) -> TimestampAndOffset | None:
    start = segment.offset_index.position_before(segment.time_index.offset_before(timestamp))
    for position, header in segment.headers(start):
        if header.max_timestamp < timestamp or header.last_offset < log_start_offset:
            continue
        batch = segment.log.read(position, header.size_bytes)
        for offset, record_timestamp in timestamps_of(batch, 0, header):
            if record_timestamp >= timestamp and offset >= log_start_offset:
                return TimestampAndOffset(record_timestamp, offset, header.partition_leader_epoch)
    return None
