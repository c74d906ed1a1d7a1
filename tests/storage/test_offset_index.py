"""From offsets to positions, byte for byte as Kafka keeps them."""

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.offset_index import OffsetIndex


def new_index(files: MemoryFiles) -> OffsetIndex:
    index = OffsetIndex(files, "/data/a.index", 1000)
    for last_offset, position in ((1005, 50), (1010, 120), (1030, 400)):
        index.append(last_offset, position)
    return index


def test_entries_are_relative_offset_and_position_as_big_endian_int32(memory_files: MemoryFiles) -> None:
    new_index(memory_files).entries.write()
    assert (
        memory_files.read("/data/a.index").hex(" ", 4)
        == "00000005 00000032 0000000a 00000078 0000001e 00000190"
    )


def test_no_batch_before_the_found_position_holds_the_offset(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    found = [index.position_before(offset) for offset in (1000, 1004, 1005, 1006, 1010, 1029, 1030, 2000)]
    assert found == [0, 0, 50, 50, 120, 120, 400, 400]


def test_known_batch_starts_are_found_by_position(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    assert [index.position_at_most(position) for position in (0, 49, 50, 399, 400, 1000)] == [
        0,
        0,
        50,
        120,
        400,
        400,
    ]


def test_truncation_drops_the_entries_of_the_offset_and_above(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    index.truncate_to(1010)
    assert [index.entries[at] for at in range(len(index.entries))] == [(5, 50)]
