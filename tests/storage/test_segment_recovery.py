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

pytestmark = pytest.mark.usefixtures("either_scan")

NOW_MS = 1_700_000_000_000
ABORTED = AbortedTransaction(1, 2, 3, 4)


def batch_at(
    offset: int, size: int = 20, *, producer_id: int = 7, epoch: int = 0, transactional: bool = True
) -> bytearray:
    return build_batch(
        [NewRecord(None, b"v" * size, NOW_MS + offset)],
        base_offset=offset,
        producer_id=producer_id,
        producer_epoch=0 if producer_id >= 0 else -1,
        base_sequence=0 if producer_id >= 0 else -1,
        partition_leader_epoch=epoch,
        transactional=transactional,
    )


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


def test_of_batches_without_a_producer_only_those_that_begin_an_epoch_are_replayed(
    memory_files: MemoryFiles,
) -> None:
    epochs = [1, 1, 2, 2, 2, 5]
    parts = [
        batch_at(offset, producer_id=-1, epoch=epoch, transactional=False)
        for offset, epoch in enumerate(epochs)
    ]
    assert recover(segment_of(memory_files, *parts)) == (0, [0, 2, 5])


def test_of_a_row_of_batches_of_a_producer_the_last_five_are_replayed(memory_files: MemoryFiles) -> None:
    row = [(3, False)] * 7
    parts = [
        batch_at(offset, producer_id=producer_id, transactional=transactional)
        for offset, (producer_id, transactional) in enumerate(
            [(1, False), (1, False), (2, False), (1, False), (1, True), (2, False), (1, False), *row]
        )
    ]
    replayed: list[tuple[int, int]] = []

    def replay(header: BatchHeader, _: memoryview) -> list[AbortedTransaction]:
        replayed.append((header.producer_id, header.base_offset))
        return []

    recover_segment(segment_of(memory_files, *parts), 0, replay)
    in_order = [(1, 0), (1, 1), (1, 3), (1, 4)]
    assert replayed == [*in_order, (2, 2), (2, 5), (1, 6), *((3, offset) for offset in range(9, 14))]


def test_a_settled_part_is_not_read_again(memory_files: MemoryFiles) -> None:
    """A wrong checksum in it stays unnoticed, and indexes and notes are as if all had been read."""
    parts = [batch_at(offset) for offset in range(40)]
    parts[5][-1] ^= 1
    made = segment_of(memory_files, *parts)
    for offset, batch in enumerate(parts):
        place = Placed(offset, NOW_MS + offset, len(batch))
        made.note(sum(map(len, parts[:offset])), place, 200)
    made.close()
    before = {name: memory_files.read(f"/data/{name}") for name in memory_files.list("/data")}
    for settled in range(6, 41):
        found = Segment(memory_files, "/data", 0, NOW_MS)
        replayed: list[int] = []
        position = found.settle_below(settled)
        assert position == sum(map(len, parts[:settled]))

        def replay(header: BatchHeader, _: memoryview, to: list[int] = replayed) -> list[AbortedTransaction]:
            to.append(header.base_offset)
            return []

        assert recover_segment(found, 200, replay, position=position, next_offset=settled) == 0
        assert replayed == list(range(settled, 40))
        assert found.notes == made.notes
        found.time_index.entries.cut(len(made.time_index.entries))
        found.close()
        assert {name: memory_files.read(f"/data/{name}") for name in memory_files.list("/data")} == before


def test_gaps_between_offsets_are_no_damage(memory_files: MemoryFiles) -> None:
    assert recover(segment_of(memory_files, batch_at(3), batch_at(10))) == (0, [3, 10])


def test_batches_larger_than_what_is_read_at_once_are_read_whole(
    memory_files: MemoryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_recovery, "READ_BYTES", 100)
    segment = segment_of(memory_files, batch_at(0, 300), batch_at(1), batch_at(2, 150), batch_at(3))
    assert [header.base_offset for _, header, _ in batches_of(segment.log)] == [0, 1, 2, 3]
    assert recover(segment) == (0, [0, 1, 2, 3])
