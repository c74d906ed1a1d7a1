"""What follows from a log's settings."""

from kafkapy.storage.log_config import LogConfig


def test_index_sizes_bound_their_entries() -> None:
    config = LogConfig(segment_index_bytes=100)
    assert (config.max_offset_index_entries, config.max_time_index_entries) == (12, 7)


def test_compacted_logs_roll_by_the_largest_lag_too() -> None:
    assert LogConfig(segment_ms=10, max_compaction_lag_ms=5).roll_after_ms == 10
    assert LogConfig(segment_ms=10, max_compaction_lag_ms=5, compact=True).roll_after_ms == 5
    assert LogConfig(segment_ms=10, max_compaction_lag_ms=50, compact=True).roll_after_ms == 10
