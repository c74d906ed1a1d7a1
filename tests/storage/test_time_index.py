"""From times to offsets, byte for byte as Kafka keeps them."""

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.time_index import TimeIndex


def new_index(files: MemoryFiles) -> TimeIndex:
    index = TimeIndex(files, "/data/a.timeindex", 1000)
    for timestamp, offset in ((500, 1005), (700, 1010), (900, 1010)):
        index.append(timestamp, offset)
    return index


def test_entries_are_timestamp_and_relative_offset(memory_files: MemoryFiles) -> None:
    index = TimeIndex(memory_files, "/data/a.timeindex", 1000)
    index.append(0x1122334455, 1007)
    index.entries.write()
    assert memory_files.read("/data/a.timeindex").hex() == "000000112233445500000007"


def test_only_a_larger_timestamp_is_remembered(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    index.append(900, 1020)
    index.append(-1, 1030)
    assert len(index.entries) == 3
    assert index.last() == (900, 1010)


def test_an_empty_index_has_no_timestamp(memory_files: MemoryFiles) -> None:
    index = TimeIndex(memory_files, "/data/a.timeindex", 1000)
    assert index.last() == (-1, 1000)
    index.append(-1, 1005)
    assert len(index.entries) == 0


def test_a_search_starts_where_all_before_is_earlier(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    assert [index.offset_before(time) for time in (1, 500, 501, 700, 701, 5000)] == [
        1000,
        1000,
        1005,
        1005,
        1010,
        1010,
    ]


def test_truncation_and_clearing_let_smaller_timestamps_in_again(memory_files: MemoryFiles) -> None:
    index = new_index(memory_files)
    index.truncate_to(1010)
    assert index.last() == (500, 1005)
    index.append(600, 1008)
    assert index.last() == (600, 1008)
    index.clear()
    index.append(1, 1001)
    assert index.last() == (1, 1001)
