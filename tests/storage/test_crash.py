"""Power failures at every write, rename and sync of a long day: what was promised is there, and the files are
sound.

The day has several segments, producers and transactions, rolls, syncs, retention, deleted records, a
truncation, a clean and an unclean restart. It is cut at every changing call in turn, and the machine comes
back in one of three ways: with nothing that was not synced, with some of it (torn anywhere), or with all of
it, as after a crash of the process alone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_directory import LogDirectoryError
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.segment_recovery import batches_of
from tests.storage.log_harness import LogHarness

CONFIG = LogConfig(segment_bytes=900, index_interval_bytes=150, retention_ms=-1, file_delete_delay_ms=0)
PREALLOCATING = replace(CONFIG, preallocate=True, index_interval_bytes=0)
DELETION = LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION


class Day:
    """The scripted day, and what its writer knows: which values were ever at an offset, and what is promised
    to stay.
    """

    def __init__(self, files: MemoryFiles, config: LogConfig = CONFIG) -> None:
        self.files = files
        self.config = config
        self.present: dict[int, bytes] = {}
        self.ever: dict[int, set[bytes]] = defaultdict(set)
        self.promised: dict[int, bytes] = {}
        self.sequence = 0
        self.log: LogHarness | None = None

    def run(self) -> None:
        self.log = log = LogHarness(self.files, "/data", self.config)
        self.append(6)
        self.flush()
        self.append(9)
        log.epoch = 2
        self.transaction(committed=False)
        log.directories.checkpoint_job()()
        self.append(5)
        self.flush()
        log.log.delete_records_before(4, DELETION)
        self.remove_old()
        self.transaction(committed=True)
        log.directories.checkpoint_job()()
        self.truncate(log.log.recovery_point - 11)
        self.append(14)
        self.restart(cleanly=True)
        self.append(7)
        self.flush()
        self.transaction(committed=False)
        self.restart(cleanly=False)
        self.append(3)
        self.flush()
        log.close()
        self.promise(log.log.log_end_offset)

    def append(self, batches: int) -> None:
        for _ in range(batches):
            value = f"value {self.sequence}".encode().ljust(40)
            self.will_write(value)
            self.harness.append(value, producer_id=1, sequence=self.sequence)
            self.sequence += 1

    def transaction(self, *, committed: bool) -> None:
        epoch = self.sequence
        for number in range(2):
            value = f"transaction {epoch} {number}".encode()
            self.will_write(value)
            self.harness.append(
                value, producer_id=2, producer_epoch=epoch, sequence=number, transactional=True
            )
        self.will_write(b"")
        self.harness.end_transaction(2, committed=committed, producer_epoch=epoch)

    def will_write(self, value: bytes) -> None:
        offset = self.harness.log.log_end_offset
        self.present[offset] = value
        self.ever[offset].add(value)

    def flush(self) -> None:
        self.harness.log.flush()
        self.promise(self.harness.log.recovery_point)

    def remove_old(self) -> None:
        start = self.harness.log.log_start_offset
        self.present = {offset: value for offset, value in self.present.items() if offset >= start}
        self.promised = {offset: value for offset, value in self.promised.items() if offset >= start}
        self.harness.log.delete_old_segments(self.harness.log.log_end_offset, self.harness.now_ms)
        job = self.harness.directories.removal_job(self.harness.now_ms)
        if job is not None:
            job()

    def truncate(self, offset: int) -> None:
        self.promised = {at: value for at, value in self.promised.items() if at < offset}
        self.harness.log.truncate_to(offset, self.harness.now_ms)
        self.present = {at: value for at, value in self.present.items() if at < offset}
        last = self.harness.log.producers.producers[1].last_sequence
        self.sequence = last + 1

    def restart(self, *, cleanly: bool) -> None:
        if cleanly:
            self.harness.close()
            self.promise(self.harness.log.log_end_offset)
        else:
            self.harness.directories.abandon()
        self.harness.open()

    def promise(self, end_offset: int) -> None:
        self.promised.update({offset: value for offset, value in self.present.items() if offset < end_offset})

    @property
    def harness(self) -> LogHarness:
        assert self.log is not None
        return self.log


def calls_of_a_day(config: LogConfig) -> int:
    files = fresh_files()
    Day(files, config).run()
    return files.calls


def fresh_files() -> MemoryFiles:
    files = MemoryFiles()
    files.make_directory("/data")
    files.sync_directory("/")
    files.calls = 0
    return files


def verify(day: Day, after: str) -> None:
    """The machine is up again: start, compare with what the day knows, go on for a while, stop, and check the
    files.
    """
    log = LogHarness(day.files, "/data", day.config)
    found = {record.offset: record.value or b"" for record in log.read_all()}
    start, end = log.log.log_start_offset, log.log.log_end_offset
    assert sorted(found) == list(range(start, end)), after
    for offset, value in found.items():
        assert value in day.ever[offset], f"{after}: {value!r} was never at offset {offset}"
    for offset, value in day.promised.items():
        assert found.get(offset) == value, f"{after}: offset {offset} was promised to stay {value!r}"
    assert_producers_are_a_replay(log)
    log.append(b"after the crash", producer_id=3)
    assert log.read_all(end)[-1].value == b"after the crash"
    log.close()
    assert log.check() == [], after


def assert_producers_are_a_replay(log: LogHarness) -> None:
    """What the log believes of its producers follows from its batches, as far as those are still there."""
    replayed = ProducerStates("topic-0")
    for base in log.log.segment_bases:
        for _, header, batch in batches_of(log.files.open(f"{log.partition_path}/{base:020d}.log")):
            if header.last_offset >= log.log.log_start_offset:
                replayed.replay(header, batch)
    for producer_id, expected in replayed.producers.items():
        entry = log.log.producers.producers[producer_id]
        assert (entry.epoch, entry.last_sequence) == (expected.epoch, expected.last_sequence)
        assert entry.batches[-1:] == expected.batches[-1:]
        assert entry.transaction_first_offset == expected.transaction_first_offset


def lose_everything(files: MemoryFiles, _: int) -> None:
    files.crash()


def lose_something(files: MemoryFiles, call: int) -> None:
    files.crash(Random(call))


def lose_nothing(files: MemoryFiles, _: int) -> None:
    files.kill()


@pytest.mark.parametrize("come_back", [lose_everything, lose_something, lose_nothing])
@pytest.mark.parametrize("config", [CONFIG, PREALLOCATING], ids=["growing files", "preallocated files"])
def test_whatever_was_promised_survives_a_cut_at_any_call(
    come_back: Callable[[MemoryFiles, int], None], config: LogConfig
) -> None:
    for call in range(1, calls_of_a_day(config) + 1):
        files = fresh_files()
        files.cut_at = call
        day = Day(files, config)
        with pytest.raises(PowerCut):
            day.run()
        come_back(files, call)
        verify(day, f"cut at call {call}")


def test_a_day_without_a_cut_ends_with_everything() -> None:
    day = Day(fresh_files())
    day.run()
    verify(day, "no cut")


@pytest.mark.parametrize(
    "kind", ["write", "sync", "rename", "create", "truncate", "sync_directory", "remove"]
)
def test_a_refusing_disk_loses_nothing_that_was_promised(kind: str) -> None:
    for skipped in range(0, 40, 3):
        files = fresh_files()
        day = Day(files)
        with refusing(files, kind, skipped), suppress(KafkaError, LogDirectoryError, OSError):
            day.run()
        if day.log is not None:
            day.log.directories.abandon()
        files.kill()
        verify(day, f"{kind} {skipped} refused")


@contextmanager
def refusing(files: MemoryFiles, kind: str, skipped: int) -> Iterator[None]:
    """The call after `skipped` others of its kind fails."""
    allowed = files.changing
    seen = 0

    def changing(called: str, path: str) -> None:
        nonlocal seen
        seen += called == kind
        if called == kind and seen == skipped + 1:
            files.fail(kind)
        allowed(called, path)

    files.changing = changing  # type: ignore[method-assign]
    yield
    files.changing = allowed  # type: ignore[method-assign]
