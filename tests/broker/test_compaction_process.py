"""A pass in another process does what a pass in a thread does, and ends when it is told to."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kafkapy.broker.compaction_process import CompactionEnded, ProcessWorker, ThreadWorker, Worker
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.compaction import PassEnd
from kafkapy.storage.log_compaction import LogCompaction
from kafkapy.storage.os_files import OsFiles
from tests.storage.compaction_harness import CompactedLog

UNLIMITED = float("inf")
Make = Callable[[CompactedLog, LogCompaction, float], Worker]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[CompactedLog]:
    """Two segments, the first of which has records that go."""
    harness = CompactedLog(OsFiles(), tmp_path.as_posix())
    for number in range(40):
        harness.put((f"{number % 4}", f"{number}" * 40))
    harness.roll()
    yield harness
    harness.close()
    assert harness.check() == []


def in_process(_: CompactedLog, compaction: LogCompaction, speed: float) -> Worker:
    return ProcessWorker(compaction.plan, speed)


def in_thread(log: CompactedLog, compaction: LogCompaction, speed: float) -> Worker:
    return ThreadWorker(log.files, compaction.plan, speed)


WORKERS = pytest.mark.parametrize("make", [in_process, in_thread])


def begun(log: CompactedLog) -> LogCompaction:
    return LogCompaction(log.log, log.dirt, log.bounds, log.now_ms)


@WORKERS
def test_step_by_step_the_log_is_compacted(log: CompactedLog, make: Make) -> None:
    compaction = begun(log)
    worker = make(log, compaction, UNLIMITED)
    while not isinstance(step := worker.next_step(), PassEnd):
        assert compaction.install(step, log.now_ms)
    assert (step.end_offset, step.keys) == (40, 4)
    assert [offset for offset, _, _ in log.pairs()] == [36, 37, 38, 39]


@WORKERS
def test_a_stopped_pass_ends(log: CompactedLog, make: Make) -> None:
    compaction = begun(log)
    worker = make(log, compaction, UNLIMITED)
    worker.stop()
    with pytest.raises(CompactionEnded):
        worker.next_step()
    compaction.discard(log.files)


def test_a_process_that_is_stopped_in_the_middle_writes_no_more(log: CompactedLog) -> None:
    compaction = begun(log)
    worker = ProcessWorker(compaction.plan, UNLIMITED)
    worker.next_step()
    worker.stop()
    with suppress(CompactionEnded):
        while not isinstance(worker.next_step(), PassEnd):
            pass
    compaction.discard(log.files)
    assert not any(name.endswith(".cleaned") for name in log.file_names)


@WORKERS
def test_damage_is_told_as_what_it_is(log: CompactedLog, make: Make) -> None:
    file = log.files.open(f"{log.partition_path}/{0:020}.log")
    good = file.read(64, 1)
    file.write_at(64, bytes([good[0] ^ 1]))
    compaction = begun(log)
    with pytest.raises(KafkaError, match="damaged"):
        make(log, compaction, UNLIMITED).next_step()
    file.write_at(64, good)
    compaction.discard(log.files)


@WORKERS
def test_a_disk_that_refuses_is_told_as_what_it_is(log: CompactedLog, make: Make) -> None:
    compaction = begun(log)
    first = log.log.segment_bases[0]
    path = Path(f"{log.partition_path}/{first:020}.log")
    path.rename(path.with_suffix(".away"))
    with pytest.raises(FileNotFoundError):
        make(log, compaction, UNLIMITED).next_step()
    path.with_suffix(".away").rename(path)
    compaction.discard(log.files)
