"""Who may append what: the cases were run against Apache Kafka 4.3, with these answers."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header
from kafkapy.records.builder import emptied_batch
from kafkapy.records.control import ControlType, EndTransactionMarker, control_batch, end_transaction_batch
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.producer_append import DuplicateBatch, marker_update
from tests.storage.producers import NOW, Partition

LAST = 2**31 - 1


@pytest.fixture
def partition() -> Partition:
    return Partition()


def refused(call: object, *args: object, **named: object) -> KafkaError:
    assert callable(call)
    with pytest.raises(KafkaError) as refusal:
        call(*args, **named)
    return refusal.value


def test_an_unknown_producer_may_start_anywhere_and_goes_on_from_there(partition: Partition) -> None:
    assert partition.produce(1, 0, 17) == 0
    assert partition.produce(1, 0, 18, 3) == 1
    assert partition.produce(1, 0, 21) == 4


def test_a_batch_sent_again_is_where_it_was(partition: Partition) -> None:
    partition.produce(1, 0, 0, 2)
    partition.produce(1, 0, 2, 3, timestamp=NOW + 5)
    assert partition.produce(1, 0, 2, 3, timestamp=NOW + 9) == DuplicateBatch(2, 4, NOW + 5)
    assert partition.end == 5


def test_a_batch_that_only_overlaps_an_old_one_is_out_of_order(partition: Partition) -> None:
    partition.produce(1, 0, 0, 3)
    assert refused(partition.produce, 1, 0, 0, 2).code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert refused(partition.produce, 1, 0, 1, 2).code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_a_gap_is_out_of_order(partition: Partition) -> None:
    partition.produce(1, 0, 0)
    refusal = refused(partition.produce, 1, 0, 30)
    assert refusal.code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert refusal.detail == (
        "Out of order sequence number for producer 1 at offset 1 in partition t-0: 30 (incoming seq. "
        "number), 0 (current end sequence number)"
    )


def test_a_retry_is_recognised_among_the_last_five_batches_only(partition: Partition) -> None:
    for sequence in range(7):
        partition.produce(1, 0, sequence)
    assert partition.produce(1, 0, 2) == DuplicateBatch(2, 2, NOW)
    assert refused(partition.produce, 1, 0, 1).code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_sequences_go_on_at_zero_after_the_greatest(partition: Partition) -> None:
    assert partition.produce(2, 0, LAST - 2, 2) == 0
    assert partition.produce(2, 0, LAST, 3) == 2
    assert partition.produce(2, 0, LAST, 3) == DuplicateBatch(2, 4, NOW)
    assert partition.produce(2, 0, 2) == 5


def test_a_new_epoch_starts_at_zero_and_ends_the_old_one(partition: Partition) -> None:
    partition.produce(1, 0, 17)
    refusal = refused(partition.produce, 1, 1, 18)
    assert refusal.code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert "Invalid sequence number for new epoch of producer 1" in refusal.detail
    assert partition.produce(1, 5, 0) == 1
    for sequence in (17, 18):
        assert refused(partition.produce, 1, 0, sequence).code is ErrorCode.INVALID_PRODUCER_EPOCH


def test_a_producer_without_epoch_may_send_anything(partition: Partition) -> None:
    assert partition.produce(3, -1, 0) == 0
    assert partition.produce(3, -1, 9) == 1
    assert partition.produce(3, 0, 4) == 2
    assert partition.produce(3, 0, 5) == 3
    assert refused(partition.produce, 3, 0, 7).code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_producers_do_not_know_each_other(partition: Partition) -> None:
    assert [partition.produce(producer, 0, 0) for producer in (1, 2, 3)] == [0, 1, 2]
    assert [partition.produce(producer, 0, 1) for producer in (3, 2, 1)] == [3, 4, 5]


def test_a_coordinators_batches_have_no_sequences_but_epochs(partition: Partition) -> None:
    origin = AppendOrigin.COORDINATOR
    for _ in range(2):
        partition.produce(1, 3, -1, transactional=True, origin=origin)
    assert partition.states.producers[1].last_sequence == -1
    late = refused(partition.produce, 1, 2, -1, transactional=True, origin=origin)
    assert late.code is ErrorCode.INVALID_PRODUCER_EPOCH


def test_within_its_transaction_a_producer_writes_nothing_else(partition: Partition) -> None:
    partition.produce(10, 0, 0, 2, transactional=True)
    assert refused(partition.produce, 10, 0, 2).code is ErrorCode.INVALID_TXN_STATE
    assert partition.produce(10, 0, 2, transactional=True) == 2
    assert partition.produce(10, 1, 0, transactional=True) == 3
    partition.end_transaction(10, 1, committed=True)
    assert partition.produce(10, 1, 1) == 5


def test_nothing_has_changed_after_a_refusal(partition: Partition) -> None:
    partition.produce(10, 4, 0, transactional=True)
    before = partition.states.encode_snapshot()
    for call in (
        lambda: partition.produce(10, 3, 1, transactional=True),
        lambda: partition.produce(10, 5, 1, transactional=True),
        lambda: partition.produce(10, 4, 9, transactional=True),
        lambda: partition.produce(10, 4, 1),
        lambda: partition.end_transaction(10, 3, committed=True),
    ):
        refused(call)
    assert partition.states.encode_snapshot() == before


def test_a_marker_of_an_old_epoch_is_refused_and_may_be_written_twice(partition: Partition) -> None:
    partition.produce(10, 1, 0, transactional=True)
    assert refused(partition.end_transaction, 10, 0, committed=True).code is ErrorCode.INVALID_PRODUCER_EPOCH
    assert partition.end_transaction(10, 1, committed=True) == 1
    assert partition.end_transaction(10, 1, committed=True) == 2
    assert partition.end_transaction(10, 1, committed=False) == 3
    assert partition.produce(10, 1, 1, transactional=True) == 4


def test_a_marker_with_a_new_epoch_starts_the_sequences_again(partition: Partition) -> None:
    partition.produce(10, 1, 0, transactional=True)
    partition.end_transaction(10, 2, committed=False)
    assert (
        refused(partition.produce, 10, 2, 1, transactional=True).code
        is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    )
    assert partition.produce(10, 2, 0, transactional=True) == 2


def test_a_marker_of_a_former_coordinator_is_refused(partition: Partition) -> None:
    partition.end_transaction(10, 0, committed=True, coordinator_epoch=5)
    refusal = refused(partition.end_transaction, 10, 0, committed=True, coordinator_epoch=4)
    assert refusal.code is ErrorCode.TRANSACTION_COORDINATOR_FENCED
    assert refusal.detail == (
        "Invalid coordinator epoch for producerId 10 at offset 1 in partition t-0: 4 (zombie), 5 (current)"
    )


def test_from_version_2_on_the_marker_of_an_open_transaction_has_a_new_epoch(partition: Partition) -> None:
    partition.produce(20, 0, 0, transactional=True)
    late = refused(partition.end_transaction, 20, 0, committed=True, version=2)
    assert late.code is ErrorCode.INVALID_PRODUCER_EPOCH
    assert partition.end_transaction(20, 1, committed=True, version=2) == 1
    assert partition.end_transaction(20, 1, committed=True, version=2) == 2
    partition.produce(20, 1, 0, transactional=True)
    assert partition.end_transaction(20, 1, committed=True, version=1) == 4


def test_markers_without_a_producer_are_remembered(partition: Partition) -> None:
    partition.end_transaction(21, 3, committed=True, version=2)
    entry = partition.states.producers[21]
    assert (entry.epoch, entry.coordinator_epoch, entry.last_timestamp) == (3, 0, NOW)
    assert partition.states.first_unstable_offset is None


def test_an_emptied_marker_and_other_control_batches_change_nothing() -> None:
    batch = end_transaction_batch(5, 0, EndTransactionMarker(True, 0), NOW)
    empty = memoryview(emptied_batch(read_header(batch)))
    assert marker_update(read_header(empty), 7, empty) is None
    other = memoryview(control_batch(ControlType.LEADER_CHANGE, b"", NOW))
    assert marker_update(read_header(other), 7, other) is None
