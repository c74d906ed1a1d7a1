"""Failing on demand, and losing what was not synced."""

import errno
from random import Random

import pytest

from kafkapy.storage.memory_files import MemoryFiles, PowerCut


@pytest.fixture
def files() -> MemoryFiles:
    files = MemoryFiles()
    files.make_directory("/d")
    files.sync_directory("/")
    return files


def test_a_call_fails_as_often_as_told(files: MemoryFiles) -> None:
    file = files.open("/d/a", create=True)
    files.fail("write", error=errno.ENOSPC, times=2)
    for _ in range(2):
        with pytest.raises(OSError, match="No space left") as failure:
            file.append(b"abcd")
        assert failure.value.errno == errno.ENOSPC
    assert file.size == 0
    file.append(b"xyz1")
    assert files.read("/d/a") == b"xyz1"


def test_a_failing_write_leaves_half_its_bytes_behind(files: MemoryFiles) -> None:
    file = files.open("/d/a", create=True)
    files.fail("write")
    with pytest.raises(OSError, match="Input/output"):
        file.append(b"abcd")
    assert files.read("/d/a") == b"ab"


def test_only_the_named_paths_fail(files: MemoryFiles) -> None:
    files.fail("sync", path="b")
    files.open("/d/a", create=True).sync()
    with pytest.raises(OSError, match="Input/output"):
        files.open("/d/b", create=True).sync()


def test_after_a_crash_only_what_was_synced_is_left(files: MemoryFiles) -> None:
    file = files.open("/d/a", create=True)
    file.append(b"safe")
    file.sync()
    files.sync_directory("/d")
    file.append(b" and lost")
    files.open("/d/b", create=True).sync()
    files.crash()
    assert files.list("/d") == ["a"]
    assert files.read("/d/a") == b"safe"


def test_a_cut_that_was_not_synced_is_undone(files: MemoryFiles) -> None:
    file = files.open("/d/a", create=True)
    file.append(b"abcdef")
    file.sync()
    files.sync_directory("/d")
    file.truncate(2)
    file.append(b"xyz")
    file.truncate(1)
    files.crash()
    assert files.read("/d/a") == b"abcdef"


def test_a_rename_and_a_removal_count_once_their_directory_is_synced(files: MemoryFiles) -> None:
    for name in ("a", "b"):
        files.write(f"/d/{name}", name.encode())
    files.sync_directory("/d")
    files.rename("/d/a", "/d/b")
    files.crash()
    assert [files.read("/d/a"), files.read("/d/b")] == [b"a", b"b"]
    files.rename("/d/a", "/d/b")
    files.sync_directory("/d")
    files.remove("/d/b")
    files.crash()
    assert files.list("/d") == ["b"]
    assert files.read("/d/b") == b"a"


def test_with_chance_a_crash_keeps_a_prefix_of_what_was_done(files: MemoryFiles) -> None:
    seen = set()
    for seed in range(200):
        trial = MemoryFiles()
        trial.make_directory("/d")
        trial.sync_directory("/")
        file = trial.open("/d/a", create=True)
        file.append(b"synced")
        file.sync()
        file.append(b"1234")
        trial.open("/d/b", create=True)
        trial.crash(Random(seed))
        seen.add((tuple(trial.list("/d")), trial.read("/d/a") if trial.exists("/d/a") else None))
    assert {names for names, _ in seen} == {(), ("a",), ("a", "b")}
    contents = {content for _, content in seen if content is not None}
    assert {b"synced", b"synced1", b"synced12", b"synced123", b"synced1234"} <= contents
    assert all(content.startswith(b"synced") for content in contents)


def test_with_chance_a_new_sector_may_have_stayed_empty(files: MemoryFiles) -> None:
    def after_crash(seed: int) -> bytes:
        trial = MemoryFiles()
        file = trial.open("/a", create=True)
        trial.sync_directory("/")
        file.append(b"x" * 2000)
        trial.crash(Random(seed))
        return trial.read("/a")

    assert any(b"\0" in after_crash(seed) for seed in range(50))


def test_with_chance_any_sectors_of_what_was_not_synced_stay_as_they_were() -> None:
    def after_crash(seed: int) -> bytes:
        trial = MemoryFiles()
        file = trial.open("/a", create=True)
        trial.sync_directory("/")
        file.append(b"a" * 512 * 4)
        file.sync()
        file.write_at(512, b"b" * 512 * 3)
        trial.crash(Random(seed))
        return trial.read("/a")[::512]

    seen = {after_crash(seed) for seed in range(200)}
    assert seen == {b"a" + bytes((x, y, z)) for x in b"ab" for y in b"ab" for z in b"ab"}


def test_with_chance_the_names_of_one_directory_survive_without_those_of_another() -> None:
    seen = set()
    for seed in range(50):
        trial = MemoryFiles()
        for path in ("/d", "/e"):
            trial.make_directory(path)
        trial.sync_directory("/")
        for path in ("/d/a", "/e/a", "/d/b"):
            trial.open(path, create=True)
        trial.crash(Random(seed))
        seen.add((tuple(trial.list("/d")), tuple(trial.list("/e"))))
    assert seen == {(d, e) for d in ((), ("a",), ("a", "b")) for e in ((), ("a",))}


def test_the_machine_stops_at_the_call_it_is_told_and_stays_down(files: MemoryFiles) -> None:
    file = files.open("/d/a", create=True)
    files.cut_at = files.calls + 2
    file.append(b"one")
    with pytest.raises(PowerCut):
        file.append(b"four")
    with pytest.raises(PowerCut):
        files.list("/d")
    files.kill()
    assert files.read("/d/a") == b"onefo"


def test_a_crash_releases_locks(files: MemoryFiles) -> None:
    files.lock("/d/.lock")
    files.crash()
    files.lock("/d/.lock")
    with pytest.raises(BlockingIOError):
        files.lock("/d/.lock")
