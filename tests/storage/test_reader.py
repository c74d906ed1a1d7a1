"""Where a fetch begins and ends, in logs with gaps too."""

import pytest

from kafkapy.records.batch import read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.reader import out_of_range
from tests.storage.log_harness import NOW_MS, LogHarness


@pytest.fixture
def gaps(log: LogHarness) -> LogHarness:
    """Batches of two records at 10, 20... 90, as compaction leaves them, in segments from 0, 32 and 62 on."""
    for offset in range(10, 100, 10):
        if offset in (40, 70):
            log.log.roll(NOW_MS)
        batch = build_batch(
            [NewRecord(b"k", b"v" * 50, NOW_MS)] * 2, base_offset=offset, partition_leader_epoch=0
        )
        log.append_batch(batch, AppendOrigin.REPLICATION)
    return log


def first_offset(log: LogHarness, offset: int, *, up_to: int | None = None) -> int:
    bound = log.log.log_end_offset if up_to is None else up_to
    return log.log.read(offset, max_bytes=1, up_to=bound, at_least_one_batch=True).first_offset


@pytest.mark.parametrize(
    ("offset", "found"),
    [(0, 10), (10, 10), (11, 10), (12, 20), (29, 30), (32, 40), (39, 40), (65, 70), (91, 90)],
)
def test_an_offset_that_is_gone_gives_the_next_batch_that_is_there(
    gaps: LogHarness, offset: int, found: int
) -> None:
    assert gaps.log.segment_bases == [0, 32, 62]
    assert first_offset(gaps, offset) == found


def test_the_next_batch_must_be_below_the_bound(gaps: LogHarness) -> None:
    assert first_offset(gaps, 32, up_to=40) == -1
    assert first_offset(gaps, 32, up_to=42) == 40


def test_a_reader_gets_through_all_gaps(gaps: LogHarness) -> None:
    expected = [offset for base in range(10, 100, 10) for offset in (base, base + 1)]
    for max_bytes in (1, 300, 1 << 20):
        assert [record.offset for record in gaps.read_all(max_bytes=max_bytes)] == expected


def test_where_a_read_ended_the_next_begins_without_a_search(log: LogHarness) -> None:
    log.fill(10)
    size = len(log.read_raw(0, 1))
    log.read_raw(0, 4 * size)
    segment = log.log._local.segments.active
    assert segment.hints[4] == 4 * size
    assert read_header(log.read_raw(4, 1)).base_offset == 4
    assert segment.hints[5] == 5 * size


def test_hints_do_not_survive_a_truncation(log: LogHarness) -> None:
    log.fill(10)
    log.read_raw(0)
    log.log.truncate_to(5, NOW_MS)
    log.append(b"short")
    log.append(b"short")
    log.fill(5)
    assert [record.offset for record in log.read_all(max_bytes=1)] == list(range(12))


def test_the_refusal_says_what_the_log_has() -> None:
    assert "offset 7, but we only have log segments from offset 8 up to 9" in out_of_range(7, 8, 9).detail
