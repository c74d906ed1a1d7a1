"""What an append asks of the producers."""

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.placement import place
from kafkapy.storage.producer_append import DuplicateBatch, ProducerUpdate
from kafkapy.storage.producer_check import check_producers
from kafkapy.storage.producer_state import ProducerStates

RECORD = NewRecord(None, b"v", 1000)


def checked(
    states: ProducerStates,
    buffer: bytearray,
    next_offset: int,
    origin: AppendOrigin = AppendOrigin.COORDINATOR,
) -> list[ProducerUpdate] | DuplicateBatch:
    headers = [header for _, header in iterate_headers(buffer)]
    placed = place(buffer, headers, next_offset, 0, origin)
    return check_producers(states, buffer, headers, placed, origin, None, 0)


def produced(producer_id: int, sequence: int = 0, *, transactional: bool = False) -> bytearray:
    return build_batch(
        [RECORD] * 2,
        producer_id=producer_id,
        producer_epoch=0,
        base_sequence=sequence,
        transactional=transactional,
    )


def test_batches_without_a_producer_change_nothing() -> None:
    assert checked(ProducerStates("t-0"), build_batch([RECORD]), 5) == []


def test_every_batch_of_a_producer_counts_with_the_offsets_it_gets() -> None:
    states = ProducerStates("t-0")
    marker = end_transaction_batch(8, 0, EndTransactionMarker(False, 3), 2000)
    updates = checked(
        states, produced(8, transactional=True) + build_batch([RECORD]) + produced(9) + marker, 40
    )
    assert isinstance(updates, list)
    assert [update.producer_id for update in updates] == [8, 9, 8]
    for update in updates[:2]:
        states.commit(update)
    (aborted,) = states.commit(updates[2])
    assert (aborted.first_offset, aborted.last_offset) == (40, 45)


def test_a_batch_that_is_there_ends_the_append() -> None:
    states = ProducerStates("t-0")
    updates = checked(states, produced(8), 40, AppendOrigin.CLIENT)
    assert isinstance(updates, list)
    states.commit(updates[0])
    assert checked(states, produced(8), 50, AppendOrigin.CLIENT) == DuplicateBatch(40, 41, 1000)


def test_a_refused_batch_refuses_the_append() -> None:
    states = ProducerStates("t-0")
    updates = checked(states, produced(8), 40, AppendOrigin.CLIENT)
    assert isinstance(updates, list)
    states.commit(updates[0])
    with pytest.raises(KafkaError, match="OUT_OF_ORDER"):
        checked(states, produced(8, 5), 50, AppendOrigin.CLIENT)
