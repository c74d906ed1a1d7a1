"""Entries that are written behind, found in memory or in the file, and cut."""

from struct import Struct

import pytest

from kafkapy.storage.index_file import WRITE_BYTES, IndexFile
from kafkapy.storage.memory_files import MemoryFiles

ENTRY = Struct(">ii")
PATH = "/data/x.index"


def new_index(files: MemoryFiles) -> IndexFile:
    return IndexFile(files, PATH, ENTRY)


def filled(files: MemoryFiles, count: int) -> IndexFile:
    """Entries (0, 0), (10, 100), (20, 200)..."""
    index = new_index(files)
    for number in range(count):
        index.append(number * 10, number * 100)
    return index


def test_entries_reach_the_file_in_large_pieces_or_when_asked(memory_files: MemoryFiles) -> None:
    piece = WRITE_BYTES // ENTRY.size
    index = filled(memory_files, piece - 1)
    assert memory_files.size(PATH) == 0
    index.append(piece * 10, piece * 100)
    assert memory_files.size(PATH) == WRITE_BYTES
    index.append((piece + 1) * 10, (piece + 1) * 100)
    assert memory_files.size(PATH) == WRITE_BYTES
    index.write()
    assert memory_files.size(PATH) == WRITE_BYTES + ENTRY.size


@pytest.mark.parametrize("state", ["in memory", "partly in memory", "sealed", "opened again"])
def test_the_last_entry_not_above_a_value_is_found_wherever_it_is(
    memory_files: MemoryFiles, state: str
) -> None:
    index = filled(memory_files, 10)
    if state == "partly in memory":
        index.seal()
        for number in range(10, 20):
            index.append(number * 10, number * 100)
    elif state == "sealed":
        index.seal()
    elif state == "opened again":
        index.write()
        index = new_index(memory_files)
    last = len(index) - 1
    assert index.last_at_most(0, -1) is None
    assert index.last_at_most(0, 0) == (0, 0)
    assert index.last_at_most(0, 39) == (30, 300)
    assert index.last_at_most(1, 700) == (70, 700)
    assert index.last_at_most(0, 10_000) == (last * 10, last * 100)
    assert index[-1] == (last * 10, last * 100)
    assert index.count_below(0, 50) == 5


def test_no_entry_is_found_in_an_empty_index(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    assert index.last_at_most(0, 5) is None
    with pytest.raises(IndexError):
        index[-1]


@pytest.mark.parametrize("kept", [0, 3, 10, 15, 20])
def test_a_cut_keeps_the_first_entries_and_the_index_goes_on(memory_files: MemoryFiles, kept: int) -> None:
    index = filled(memory_files, 10)
    index.seal()
    for number in range(10, 20):
        index.append(number * 10, number * 100)
    index.cut(kept)
    index.append(1000, 9000)
    index.write()
    again = new_index(memory_files)
    assert [again[at] for at in range(len(again))] == [(at * 10, at * 100) for at in range(kept)] + [
        (1000, 9000)
    ]


def test_a_cut_file_is_shorter_even_if_nothing_is_appended(memory_files: MemoryFiles) -> None:
    index = filled(memory_files, 10)
    index.write()
    index.cut(4)
    assert memory_files.size(PATH) == 4 * ENTRY.size


def test_half_an_entry_at_the_end_is_dropped(memory_files: MemoryFiles) -> None:
    memory_files.write(PATH, ENTRY.pack(1, 2) + b"\0\0\0")
    index = new_index(memory_files)
    assert len(index) == 1
    index.append(2, 3)
    index.write()
    assert memory_files.read(PATH) == ENTRY.pack(1, 2) + ENTRY.pack(2, 3)


def test_a_created_index_is_empty_whatever_was_there(memory_files: MemoryFiles) -> None:
    memory_files.write(PATH, ENTRY.pack(1, 2))
    index = new_index(memory_files)
    index.create()
    assert len(index) == 0
    assert index.last_at_most(0, 100) is None
    assert index.file().size == 0


def test_a_created_index_has_no_file_before_there_is_something_to_write(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    index.create()
    for number in range(1, 4):
        index.append(number, number)
    index.cut(2)
    assert (len(index), index[-1], index.last_at_most(1, 1)) == (2, (2, 2), (1, 1))
    assert not memory_files.exists(PATH)
    index.seal()
    assert memory_files.read(PATH) == ENTRY.pack(1, 1) + ENTRY.pack(2, 2)
    assert (len(index), index[-1]) == (2, (2, 2))
