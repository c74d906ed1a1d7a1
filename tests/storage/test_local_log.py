"""Segments as a log of bytes."""

import errno

import pytest

from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.local_log import LocalLog
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from kafkapy.storage.placement import Placed
from kafkapy.storage.segments import Segments

PATH = "/data"
NOW_MS = 1_700_000_000_000


@pytest.fixture
def log(memory_files: MemoryFiles) -> LocalLog:
    """Three segments of five records: 0, 5 and 10."""
    log = LocalLog(memory_files, PATH, LogConfig(), Segments(), 0, 0)
    log.begin(0, NOW_MS)
    for offset in range(15):
        if offset in (5, 10):
            log.roll(offset, NOW_MS)
        append(log, offset)
    return log


def append(log: LocalLog, offset: int) -> None:
    batch = build_batch([NewRecord(None, b"v" * 50, NOW_MS)], base_offset=offset)
    log.append(batch, [Placed(offset, NOW_MS, len(batch))], offset + 1)


def test_a_roll_onto_an_empty_segment_does_nothing(log: LocalLog) -> None:
    log.roll(15, NOW_MS)
    log.roll(15, NOW_MS)
    assert log.segments.bases == [0, 5, 10, 15]


def test_a_failed_write_is_cut_off_again(log: LocalLog, memory_files: MemoryFiles) -> None:
    size = memory_files.size(f"{PATH}/{10:020d}.log")
    memory_files.fail("write", error=errno.ENOSPC)
    with pytest.raises(OSError, match="No space"):
        append(log, 15)
    assert (memory_files.size(f"{PATH}/{10:020d}.log"), log.log_end_offset) == (size, 15)
    append(log, 15)
    assert log.log_end_offset == 16


@pytest.mark.parametrize(("offset", "bases"), [(12, [0, 5, 10]), (10, [0, 5, 10]), (7, [0, 5]), (0, [0])])
def test_truncation_leaves_what_is_below(log: LocalLog, offset: int, bases: list[int]) -> None:
    log.truncate_to(offset)
    assert (log.segments.bases, log.log_end_offset) == (bases, offset)
    assert log.segments.active.next_offset() == offset
    append(log, offset)


def test_a_truncation_cut_short_leaves_no_hole(log: LocalLog, memory_files: MemoryFiles) -> None:
    for call in range(1, 20):
        trial = MemoryFiles()
        trial.make_directory(PATH)
        for name in memory_files.list(PATH):
            trial.write(f"{PATH}/{name}", memory_files.read(f"{PATH}/{name}"))
        copy = LocalLog(trial, PATH, LogConfig(), Segments(), 15, 15)
        for segment in log.segments:
            copy.segments.add(type(segment)(trial, PATH, segment.base_offset, NOW_MS))
        trial.cut_at = trial.calls + call
        try:
            copy.truncate_to(2)
        except PowerCut:
            trial.kill()
        left = [int(name[:20]) for name in trial.list(PATH) if name.endswith(".log")]
        assert left == [0, 5, 10][: len(left)]


def test_a_restart_elsewhere_leaves_one_empty_segment(log: LocalLog, memory_files: MemoryFiles) -> None:
    log.restart_at(100, NOW_MS)
    assert (log.segments.bases, log.log_end_offset, log.segments.size_bytes) == ([100], 100, 0)
    assert all(name.startswith(f"{100:020d}") for name in memory_files.list(PATH))


def test_a_closed_log_is_all_on_disk(log: LocalLog, memory_files: MemoryFiles) -> None:
    before = {name: memory_files.read(f"{PATH}/{name}") for name in memory_files.list(PATH)}
    job = log.close_job()
    assert job is not None
    log.flushes.done(job())
    assert log.close_job() is None
    memory_files.crash()
    after = {name: memory_files.read(f"{PATH}/{name}") for name in memory_files.list(PATH)}
    made = {f"{10:020d}.index", f"{10:020d}.timeindex"}
    assert after.keys() == before.keys() | made
    assert after[f"{10:020d}.log"] == before[f"{10:020d}.log"]
    assert len(after[f"{10:020d}.timeindex"]) == 12
    assert log.flushes.recovery_point == 15
