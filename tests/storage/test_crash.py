"""Power failures at every write, rename and sync of a long day: what was promised is there, and the files are
sound.

The day has several segments, producers and transactions, rolls, syncs, retention, deleted records, a
truncation, a clean and an unclean restart. It is cut at every changing call in turn, and the machine comes
back in one of three ways: with nothing that was not synced, with some of it (torn anywhere), or with all of
it, as after a crash of the process alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_directory import LogDirectoryError
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from tests.storage.crash_harness import CONFIG, DELETION, Day, fresh_files, verify

PREALLOCATING = replace(CONFIG, preallocate=True, index_interval_bytes=0)


class ScriptedDay(Day):
    """Several segments, rolls, producers, transactions, syncs, deletions, a deep truncation, all kinds of
    restarts.
    """

    def run(self) -> None:
        log = self.begin()
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


def calls_of_a_day(config: LogConfig) -> int:
    files = fresh_files()
    ScriptedDay(files, config).run()
    return files.calls


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
        day = ScriptedDay(files, config)
        with pytest.raises(PowerCut):
            day.run()
        come_back(files, call)
        verify(day, f"cut at call {call}")


def test_a_day_without_a_cut_ends_with_everything() -> None:
    day = ScriptedDay(fresh_files())
    day.run()
    verify(day, "no cut")


@pytest.mark.parametrize(
    "kind", ["write", "sync", "rename", "create", "truncate", "sync_directory", "remove"]
)
def test_a_refusing_disk_loses_nothing_that_was_promised(kind: str) -> None:
    for skipped in range(0, 40, 3):
        files = fresh_files()
        day = ScriptedDay(files)
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
