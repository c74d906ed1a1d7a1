"""One segment: what goes into its indexes, how batches are found again, how it is cut."""

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.placement import Placed
from kafkapy.storage.segment import MAX_HINTS, Segment

NOW_MS = 1_700_000_000_000
INTERVAL = 150


def batch_at(offset: int, timestamp: int = NOW_MS, records: int = 1) -> bytearray:
    return build_batch([NewRecord(None, b"v" * 20, timestamp)] * records, base_offset=offset)


def new_segment(files: MemoryFiles, base_offset: int = 100) -> Segment:
    return Segment.create(files, "/data", base_offset, NOW_MS)


def append(segment: Segment, offset: int, timestamp: int = NOW_MS, records: int = 1) -> None:
    batch = batch_at(offset, timestamp, records)
    segment.append(batch, [Placed(offset + records - 1, timestamp, len(batch))], INTERVAL)


@pytest.fixture
def segment(memory_files: MemoryFiles) -> Segment:
    """Ten batches of two records, from offset 100 on, each a millisecond later."""
    segment = new_segment(memory_files)
    for number in range(10):
        append(segment, 100 + 2 * number, NOW_MS + number, records=2)
    return segment


SIZE = len(batch_at(0, records=2))


def test_a_new_segment_has_its_files_once_they_are_asked_for_and_nothing_in_them(
    memory_files: MemoryFiles,
) -> None:
    for suffix in ("txnindex", "index", "log"):
        memory_files.write(f"/data/00000000000000000100.{suffix}", b"old")
    segment = new_segment(memory_files)
    assert memory_files.list("/data") == ["00000000000000000100.log"]
    segment.open_files()
    assert memory_files.list("/data") == [
        f"00000000000000000100.{suffix}" for suffix in ("index", "log", "timeindex")
    ]
    assert (segment.size_bytes, segment.max_timestamp, segment.first_timestamp) == (0, -1, -1)
    assert segment.next_offset() == 100


def test_a_batch_is_indexed_once_more_than_the_interval_lies_behind(segment: Segment) -> None:
    assert SIZE < INTERVAL < 2 * SIZE
    entries = segment.offset_index.entries
    assert [entries[at] for at in range(len(entries))] == [
        (2 * number + 1, number * SIZE) for number in (2, 4, 6, 8)
    ]
    times = segment.time_index.entries
    assert [times[at] for at in range(len(times))] == [
        (NOW_MS + number, 2 * number + 1) for number in (2, 4, 6, 8)
    ]


def test_the_batch_that_holds_an_offset_is_found(segment: Segment) -> None:
    for offset in range(100, 120):
        found = segment.find(offset)
        assert found is not None
        assert (found[0], found[1].base_offset) == ((offset - 100) // 2 * SIZE, offset // 2 * 2)
    assert segment.find(120) is None
    assert segment.position_of(120) == segment.size_bytes
    assert segment.position_of(3) == 0


def test_a_hint_spares_the_search_and_few_are_kept(segment: Segment) -> None:
    segment.leave_hint(106, 3 * SIZE)
    assert segment.position_of(106) == 3 * SIZE
    for offset in range(1000, 1000 + MAX_HINTS):
        segment.leave_hint(offset, 0)
    assert len(segment.hints) == MAX_HINTS
    assert 106 not in segment.hints


@pytest.mark.parametrize("start", [0, 1, 5])
def test_a_size_limit_falls_back_to_the_end_of_a_batch(segment: Segment, start: int) -> None:
    position = start * SIZE
    for batches in range(9 - start):
        for extra in (0, 1, SIZE - 1):
            limit = position + batches * SIZE + extra
            assert segment.boundary(position, limit) == (
                position + batches * SIZE,
                100 + 2 * (start + batches),
            )


def test_the_next_offset_follows_from_the_last_batches(segment: Segment, memory_files: MemoryFiles) -> None:
    segment.close()
    assert Segment(memory_files, "/data", 100, NOW_MS).next_offset() == 120


def test_an_index_that_points_elsewhere_is_noticed(segment: Segment, memory_files: MemoryFiles) -> None:
    segment.offset_index.append(1000, 9 * SIZE)
    with pytest.raises(KafkaError, match="does not fit"):
        segment.next_offset()


def test_a_cut_batch_is_noticed(segment: Segment) -> None:
    segment.log.truncate(segment.size_bytes - 1)
    with pytest.raises(KafkaError, match="is cut"):
        segment.next_offset()


def test_the_largest_timestamp_is_that_of_all_batches_even_if_time_goes_back(
    memory_files: MemoryFiles,
) -> None:
    segment = new_segment(memory_files)
    for offset, timestamp in ((100, NOW_MS), (101, NOW_MS + 50), (102, NOW_MS - 50)):
        append(segment, offset, timestamp)
    assert (segment.max_timestamp, segment.max_timestamp_offset, segment.first_timestamp) == (
        NOW_MS + 50,
        101,
        NOW_MS,
    )
    segment.seal()
    again = Segment(memory_files, "/data", 100, NOW_MS)
    assert (again.max_timestamp, again.max_timestamp_offset, again.first_timestamp) == (
        NOW_MS + 50,
        101,
        NOW_MS,
    )


def test_without_timestamps_the_file_tells_the_age(memory_files: MemoryFiles) -> None:
    segment = new_segment(memory_files)
    append(segment, 100, -1)
    memory_files.set_modified_ms(segment.log.path, 12345)
    assert (segment.max_timestamp, segment.largest_timestamp) == (-1, 12345)


def test_truncation_goes_back_to_the_batch_that_holds_the_offset(
    segment: Segment, memory_files: MemoryFiles
) -> None:
    segment.truncate_to(111)
    assert segment.size_bytes == 5 * SIZE
    assert (segment.next_offset(), segment.max_timestamp) == (110, NOW_MS + 4)
    append(segment, 110, NOW_MS + 1)
    segment.seal()
    assert Segment(memory_files, "/data", 100, NOW_MS).max_timestamp == NOW_MS + 4


def test_truncation_to_the_start_empties_the_segment(segment: Segment) -> None:
    segment.truncate_to(100)
    assert (segment.size_bytes, segment.max_timestamp, segment.next_offset()) == (0, -1, 100)
    assert len(segment.offset_index.entries) == len(segment.time_index.entries) == 0


def test_a_deleted_segment_is_renamed_with_all_its_files(segment: Segment, memory_files: MemoryFiles) -> None:
    paths = segment.mark_deleted()
    assert [path.rpartition("/")[2] for path in sorted(paths)] == memory_files.list("/data")
    assert all(path.endswith(".deleted") for path in paths)
