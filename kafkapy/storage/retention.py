"""Which old segments may go: a plan, made of numbers alone (Kafka's `UnifiedLog.deleteOldSegments`)."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple

from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.segments import Segments


class DeletionReason(Enum):
    """Why segments are deleted."""

    LOG_START = "all their records are below the log start offset"
    SIZE = "the log is larger than retention.bytes"
    TIME = "they are older than retention.ms"


class SegmentFacts(NamedTuple):
    """What retention asks of a segment; `largest_timestamp`
    is the file's time of change if no record has one.
    """

    size_bytes: int
    end_offset: int
    """Where the next segment begins, or the log ends."""
    largest_timestamp: int


def facts_of(segments: Segments, log_end_offset: int) -> list[SegmentFacts]:
    """Of all segments of a log, oldest first. Raises OSError."""
    ends = [*segments.bases[1:], log_end_offset]
    return [
        SegmentFacts(segment.size_bytes, end, segment.largest_timestamp)
        for segment, end in zip(segments, ends, strict=True)
    ]


def plan_deletion(
    segments: Sequence[SegmentFacts],
    config: LogConfig,
    *,
    log_start_offset: int,
    high_watermark: int,
    now_ms: int,
) -> list[DeletionReason]:
    """Why each of the oldest segments is to be deleted: as many reasons as segments, oldest first.

    Rules apply in Kafka's order, each to what the one before left over, and each stops at the first segment
    it does not fit. A segment that the high watermark has not passed stays, and so does an empty active
    segment.
    """
    reasons: list[DeletionReason] = []

    def apply(reason: DeletionReason, fits: Callable[[SegmentFacts], bool]) -> None:
        for segment in segments[len(reasons) :]:
            is_empty_active = segment is segments[-1] and not segment.size_bytes
            if is_empty_active or high_watermark < segment.end_offset or not fits(segment):
                return
            reasons.append(reason)

    apply(
        DeletionReason.LOG_START,
        lambda segment: segment is not segments[-1] and segment.end_offset <= log_start_offset,
    )
    if config.delete and config.retention_bytes >= 0:
        excess = _Excess(
            sum(segment.size_bytes for segment in segments[len(reasons) :]) - config.retention_bytes
        )
        apply(DeletionReason.SIZE, excess.takes)
    if config.delete and config.retention_ms >= 0:
        apply(DeletionReason.TIME, lambda segment: now_ms - segment.largest_timestamp > config.retention_ms)
    return reasons


class _Excess:
    """The bytes that a log is too large by: it shrinks towards the limit, never below."""

    def __init__(self, excess_bytes: int) -> None:
        self._bytes = excess_bytes

    def takes(self, segment: SegmentFacts) -> bool:
        if self._bytes < segment.size_bytes:
            return False
        self._bytes -= segment.size_bytes
        return True
