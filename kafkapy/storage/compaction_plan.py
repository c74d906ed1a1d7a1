"""Which log to compact, and which of its segments: decided from numbers alone.

The part of a log below the first dirty offset has been compacted before; what follows, up to the first
segment that must stay as it is, can be. Source: Kafka's `LogCleanerManager`, `Cleaner.groupSegmentsBySize`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kafkapy.storage.log_config import NEVER, LogConfig
from kafkapy.storage.segment import MAX_RELATIVE_OFFSET, Segment
from kafkapy.storage.segments import Segments
from kafkapy.storage.transaction_index import AbortedTransaction


class Dirt(NamedTuple):
    """What of a log can be compacted. `is_overdue`: `max.compaction.lag.ms` has passed."""

    first_dirty_offset: int
    first_uncleanable_offset: int
    """Where the first segment begins that must stay as it is."""
    clean_bytes: int
    cleanable_bytes: int
    is_overdue: bool

    @property
    def ratio(self) -> float:
        """The share of the bytes that may be compacted which has not been compacted yet."""
        total = self.clean_bytes + self.cleanable_bytes
        return self.cleanable_bytes / total if total else 0.0

    def is_worth_it(self, config: LogConfig) -> bool:
        return self.ratio > config.min_cleanable_dirty_ratio or (self.is_overdue and self.cleanable_bytes > 0)


class LastRecord(NamedTuple):
    """What must stay of a producer: the batch that ends with
    this offset or, if it is None, its markers of this epoch.
    """

    last_offset: int | None
    epoch: int


@dataclass(frozen=True, slots=True)
class MapBounds:
    """The memory of one pass: of its map from keys to offsets, and of its reads."""

    map_bytes: int
    load_factor: float
    read_bytes: int


@dataclass(frozen=True, slots=True)
class CompactionPass:
    """All that the work on one log needs to know; its segments are closed and do not change meanwhile.

    `base_offsets` are those of all segments below `first_uncleanable_offset`; `aborted` and `last_records`
    are those of the log, as they were when the pass was planned.
    """

    path: str
    base_offsets: tuple[int, ...]
    first_dirty_offset: int
    first_uncleanable_offset: int
    aborted: tuple[AbortedTransaction, ...]
    last_records: Mapping[int, LastRecord]
    config: LogConfig
    bounds: MapBounds
    now_ms: int


class SegmentSizes(NamedTuple):
    """A closed segment and the bytes of its files."""

    base_offset: int
    log_bytes: int
    offset_index_bytes: int
    time_index_bytes: int


def measure_dirt(
    segments: Segments,
    config: LogConfig,
    *,
    checkpoint: int | None,
    log_start_offset: int,
    log_end_offset: int,
    last_stable_offset: int,
    now_ms: int,
) -> Dirt:
    """`checkpoint` is how far the log has been compacted; it counts no more once it lies outside the log.

    Nothing is compacted from the active segment, the last stable offset or the first segment younger than
    `min.compaction.lag.ms` on, whichever comes first. Raises OSError.
    """
    first_dirty = log_start_offset
    if checkpoint is not None and log_start_offset <= checkpoint <= log_end_offset:
        first_dirty = checkpoint
    active_base = segments.active.base_offset
    dirty = [segment for segment in segments.reaching(first_dirty) if segment is not segments.active]
    bound = min(last_stable_offset, active_base)
    if config.min_compaction_lag_ms > 0:
        latest = now_ms - config.min_compaction_lag_ms
        young = (segment.base_offset for segment in dirty if segment.largest_timestamp > latest)
        bound = min(bound, next(young, bound))
    bound = max(bound, first_dirty)
    holder = segments.floor(bound) if bound < active_base else None
    first_uncleanable = active_base if holder is None else holder.base_offset
    return Dirt(
        first_dirty,
        first_uncleanable,
        sum(segment.size_bytes for segment in segments if segment.base_offset < first_dirty),
        sum(segment.size_bytes for segment in dirty if segment.base_offset < first_uncleanable),
        _is_overdue(dirty, config, now_ms),
    )


def _is_overdue(dirty: Sequence[Segment], config: LogConfig, now_ms: int) -> bool:
    latest = now_ms - config.max_compaction_lag_ms
    if latest <= 0:
        return False
    times = (segment.first_timestamp for segment in dirty)
    return min((time for time in times if time > 0), default=NEVER) < latest


def group_segments(
    segments: Sequence[SegmentSizes], config: LogConfig, first_uncleanable_offset: int
) -> list[list[SegmentSizes]]:
    """Neighbours that fit into one segment, however little of them goes: each group becomes one segment."""
    groups: list[list[SegmentSizes]] = []
    log_bytes = offset_index_bytes = time_index_bytes = 0
    ends = [*(segment.base_offset for segment in segments[1:]), first_uncleanable_offset]
    for segment, end in zip(segments, ends, strict=True):
        log_bytes += segment.log_bytes
        offset_index_bytes += segment.offset_index_bytes
        time_index_bytes += segment.time_index_bytes
        if (
            groups
            and log_bytes <= config.segment_bytes
            and max(offset_index_bytes, time_index_bytes) <= config.segment_index_bytes
            and (not segment.log_bytes or end - 1 - groups[-1][0].base_offset <= MAX_RELATIVE_OFFSET)
        ):
            groups[-1].append(segment)
        else:
            groups.append([segment])
            _, log_bytes, offset_index_bytes, time_index_bytes = segment
    return groups
