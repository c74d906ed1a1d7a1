"""The check finds what is wrong with every kind of file, and nothing else."""

from collections.abc import Callable

import pytest

from kafkapy.storage.check import check
from kafkapy.storage.memory_files import MemoryFiles
from tests.storage.log_harness import LogHarness

LOG, SECOND = f"{0:020d}", f"{16:020d}"


@pytest.fixture
def stopped(memory_files: MemoryFiles) -> LogHarness:
    """A sound log with every kind of file."""
    log = LogHarness(memory_files, "/data")
    for sequence in range(30):
        log.epoch = sequence // 20
        log.append(b"v" * 60, producer_id=1, sequence=sequence)
    log.append(b"t", producer_id=2, transactional=True)
    log.end_transaction(2, committed=False)
    log.close()
    assert check(memory_files, "/data/logs") == []
    assert check(memory_files, "/data/logs/topic-0") == []
    return log


def flip(position: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        damaged = bytearray(content)
        damaged[position] ^= 1
        return bytes(damaged)

    return damage


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


@pytest.mark.parametrize(
    ("name", "damage", "text"),
    [
        (".log", flip(-1), "wrong checksum"),
        (".log", lambda content: content[:-1], "are no batch"),
        (".log", lambda content: content + b"\0" * 100, "are no batch"),
        (".log", lambda content: content + content[:131], "has offset"),
        (".index", lambda content: content[:-1], "no whole entries"),
        (".index", flip(-1), "no batch at"),
        (".index", lambda content: content + content[-8:], "does not rise"),
        (".timeindex", lambda content: content[:-1], "no whole entries"),
        (".timeindex", flip(0), "is not the largest timestamp"),
        (".timeindex", lambda content: content + content[-12:], "does not rise"),
        (".timeindex", lambda content: b"", "is missing"),
        (".txnindex", flip(1), "version"),
        (".txnindex", lambda content: content[:-1], "whole entries"),
        (".txnindex", flip(9), "but the log says"),
        (".txnindex", lambda content: content * 2, "do not rise"),
        (".snapshot", flip(-1), "CRC"),
        (".snapshot", lambda content: content[:-46], "CRC|entries"),
        ("leader-epoch-checkpoint", replaced(b"1 20", b"1 15"), "is of epoch 0, not 1"),
        ("leader-epoch-checkpoint", replaced(b"2\n", b"3\n"), "2 entries"),
        ("partition.metadata", replaced(b"0", b"1"), "unknown version"),
        ("../meta.properties", replaced(b"version=1", b"version=9"), "not supported"),
        ("../recovery-point-offset-checkpoint", replaced(b" 32", b" 33"), "its log ends at 32"),
        ("../replication-offset-checkpoint", replaced(b"topic 0 32", b"topic 0"), "values to unpack"),
    ],
)
def test_damage_is_found(stopped: LogHarness, name: str, damage: Callable[[bytes], bytes], text: str) -> None:
    found = [each for each in stopped.file_names if each.endswith(name)] or [name]
    chosen = found[0] if name.endswith("index") else found[-1]
    path = f"{stopped.partition_path}/{chosen}".replace("/topic-0/..", "")
    content = stopped.files.read(path)
    damaged = damage(content)
    assert damaged != content
    stopped.files.write(path, damaged)
    problems = [problem for problem in stopped.check() if problem.path == path]
    assert problems
    assert any(part in problem.text for problem in problems for part in text.split("|")), problems


@pytest.mark.parametrize("suffix", [".index", ".timeindex"])
def test_a_missing_index_is_found(stopped: LogHarness, suffix: str) -> None:
    stopped.files.remove(f"{stopped.partition_path}/{LOG}{suffix}")
    assert [problem.text for problem in stopped.check()] == ["is missing"]


def test_a_missing_identity_is_found(stopped: LogHarness) -> None:
    stopped.files.remove(f"{stopped.path}/meta.properties")
    assert [problem.text for problem in stopped.check()] == ["is missing"]


def test_files_of_no_segment_and_leftovers_are_found(stopped: LogHarness) -> None:
    for name in (f"{999:020d}.index", f"{0:020d}.log.cleaned", "leader-epoch-checkpoint.tmp"):
        stopped.files.write(f"{stopped.partition_path}/{name}", b"")
    assert {problem.path.rpartition("/")[2] for problem in stopped.check()} == {
        f"{999:020d}.index",
        f"{0:020d}.log.cleaned",
        "leader-epoch-checkpoint.tmp",
    }


def test_a_snapshot_beyond_the_end_is_found(stopped: LogHarness) -> None:
    name = [name for name in stopped.file_names if name.endswith(".snapshot")][-1]
    content = stopped.files.read(f"{stopped.partition_path}/{name}")
    stopped.files.write(f"{stopped.partition_path}/{999:020d}.snapshot", content)
    assert [problem.text for problem in stopped.check()] == ["is beyond the end of the log, 32"]


def test_a_snapshot_that_the_log_contradicts_is_found(stopped: LogHarness) -> None:
    first, *_, last = [name for name in stopped.file_names if name.endswith(".snapshot")]
    content = stopped.files.read(f"{stopped.partition_path}/{first}")
    stopped.files.write(f"{stopped.partition_path}/{last}", content)
    (problem,) = stopped.check()
    assert "knows producer 1 as" in problem.text


def test_overlapping_segments_are_found(stopped: LogHarness) -> None:
    second = stopped.log.segment_bases[1]
    for suffix in (".log", ".index", ".timeindex"):
        stopped.files.rename(
            f"{stopped.partition_path}/{second:020d}{suffix}",
            f"{stopped.partition_path}/{second - 1:020d}{suffix}",
        )
    assert any("begins before offset" in problem.text for problem in stopped.check())


def test_after_a_clean_stop_the_last_segment_must_be_complete_too(stopped: LogHarness) -> None:
    last = stopped.log.segment_bases[-1]
    path = f"{stopped.partition_path}/{last:020d}.timeindex"
    stopped.files.write(path, b"")
    assert [problem.text for problem in stopped.check()] == [
        "the largest timestamp of the segment is missing"
    ]
    stopped.files.remove(f"{stopped.path}/.kafka_cleanshutdown")
    assert stopped.check() == []
