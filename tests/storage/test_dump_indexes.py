"""Entries of indexes, and batches that are not where an index says."""

import pytest

from kafkapy.storage.dump import DumpOptions, dump
from kafkapy.storage.dump_items import Complaint, FileBegins, Item, OffsetEntry, Remark, TimeEntry
from kafkapy.storage.memory_files import MemoryFiles
from tests.storage.log_harness import NOW_MS, LogHarness


@pytest.fixture
def stopped(memory_files: MemoryFiles) -> LogHarness:
    """A segment of 20 batches, with an entry for every third one."""
    log = LogHarness(memory_files, "/data", LogHarness(memory_files, "/other").config)
    for _ in range(12):
        log.now_ms += 10
        log.append(b"v" * 20)
    log.close()
    return log


def items(log: LogHarness, suffix: str, **options: bool) -> list[Item]:
    path = f"{log.partition_path}/{0:020d}{suffix}"
    first, *rest = dump(log.files, path, DumpOptions(**options))
    assert first == FileBegins(path)
    return rest


def patch(log: LogHarness, suffix: str, content: bytes) -> None:
    log.files.write(f"{log.partition_path}/{0:020d}{suffix}", content)


def test_entries_are_shown_with_whole_offsets(stopped: LogHarness) -> None:
    entries = items(stopped, ".index")
    assert entries
    assert all(isinstance(entry, OffsetEntry) for entry in entries)
    times = items(stopped, ".timeindex")
    assert times[-1] == TimeEntry(NOW_MS + 120, 11)


def test_an_index_may_be_compared_without_being_shown(stopped: LogHarness) -> None:
    assert items(stopped, ".index", verify_index_only=True) == []
    assert items(stopped, ".timeindex", verify_index_only=True) == []


def test_the_sanity_check_looks_at_sizes_and_last_entries(stopped: LogHarness) -> None:
    for suffix in (".index", ".timeindex"):
        (passed,) = items(stopped, suffix, index_sanity_check=True)
        assert isinstance(passed, Remark)
        assert passed.text.endswith(f"{suffix} passed sanity check.")
        path = f"{stopped.partition_path}/{0:020d}{suffix}"
        patch(stopped, suffix, stopped.files.read(path) + b"1")
        (failed,) = items(stopped, suffix, index_sanity_check=True)
        assert isinstance(failed, Complaint)


def test_an_empty_offset_index_says_so(stopped: LogHarness) -> None:
    patch(stopped, ".index", b"")
    assert items(stopped, ".index") == [Remark(f"{stopped.partition_path}/{0:020d}.index is empty.")]


def test_offsets_that_point_elsewhere_are_listed(stopped: LogHarness) -> None:
    patch(stopped, ".index", b"\0\0\0\5\0\0\0\0" + b"\0\0\0\6\0\0\xff\0")
    path = f"{stopped.partition_path}/{0:020d}.index"
    assert items(stopped, ".index") == [
        OffsetEntry(5, 0),
        Complaint(f"{path}: there is no batch at position 65280"),
        OffsetEntry(6, 65280),
        Complaint(f"Mismatches in :{path}\n  Index offset: 5, log offset: 0"),
    ]


def test_times_that_are_not_so_are_listed(stopped: LogHarness) -> None:
    rows = [(NOW_MS + 10, 0), (NOW_MS + 5, 1), (NOW_MS + 5, 2), (NOW_MS + 900, 99)]
    patch(stopped, ".timeindex", b"".join(time.to_bytes(8) + offset.to_bytes(4) for time, offset in rows))
    path = f"{stopped.partition_path}/{0:020d}.timeindex"
    found = [item for item in items(stopped, ".timeindex") if isinstance(item, Complaint)]
    assert [complaint.text for complaint in found] == [
        f"Found timestamp mismatch in :{path}\n  Index timestamp: {NOW_MS + 5}, log timestamp: {NOW_MS + 20}"
        f"\n  Index timestamp: {NOW_MS + 5}, log timestamp: {NOW_MS + 30}",
        f"Found out of order timestamp in :{path}\n  Index timestamp: {NOW_MS + 5}, Previously indexed "
        f"timestamp: {NOW_MS + 10}\n  Index timestamp: {NOW_MS + 5}, Previously indexed "
        f"timestamp: {NOW_MS + 5}",
        "The following indexed offsets are not found in the log.\nIndexed offset: 99, found log offset: -1",
    ]


def test_preallocated_space_is_no_entry(stopped: LogHarness) -> None:
    path = f"{stopped.partition_path}/{0:020d}.index"
    before = items(stopped, ".index")
    patch(stopped, ".index", stopped.files.read(path) + bytes(80))
    assert items(stopped, ".index") == before
