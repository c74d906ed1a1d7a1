"""When the active segment is closed and a new one begins (Kafka's `LogSegment.shouldRoll`)."""

from zlib import crc32

from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.segment import MAX_RELATIVE_OFFSET, Segment


def must_roll(
    segment: Segment, config: LogConfig, batch_bytes: int, max_timestamp: int, last_offset: int, now_ms: int
) -> bool:
    """Whether an append of `batch_bytes` whose records end with `last_offset` needs a new segment.

    An idle segment never rolls by itself: only an append asks. Time counts in record timestamps from the
    segment's first batch or, if that has none, by the wall clock.
    """
    size = segment.log.size
    if not size:
        return last_offset - segment.base_offset > MAX_RELATIVE_OFFSET
    first_timestamp = segment.first_timestamp
    age_ms = max_timestamp - first_timestamp if first_timestamp >= 0 else now_ms - segment.created_ms
    limit_ms = config.roll_after_ms
    if config.segment_jitter_ms:
        limit_ms -= jitter_ms(segment, config)
    return (
        size + batch_bytes > config.segment_bytes
        or age_ms > limit_ms
        or last_offset - segment.base_offset > MAX_RELATIVE_OFFSET
        or len(segment.offset_index.entries) >= config.max_offset_index_entries
        or len(segment.time_index.entries) >= config.max_time_index_entries
    )


def jitter_ms(segment: Segment, config: LogConfig) -> int:
    """How much earlier than others this segment rolls, so
    that the partitions of a topic do not all roll at once.
    """
    jitter = min(config.segment_jitter_ms, config.roll_after_ms)
    return crc32(f"{segment.directory}/{segment.base_offset}".encode()) % jitter
