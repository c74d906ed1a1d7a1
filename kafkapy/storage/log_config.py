"""The settings that one partition's log needs, under the names of the topic configs."""

from dataclasses import dataclass, field

NEVER = 0x7FFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class LogConfig:
    """Topic-level values; the defaults are Kafka's."""

    segment_bytes: int = 1024 * 1024 * 1024
    segment_ms: int = 7 * 24 * 3600 * 1000
    segment_jitter_ms: int = 0
    segment_index_bytes: int = 10 * 1024 * 1024
    index_interval_bytes: int = 4096
    preallocate: bool = False
    flush_messages: int = NEVER
    flush_ms: int = NEVER
    retention_bytes: int = -1
    retention_ms: int = 7 * 24 * 3600 * 1000
    file_delete_delay_ms: int = 60_000
    delete: bool = True
    """Whether cleanup.policy names `delete`."""
    compact: bool = False
    """Whether cleanup.policy names `compact`."""
    min_cleanable_dirty_ratio: float = 0.5
    min_compaction_lag_ms: int = 0
    max_compaction_lag_ms: int = NEVER
    delete_retention_ms: int = 24 * 3600 * 1000
    producer_id_expiration_ms: int = 24 * 3600 * 1000
    """A setting of the broker, not of the topic."""

    roll_after_ms: int = field(init=False)
    """The age at which the active segment is closed, before jitter."""
    max_offset_index_entries: int = field(init=False)
    max_time_index_entries: int = field(init=False)
    """One entry is always left for the final one, which a roll appends."""

    def __post_init__(self) -> None:
        after_ms = min(self.segment_ms, self.max_compaction_lag_ms) if self.compact else self.segment_ms
        object.__setattr__(self, "roll_after_ms", after_ms)
        object.__setattr__(self, "max_offset_index_entries", self.segment_index_bytes // 8)
        object.__setattr__(self, "max_time_index_entries", self.segment_index_bytes // 12 - 1)
