"""The settings that one partition's log needs, under the names of the topic configs."""

from dataclasses import dataclass

_NEVER = 0x7FFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class LogConfig:
    """Topic-level values; the defaults are Kafka's."""

    segment_bytes: int = 1024 * 1024 * 1024
    segment_ms: int = 7 * 24 * 3600 * 1000
    segment_jitter_ms: int = 0
    segment_index_bytes: int = 10 * 1024 * 1024
    index_interval_bytes: int = 4096
    preallocate: bool = False
    flush_messages: int = _NEVER
    flush_ms: int = _NEVER
    retention_bytes: int = -1
    retention_ms: int = 7 * 24 * 3600 * 1000
    file_delete_delay_ms: int = 60_000
    delete: bool = True
    """Whether cleanup.policy names `delete`."""
    compact: bool = False
    """Whether cleanup.policy names `compact`."""
    max_compaction_lag_ms: int = _NEVER
    producer_id_expiration_ms: int = 24 * 3600 * 1000
    """A setting of the broker, not of the topic."""

    @property
    def roll_after_ms(self) -> int:
        """The age at which the active segment is closed, before jitter."""
        return min(self.segment_ms, self.max_compaction_lag_ms) if self.compact else self.segment_ms

    @property
    def max_offset_index_entries(self) -> int:
        return self.segment_index_bytes // 8

    @property
    def max_time_index_entries(self) -> int:
        """One entry is always left for the final one, which a roll appends."""
        return self.segment_index_bytes // 12 - 1
