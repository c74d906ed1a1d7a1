"""Looking for records by time."""

import pytest

from kafkapy.records.compression import Compression
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from tests.storage.log_harness import NOW_MS, LogHarness

DELETION = LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION


def found(log: LogHarness, after_ms: int) -> tuple[int, int, int] | None:
    """(ms after NOW_MS, offset, epoch) of the first record that is as late."""
    result = log.log.offset_for_timestamp(NOW_MS + after_ms)
    return None if result is None else (result.timestamp - NOW_MS, result.offset, result.leader_epoch)


def test_the_first_record_that_is_late_enough_is_found(log: LogHarness) -> None:
    log.epoch = 4
    for number in range(50):
        log.append(b"v" * 100, timestamp=NOW_MS + 10 * number)
    for number in range(50):
        assert found(log, 10 * number) == (10 * number, number, 4)
        assert found(log, 10 * number - 9) == (10 * number, number, 4)
    assert found(log, 491) is None


@pytest.mark.parametrize("compression", [Compression.NONE, Compression.GZIP, Compression.ZSTD])
def test_the_record_is_found_inside_its_batch(log: LogHarness, compression: Compression) -> None:
    times = [NOW_MS + 5, NOW_MS + 9, NOW_MS + 7]
    log.append(b"a", b"b", b"c", timestamps=times, compression=compression)
    assert found(log, 6) == (9, 1, 0)
    assert found(log, 0) == (5, 0, 0)


def test_when_time_goes_back_the_first_by_offset_counts(log: LogHarness) -> None:
    for after_ms in (100, 50, 200, 10):
        log.append(b"x" * 900, timestamp=NOW_MS + after_ms)
        log.append(b"y" * 900, timestamp=NOW_MS + after_ms)
    assert found(log, 20) == (100, 0, 0)
    assert found(log, 101) == (200, 4, 0)


def test_deleted_records_are_not_found(log: LogHarness) -> None:
    log.append(b"a", b"b", timestamps=[NOW_MS + 50, NOW_MS + 10])
    log.append(b"c", timestamp=NOW_MS + 60)
    log.log.delete_records_before(1, DELETION)
    assert found(log, 20) == (60, 2, 0)
    assert found(log, 5) == (10, 1, 0)


def test_the_first_record_of_the_latest_time_is_found(log: LogHarness) -> None:
    assert log.log.offset_of_max_timestamp() is None
    log.append(b"a", b"b", b"c", timestamps=[NOW_MS, NOW_MS + 9, NOW_MS + 9])
    log.append(b"d", timestamp=NOW_MS + 9)
    latest = log.log.offset_of_max_timestamp()
    assert latest is not None
    assert (latest.timestamp, latest.offset) == (NOW_MS + 9, 1)


def test_the_latest_time_is_that_of_the_records_that_are_left(log: LogHarness) -> None:
    log.append(b"a", b"b", b"c", timestamps=[NOW_MS + 90, NOW_MS + 5, NOW_MS + 7])
    log.append(b"d", timestamp=NOW_MS + 6)
    log.log.delete_records_before(1, DELETION)
    latest = log.log.offset_of_max_timestamp()
    assert latest is not None
    assert (latest.timestamp, latest.offset) == (NOW_MS + 7, 2)


def test_where_no_record_has_a_time_the_first_is_the_latest(log: LogHarness) -> None:
    log.append(b"a", b"b", timestamp=-1)
    assert log.log.offset_of_max_timestamp() == (-1, 0, 0)
