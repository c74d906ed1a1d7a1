"""Leader epochs and where they begin."""

import pytest

from kafkapy.storage.checkpoints import MalformedCheckpoint
from kafkapy.storage.leader_epochs import UNDEFINED, LeaderEpochs
from kafkapy.storage.memory_files import MemoryFiles


def filled(files: MemoryFiles) -> LeaderEpochs:
    epochs = LeaderEpochs(files, "/data")
    for epoch, start in ((0, 0), (2, 10), (5, 20)):
        epochs.assign(epoch, start)
    return epochs


def test_what_is_written_is_there_when_the_file_is_read(memory_files: MemoryFiles) -> None:
    assert filled(memory_files).write()
    assert memory_files.read("/data/leader-epoch-checkpoint") == b"0\n3\n0 0\n2 10\n5 20\n"
    assert LeaderEpochs(memory_files, "/data").entries == [(0, 0), (2, 10), (5, 20)]


def test_only_changes_are_written(memory_files: MemoryFiles) -> None:
    epochs = filled(memory_files)
    epochs.write()
    calls = memory_files.calls
    epochs.assign(5, 30)
    assert not epochs.write()
    assert memory_files.calls == calls
    epochs.truncate_from_end(15)
    assert LeaderEpochs(memory_files, "/data").latest == 5
    assert epochs.write()
    assert LeaderEpochs(memory_files, "/data").latest == epochs.latest == 2


@pytest.mark.parametrize(("epoch", "start"), [(5, 30), (-1, 40)])
def test_a_known_epoch_and_none_change_nothing(memory_files: MemoryFiles, epoch: int, start: int) -> None:
    epochs = filled(memory_files)
    epochs.assign(epoch, start)
    assert epochs.entries[-1] == (5, 20)


def test_a_new_entry_replaces_those_it_contradicts(memory_files: MemoryFiles) -> None:
    epochs = filled(memory_files)
    epochs.assign(6, 10)
    assert epochs.entries == [(0, 0), (6, 10)]
    epochs.assign(3, 40)
    assert epochs.entries == [(0, 0), (3, 40)]
    assert epochs.latest == 3


def test_the_end_of_an_epoch_is_the_start_of_the_next_known_one(memory_files: MemoryFiles) -> None:
    epochs = filled(memory_files)
    assert [epochs.end_offset_for(epoch, 33) for epoch in (0, 1, 2, 4, 5)] == [
        (0, 10),
        (0, 10),
        (2, 20),
        (2, 20),
        (5, 33),
    ]
    assert epochs.end_offset_for(6, 33) == UNDEFINED
    assert epochs.end_offset_for(-1, 33) == UNDEFINED


def test_an_epoch_before_the_first_ends_where_the_first_begins(memory_files: MemoryFiles) -> None:
    epochs = LeaderEpochs(memory_files, "/data")
    assert epochs.end_offset_for(0, 5) == UNDEFINED
    epochs.assign(4, 7)
    assert epochs.end_offset_for(2, 9) == (2, 7)


def test_offsets_know_their_epoch(memory_files: MemoryFiles) -> None:
    epochs = filled(memory_files)
    assert [epochs.epoch_at(offset) for offset in (0, 9, 10, 19, 20, 99)] == [0, 0, 2, 2, 5, 5]
    epochs.truncate_from_start(12)
    assert epochs.epoch_at(11) == -1


@pytest.mark.parametrize(
    ("epoch", "offset", "entries"),
    [
        (2, 15, [(0, 0), (2, 10), (5, 20)]),
        (-1, 15, [(0, 0), (2, 10), (5, 20)]),
        (5, 17, [(0, 0), (2, 10), (5, 17)]),
        (2, 25, [(0, 0), (2, 10)]),
        (2, 8, [(0, 0), (2, 8)]),
        (7, 30, [(0, 0), (2, 10), (5, 20), (7, 30)]),
        (3, 20, [(0, 0), (2, 10), (3, 20)]),
    ],
)
def test_what_a_batch_says_of_its_epoch_counts_more_than_the_entries(
    memory_files: MemoryFiles, epoch: int, offset: int, entries: list[tuple[int, int]]
) -> None:
    epochs = filled(memory_files)
    epochs.observe(epoch, offset)
    assert epochs.entries == entries
    epochs.write()
    assert LeaderEpochs(memory_files, "/data").latest == epochs.latest == entries[-1][0]


def test_truncation_from_the_end_drops_epochs_that_begin_there(memory_files: MemoryFiles) -> None:
    epochs = filled(memory_files)
    epochs.truncate_from_end(21)
    assert epochs.latest == 5
    epochs.truncate_from_end(10)
    assert epochs.entries == [(0, 0)]
    assert epochs.latest == 0


def test_truncation_from_the_start_keeps_the_epoch_that_is_current_there(memory_files: MemoryFiles) -> None:
    epochs = filled(memory_files)
    for start in (15, 15, 3):
        epochs.truncate_from_start(start)
        assert epochs.entries == [(2, 15), (5, 20)]
    epochs.clear()
    assert (epochs.entries, epochs.latest) == ([], -1)


@pytest.mark.parametrize("content", [b"", b"0\n1\nx 0\n", b"0\n2\n1 0\n1 5\n", b"0\n2\n1 9\n2 5\n"])
def test_an_unreadable_file_is_an_error(memory_files: MemoryFiles, content: bytes) -> None:
    memory_files.write("/data/leader-epoch-checkpoint", content)
    with pytest.raises(MalformedCheckpoint):
        LeaderEpochs(memory_files, "/data")
