"""What the file system of the operating system adds: few descriptors, reads without copies, cuts under a
mapping.
"""

import os
import sys
from pathlib import Path

import pytest

from kafkapy.storage.os_files import MAP_BYTES, REMAP_BYTES, OsFiles

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="nothing is mapped on Windows")


def test_more_files_than_descriptors_can_be_written_and_read(tmp_path: Path) -> None:
    files = OsFiles(max_open_files=3)
    opened = [files.open(str(tmp_path / str(number)), create=True) for number in range(20)]
    for _ in range(3):
        for number, file in enumerate(opened):
            file.append(bytes([number]))
    assert files.open_files <= 3
    assert [file.read(0, 5) for file in opened] == [bytes([number]) * 3 for number in range(20)]
    for file in opened:
        file.close()
    assert files.open_files == 0


@POSIX_ONLY
def test_a_large_read_of_a_large_file_is_a_slice_and_a_small_one_a_copy(tmp_path: Path) -> None:
    file = OsFiles().open(str(tmp_path / "a"), create=True)
    content = os.urandom(REMAP_BYTES)
    file.append(content)
    large = file.view(10, MAP_BYTES)
    assert isinstance(large, memoryview)
    assert large == content[10 : 10 + MAP_BYTES]
    assert isinstance(file.view(10, MAP_BYTES - 1), bytes)


@POSIX_ONLY
def test_the_tail_of_a_growing_file_is_read_without_mapping_it_anew(tmp_path: Path) -> None:
    file = OsFiles().open(str(tmp_path / "a"), create=True)
    file.append(bytes(REMAP_BYTES))
    file.view(0, MAP_BYTES)
    file.append(b"x" * MAP_BYTES)
    tail = file.view(REMAP_BYTES - 1, MAP_BYTES + 1)
    assert isinstance(tail, bytes)
    assert tail == b"\0" + b"x" * MAP_BYTES
    file.append(bytes(REMAP_BYTES))
    assert isinstance(file.view(REMAP_BYTES, MAP_BYTES), memoryview)


@POSIX_ONLY
def test_a_cut_leaves_the_slices_that_somebody_holds_as_they_were(tmp_path: Path) -> None:
    file = OsFiles().open(str(tmp_path / "a"), create=True)
    content = os.urandom(REMAP_BYTES)
    file.append(content)
    held = file.view(REMAP_BYTES - MAP_BYTES, MAP_BYTES)
    file.truncate(5)
    file.append(b"new")
    assert held == content[-MAP_BYTES:]
    assert (tmp_path / "a").read_bytes() == content[:5] + b"new"
    assert sorted(os.listdir(tmp_path)) == ["a"]


@POSIX_ONLY
def test_a_removed_file_is_still_there_for_those_who_hold_a_slice(tmp_path: Path) -> None:
    files = OsFiles()
    file = files.open(str(tmp_path / "a"), create=True)
    file.append(b"x" * REMAP_BYTES)
    held = file.view(0, REMAP_BYTES)
    file.close()
    files.remove(str(tmp_path / "a"))
    assert held == b"x" * REMAP_BYTES


def test_without_mapping_every_read_is_a_copy(tmp_path: Path) -> None:
    file = OsFiles(map_reads=False).open(str(tmp_path / "a"), create=True)
    file.append(bytes(REMAP_BYTES))
    assert isinstance(file.view(0, REMAP_BYTES), bytes)


def test_another_threads_files_are_the_same_files_with_descriptors_of_their_own(tmp_path: Path) -> None:
    files = OsFiles()
    files.open(str(tmp_path / "a"), create=True).append(b"abc")
    other = files.for_thread()
    assert other.open(str(tmp_path / "a")).read(0, 9) == b"abc"
    assert (files.open_files, other.open_files) == (1, 1)


def test_the_volume_has_room(tmp_path: Path) -> None:
    total, usable = OsFiles().space(str(tmp_path))
    assert 0 < usable < total
