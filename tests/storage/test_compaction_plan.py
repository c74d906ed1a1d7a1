"""What of a log can be compacted, when it is worth it, and which segments become one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kafkapy.storage.compaction_plan import Dirt, SegmentSizes, group_segments
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from tests.storage.compaction_harness import COMPACTED, CompactedLog
from tests.storage.conftest import Place
from tests.storage.log_harness import TOPIC_ID


@pytest.fixture
def log(place: Place) -> Iterator[CompactedLog]:
    """Three closed segments of two records each, a second apart, and an active one."""
    harness = CompactedLog(place.files, place.path)
    for number in range(4):
        harness.put(("a", f"{number}"), ("b", f"{number}"))
        if number < 3:
            harness.roll()
        harness.now_ms += 1000
    yield harness
    harness.close()
    assert harness.check() == []


def test_a_log_that_was_never_compacted_is_dirty_up_to_its_active_segment(log: CompactedLog) -> None:
    size = log.log.segments.first.size_bytes
    assert log.dirt == Dirt(0, 6, 0, 3 * size, False)
    assert log.dirt.ratio == 1.0


def test_what_has_been_compacted_is_clean(log: CompactedLog) -> None:
    log.compact()
    assert log.dirt.ratio == 0.0
    assert not log.dirt.is_worth_it(log.config)
    log.put(("a", "x" * 1000))
    log.roll()
    assert log.dirt.first_dirty_offset == 8
    assert log.dirt.ratio > 0.5
    assert log.dirt.is_worth_it(log.config)


def test_an_open_transaction_keeps_its_segment_from_compaction(log: CompactedLog) -> None:
    log.put(("c", "1"), producer_id=7, transactional=True)
    log.roll()
    log.put(("c", "2"))
    log.roll()
    assert log.dirt.first_uncleanable_offset == 6


def test_what_is_younger_than_the_least_lag_stays(log: CompactedLog) -> None:
    log.configure(replace(COMPACTED, min_compaction_lag_ms=2500))
    assert log.dirt.first_uncleanable_offset == 4
    log.now_ms += 1000
    assert log.dirt.first_uncleanable_offset == 6


def test_what_is_older_than_the_greatest_lag_is_compacted_whatever_the_ratio(log: CompactedLog) -> None:
    config = replace(COMPACTED, max_compaction_lag_ms=5000, min_cleanable_dirty_ratio=1.0)
    log.configure(config)
    assert not log.dirt.is_worth_it(config)
    log.now_ms += 2000
    assert log.dirt.is_worth_it(config)


def test_a_checkpoint_outside_the_log_counts_no_more(log: CompactedLog) -> None:
    log.compact()
    log.log.truncate_fully_and_start_at(3, log.now_ms)
    log.put(("a", "1"))
    assert log.dirt.first_dirty_offset == 3
    log.directories.directories[0].compacted_job(log.log, 100)()
    assert log.dirt.first_dirty_offset == 3
    log.directories.directories[0].compacted_job(log.log, 3)()


def test_a_log_start_above_the_checkpoint_is_where_the_dirt_begins(log: CompactedLog) -> None:
    log.log.delete_records_before(3, LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION)
    assert log.dirt.first_dirty_offset == 3


def test_the_checkpoint_is_a_file_that_kafka_reads(log: CompactedLog) -> None:
    log.compact()
    assert log.files.read(f"{log.path}/cleaner-offset-checkpoint") == b"0\n1\ntopic 0 8\n"


def test_the_checkpoint_goes_with_its_log(log: CompactedLog) -> None:
    log.compact()
    log.directories.delete_log(log.log, unique=bytes(16), now_ms=log.now_ms)
    log.log = log.directories.create_log("topic", 0, topic_id=TOPIC_ID, config=log.config, now_ms=log.now_ms)
    for number in range(10):
        log.put(("a", f"{number}"))
    assert log.dirt.first_dirty_offset == 0


CONFIG = LogConfig(segment_bytes=100, segment_index_bytes=50)


@pytest.mark.parametrize(
    ("sizes", "grouped"),
    [
        ([(40, 1, 1), (60, 1, 1), (1, 1, 1)], [2, 1]),
        ([(101, 1, 1), (1, 1, 1)], [1, 1]),
        ([(1, 30, 1), (1, 20, 1), (1, 1, 1)], [2, 1]),
        ([(1, 1, 30), (1, 1, 30), (1, 1, 1)], [1, 2]),
        ([(0, 0, 0), (100, 1, 1), (0, 0, 0)], [3]),
    ],
)
def test_neighbours_that_fit_into_one_segment_become_one(
    sizes: list[tuple[int, int, int]], grouped: list[int]
) -> None:
    segments = [SegmentSizes(index * 10, *each) for index, each in enumerate(sizes)]
    assert [len(group) for group in group_segments(segments, CONFIG, 30)] == grouped


def test_a_group_spans_no_more_offsets_than_an_index_can_tell() -> None:
    segments = [SegmentSizes(base, 1, 1, 1) for base in (0, 10, 2**31 - 5)]
    assert [len(group) for group in group_segments(segments, CONFIG, 2**31)] == [3]
    assert [len(group) for group in group_segments(segments, CONFIG, 2**31 + 1)] == [2, 1]
