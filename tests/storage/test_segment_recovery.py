"""Reading a segment of which nothing is known."""

import pytest

from kafkapy.records.batch import BatchHeader
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage import segment_recovery
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.placement import Placed
from kafkapy.storage.segment import Segment
from kafkapy.storage.segment_recovery import batches_of, recover_segment
from kafkapy.storage.transaction_index import AbortedTransaction

NOW_MS = 1_700_000_000_000
ABORTED = AbortedTransaction(1, 2, 3, 4)


def batch_at(offset: int, size: int = 20) -> bytearray:
    return build_batch([NewRecord(None, b"v" * size, NOW_MS + offset)], base_offset=offset)


def segment_of(files: MemoryFiles, *parts: bytes) -> Segment:
    segment = Segment.create(files, "/data", 0, NOW_MS)
    for part in parts:
        segment.log.append(part)
    return segment


def recover(segment: Segment) -> tuple[int, list[int]]:
    """The bytes cut, and the offsets of the batches that were replayed."""
    replayed: list[int] = []

    def replay(header: BatchHeader, batch: memoryview) -> list[AbortedTransaction]:
        assert len(batch) == header.size_bytes
        replayed.append(header.base_offset)
        return [ABORTED] if header.base_offset == 1 else []

    return recover_segment(segment, 0, replay), replayed


def test_a_sound_segment_gets_the_indexes_that_appends_would_have_made(memory_files: MemoryFiles) -> None:
    made = Segment.create(memory_files, "/data", 0, NOW_MS)
    for offset in range(30):
        batch = batch_at(offset)
        made.append(batch, [Placed(offset, NOW_MS + offset, len(batch))], 200)
    made.seal()
    before = {name: memory_files.read(f"/data/{name}") for name in memory_files.list("/data")}
    found = Segment(memory_files, "/data", 0, NOW_MS)
    assert recover_segment(found, 200, lambda header, batch: ()) == 0
    found.seal()
    assert {name: memory_files.read(f"/data/{name}") for name in memory_files.list("/data")} == before


def test_half_a_batch_at_the_end_is_cut_off(memory_files: MemoryFiles) -> None:
    segment = segment_of(memory_files, batch_at(0), batch_at(1), batch_at(2)[:-5])
    assert recover(segment) == (len(batch_at(2)) - 5, [0, 1])
    assert segment.next_offset() == 2
    assert segment.transaction_index.entries == [ABORTED]


@pytest.mark.parametrize("rest", [b"\0" * 500, b"\xff" * 70, b"\0" * 10])
def test_garbage_at_the_end_is_cut_off(memory_files: MemoryFiles, rest: bytes) -> None:
    assert recover(segment_of(memory_files, batch_at(0), rest)) == (len(rest), [0])


def test_everything_from_a_wrong_checksum_on_is_cut_off(memory_files: MemoryFiles) -> None:
    bad = batch_at(1)
    bad[-1] ^= 1
    assert recover(segment_of(memory_files, batch_at(0), bad, batch_at(2))) == (2 * len(bad), [0])


@pytest.mark.parametrize("offset", [0, -5, 1 << 40])
def test_an_offset_that_cannot_follow_ends_the_segment(memory_files: MemoryFiles, offset: int) -> None:
    segment = segment_of(memory_files, batch_at(0), batch_at(offset))
    assert recover(segment)[1] == [0]


def test_gaps_between_offsets_are_no_damage(memory_files: MemoryFiles) -> None:
    assert recover(segment_of(memory_files, batch_at(3), batch_at(10))) == (0, [3, 10])


def test_batches_larger_than_what_is_read_at_once_are_read_whole(
    memory_files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_recovery, "READ_BYTES", 100)
    segment = segment_of(memory_files, batch_at(0, 300), batch_at(1), batch_at(2, 150), batch_at(3))
    assert [header.base_offset for _, header, _ in batches_of(segment.log)] == [0, 1, 2, 3]
    assert recover(segment) == (0, [0, 1, 2, 3])
