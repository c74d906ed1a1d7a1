"""What was damaged while no process held the files is not passed on."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.storage import doubt
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.names import LOG, file_name
from tests.storage.log_harness import LogHarness
from tests.storage.test_log import refused


@pytest.fixture
def log() -> LogHarness:
    """Five batches of one size, all below the recovery point; nobody looks for damage afterwards."""
    harness = LogHarness(MemoryFiles(), "/data", LogConfig())
    harness.fill(5)
    harness.log.flush()
    return harness


def damage_and_start(log: LogHarness, position: int, *, cleanly: bool = True) -> None:
    """Stop, change one byte of the segment, start again."""
    if cleanly:
        log.close()
    else:
        log.directories.abandon()
    file = log.files.open(f"{log.partition_path}/{file_name(0, LOG)}")
    byte = file.read(position, 1)
    file.write_at(position, bytes([byte[0] ^ 1]))
    log.open()


@pytest.mark.parametrize("cleanly", [True, False])
@pytest.mark.parametrize("at", [22, 65])  # in the attributes, in a record
def test_a_batch_that_was_damaged_below_the_recovery_point_is_not_read(
    log: LogHarness, cleanly: bool, at: int
) -> None:
    size = log.log.size_bytes // 5
    damage_and_start(log, 2 * size + at, cleanly=cleanly)
    assert len(log.read_raw(0)) == 2 * size
    assert len(log.read_raw(1)) == size


def test_who_asks_for_a_damaged_batch_is_told_so(log: LogHarness) -> None:
    size = log.log.size_bytes // 5
    damage_and_start(log, 2 * size + 65)
    for _ in range(2):
        with refused(ErrorCode.CORRUPT_MESSAGE):
            log.read_raw(2)
    assert len(log.read_raw(3)) == 2 * size


def test_offsets_that_go_back_are_not_passed_on(log: LogHarness) -> None:
    size = log.log.size_bytes // 5
    damage_and_start(log, 3 * size + 7)  # the base offset, which no checksum covers: 3 becomes 2
    assert len(log.read_raw(0)) == 3 * size


def test_what_has_been_read_once_is_not_checked_again(
    log: LogHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.reopen()
    checked: list[int] = []
    sound = doubt._sound

    def counting(records: memoryview) -> int:
        checked.append(len(records))
        return sound(records)

    monkeypatch.setattr(doubt, "_sound", counting)
    size = log.log.size_bytes // 5
    for offset in (3, 0, 1, 0, 4):
        log.read_raw(offset)
    assert checked == [2 * size, 5 * size, 0, 0, 0]


def test_what_this_process_has_written_is_not_doubted(
    log: LogHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.reopen()
    log.fill(1)
    monkeypatch.setattr(doubt, "_sound", lambda _: pytest.fail("checked"))
    assert log.read_raw(5)


def test_ranges_that_touch_become_one() -> None:
    ranges = doubt.Doubt("log", 1000)
    for start, end in ((0, 10), (20, 30), (10, 20), (50, 60)):
        ranges._note(start, end)
    assert sorted(ranges._checked) == [(0, 30), (50, 60)]
