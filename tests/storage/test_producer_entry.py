"""What is remembered of one producer."""

from kafkapy.storage.producer_entry import ProducedBatch, ProducerEntry
from tests.storage.producers import NOW


def test_a_batch_knows_where_it_starts() -> None:
    batch = ProducedBatch(last_sequence=9, last_offset=109, offset_delta=4, timestamp=NOW)
    assert (batch.first_sequence, batch.first_offset) == (5, 105)


def test_a_batch_over_the_greatest_sequence_starts_below_it() -> None:
    assert ProducedBatch(1, 103, 3, NOW).first_sequence == 2**31 - 2


def test_only_the_last_five_batches_are_remembered() -> None:
    entry = ProducerEntry(1, epoch=0)
    for i in range(7):
        entry.remember(ProducedBatch(i, 100 + i, 0, NOW + i))
    assert [batch.last_sequence for batch in entry.batches] == [2, 3, 4, 5, 6]
    assert (entry.last_sequence, entry.next_sequence, entry.last_timestamp) == (6, 7, NOW + 6)


def test_after_the_greatest_sequence_comes_zero() -> None:
    entry = ProducerEntry(1, epoch=0, batches=[ProducedBatch(2**31 - 1, 5, 0, NOW)])
    assert entry.next_sequence == 0


def test_a_new_epoch_starts_without_batches() -> None:
    entry = ProducerEntry(1, epoch=0, batches=[ProducedBatch(7, 5, 0, NOW)])
    entry.enter(0)
    assert entry.last_sequence == 7
    entry.enter(1)
    assert (entry.epoch, entry.last_sequence, entry.next_sequence) == (1, -1, 0)
