"""Loading and closing many logs with threads."""

import logging
import threading

import pytest

from kafkapy.records.batch import read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage import log_directory, recovery
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.check import check
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.recovery import Recovery
from tests.storage.conftest import Place

NOW_MS = 1_700_000_000_000
CONFIG = LogConfig()
LOGS = 12


def started(place: Place) -> LogDirectories:
    paths = [f"{place.path}/one", f"{place.path}/two"]
    directories = LogDirectories.open(
        place.files, paths, node_id=1, new_directory_id=lambda: bytes(range(16))
    )
    directories.load_logs(lambda _: CONFIG, NOW_MS, threads=2)
    for number in range(LOGS):
        if directories.get("t", number) is None:
            directories.create_log("t", number, topic_id=bytes(range(16)), config=CONFIG, now_ms=NOW_MS)
    return directories


def append(log: Log, count: int = 1) -> None:
    for _ in range(count):
        batch = build_batch([NewRecord(None, b"v" * 100, NOW_MS)])
        log.append(batch, [read_header(batch)], leader_epoch=0, origin=AppendOrigin.CLIENT, now_ms=NOW_MS)


def ends(directories: LogDirectories) -> list[int]:
    return [directories.logs["t", number].log_end_offset for number in range(LOGS)]


def filled(place: Place) -> list[int]:
    """Log n has n batches when the broker is killed; gives what `ends` was."""
    directories = started(place)
    for (_, number), log in directories.logs.items():
        append(log, number)
    before = ends(directories)
    directories.abandon()
    return before


def test_logs_are_recovered_in_threads_and_can_be_used_afterwards(place: Place) -> None:
    before = filled(place)
    directories = started(place)
    assert ends(directories) == before
    for log in directories.logs.values():
        append(log)
    directories.close({}, threads=2)
    assert [
        problem for directory in directories.directories for problem in check(place.files, directory.path)
    ] == []
    directories = started(place)
    assert ends(directories) == [end + 1 for end in before]
    directories.close({})


def test_who_waits_for_a_recovery_is_told_how_far_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    filled(place)
    monkeypatch.setattr(recovery, "PROGRESS_SECONDS", 0.01)
    load, is_told = Recovery.load, threading.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "left" in record.getMessage():
                is_told.set()

    def load_later(self: Recovery) -> Log:
        assert self.unread_bytes == 0 or is_told.wait(10)
        return load(self)

    monkeypatch.setattr(Recovery, "load", load_later)
    listener = Listener()
    recovery.logger.addHandler(listener)
    with caplog.at_level("INFO"):
        directories = started(place)
    recovery.logger.removeHandler(listener)
    written = sum(number > 0 for number in range(LOGS))
    assert f"{written} logs with 0 MB are to be read" in caplog.text
    assert f"{written} of {written} logs are left, 0 MB to read" in caplog.text
    directories.close({})


def test_a_disk_that_refuses_during_recovery_takes_its_directory_offline(memory_files: MemoryFiles) -> None:
    place = Place(memory_files, "/data")
    filled(place)
    memory_files.fail("read", path="/data/one/t-2/", times=3)
    paths = ["/data/one", "/data/two"]
    directories = LogDirectories.open(memory_files, paths, node_id=1, new_directory_id=lambda: bytes(16))
    directories.load_logs(lambda _: CONFIG, NOW_MS, threads=2)
    assert [directory.is_offline for directory in directories.directories] == [True, False]
    assert all(log.is_offline for log in directories.directories[0].logs.values())
    directories.abandon()


def test_a_stop_brings_everything_to_disk_some_logs_at_a_time(
    memory_files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_directory, "CLOSED_AT_ONCE", 5)
    place = Place(memory_files, "/data")
    directories = started(place)
    for (_, number), log in directories.logs.items():
        append(log, number)
    before = ends(directories)
    directories.close({}, threads=3)
    memory_files.crash()
    directories = started(place)
    assert ends(directories) == before
    assert all(directory.had_clean_shutdown for directory in directories.directories)
    directories.close({})


def test_a_stop_leaves_alone_what_was_not_touched_since_the_start(
    memory_files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(memory_files, "/data")
    filled(place)
    started(place).close({})
    directories = started(place)
    for log in directories.logs.values():
        log.assign_leader_epoch(7)
    append(directories.logs["t", 5])
    changed: set[str] = set()
    changing = memory_files.changing

    def remember(kind: str, path: str) -> None:
        changed.add(path)
        changing(kind, path)

    monkeypatch.setattr(memory_files, "changing", remember)
    directories.close({})
    partitions = {path.split("/")[3] for path in changed if "/t-" in path}
    assert partitions == {"t-5"}
