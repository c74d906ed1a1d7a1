"""When a new segment begins."""

from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.placement import Placed
from kafkapy.storage.roll_policy import jitter_ms, must_roll
from kafkapy.storage.segment import Segment

NOW_MS = 1_700_000_000_000
CONFIG = LogConfig(segment_bytes=1000, segment_ms=5000)


def segment_with(files: MemoryFiles, timestamp: int = NOW_MS, base_offset: int = 0) -> Segment:
    """One batch, whose header and index claim `timestamp`."""
    segment = Segment.create(files, "/data", base_offset, NOW_MS)
    batch = build_batch([NewRecord(None, b"v" * 100, timestamp)], base_offset=base_offset)
    segment.append(batch, [Placed(base_offset, timestamp, len(batch))], 0)
    return segment


def rolls(
    segment: Segment,
    config: LogConfig = CONFIG,
    *,
    size: int = 100,
    time: int = NOW_MS,
    last: int = 1,
    now: int = NOW_MS,
) -> bool:
    return must_roll(segment, config, size, time, last, now)


def test_a_segment_takes_batches_up_to_its_size(memory_files: MemoryFiles) -> None:
    segment = segment_with(memory_files)
    room = CONFIG.segment_bytes - segment.size_bytes
    assert not rolls(segment, size=room)
    assert rolls(segment, size=room + 1)


def test_an_empty_segment_takes_anything(memory_files: MemoryFiles) -> None:
    segment = Segment.create(memory_files, "/data", 0, NOW_MS)
    assert not rolls(segment, size=100_000, time=NOW_MS * 2, now=NOW_MS * 2)


def test_age_counts_in_record_time_from_the_first_batch(memory_files: MemoryFiles) -> None:
    segment = segment_with(memory_files)
    assert not rolls(segment, time=NOW_MS + 5000, now=NOW_MS * 2)
    assert rolls(segment, time=NOW_MS + 5001)


def test_without_timestamps_age_counts_by_the_clock(memory_files: MemoryFiles) -> None:
    segment = segment_with(memory_files, timestamp=-1)
    assert not rolls(segment, time=-1, now=NOW_MS + 5000)
    assert rolls(segment, time=-1, now=NOW_MS + 5001)


def test_offsets_that_do_not_fit_the_index_need_a_new_segment(memory_files: MemoryFiles) -> None:
    segment = segment_with(memory_files, base_offset=10)
    assert not rolls(segment, last=10 + 2**31 - 1)
    assert rolls(segment, last=10 + 2**31)
    empty = Segment.create(memory_files, "/data", 50, NOW_MS)
    assert rolls(empty, last=50 + 2**31)


def test_a_full_index_needs_a_new_segment(memory_files: MemoryFiles) -> None:
    segment = segment_with(memory_files)
    for number in range(1, 4):
        segment.offset_index.append(number, number * 100)
    assert not rolls(segment, LogConfig(segment_index_bytes=48))
    assert rolls(segment, LogConfig(segment_index_bytes=31))
    for number in range(1, 4):
        segment.time_index.append(NOW_MS + number, number)
    assert not rolls(segment, LogConfig(segment_index_bytes=60))
    assert rolls(segment, LogConfig(segment_index_bytes=48))


def test_compacted_logs_roll_before_the_largest_lag_too(memory_files: MemoryFiles) -> None:
    segment = segment_with(memory_files)
    config = LogConfig(segment_ms=5000, max_compaction_lag_ms=100, compact=True)
    assert rolls(segment, config, time=NOW_MS + 101)
    assert not rolls(segment, LogConfig(segment_ms=5000, max_compaction_lag_ms=100), time=NOW_MS + 101)


def test_jitter_rolls_some_segments_earlier_and_always_the_same(memory_files: MemoryFiles) -> None:
    config = LogConfig(segment_ms=5000, segment_jitter_ms=2000)
    segments = [segment_with(memory_files, base_offset=base) for base in range(20)]
    jitters = [jitter_ms(segment, config) for segment in segments]
    assert all(0 <= jitter < 2000 for jitter in jitters)
    assert len(set(jitters)) > 10
    assert rolls(segments[3], config, time=NOW_MS + 5001 - jitters[3])
    assert not rolls(segments[3], config, time=NOW_MS + 5000 - jitters[3], last=4)
