"""Transactional data needs a coordinator that knows of it."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.producer_verification import Verification, Verifications
from tests.storage.producers import NOW, Partition, header_of

HOUR = 3_600_000


@pytest.fixture
def partition() -> Partition:
    return Partition(verifies_transactions=True)


def verify(
    partition: Partition, producer_id: int, epoch: int, sequence: int, *, bumps: bool = False
) -> Verification:
    header = header_of(producer_id, epoch, sequence, transactional=True)
    found = partition.states.start_verification(header, bumps_epoch=bumps, now_ms=NOW)
    assert found is not None
    return found


def code_of(
    partition: Partition, sequence: int, verification: Verification | None, epoch: int = 0
) -> ErrorCode:
    with pytest.raises(KafkaError) as refusal:
        partition.produce(1, epoch, sequence, transactional=True, verification=verification)
    return refusal.value.code


def test_a_transaction_that_nobody_confirmed_is_refused(partition: Partition) -> None:
    assert code_of(partition, 0, None) is ErrorCode.INVALID_TXN_STATE


def test_a_confirmed_transaction_may_start_and_needs_no_more_proof(partition: Partition) -> None:
    proof = verify(partition, 1, 0, 0)
    assert partition.produce(1, 0, 0, transactional=True, verification=proof) == 0
    assert partition.produce(1, 0, 1, transactional=True) == 1
    header = header_of(1, 0, 2, transactional=True)
    assert partition.states.start_verification(header, bumps_epoch=False, now_ms=NOW) is None


def test_a_proof_holds_for_one_transaction(partition: Partition) -> None:
    proof = verify(partition, 1, 0, 0)
    partition.produce(1, 0, 0, transactional=True, verification=proof)
    partition.end_transaction(1, 0, committed=True)
    assert code_of(partition, 1, proof) is ErrorCode.INVALID_TXN_STATE


def test_a_marker_makes_a_proof_that_is_underway_worthless(partition: Partition) -> None:
    proof = verify(partition, 1, 0, 0)
    partition.end_transaction(1, 0, committed=False)
    assert code_of(partition, 0, proof) is ErrorCode.INVALID_TXN_STATE


def test_a_late_batch_of_an_older_epoch_is_refused(partition: Partition) -> None:
    partition.produce(1, 0, 0, transactional=True, verification=verify(partition, 1, 0, 0))
    partition.end_transaction(1, 1, committed=False)
    assert code_of(partition, 1, verify(partition, 1, 0, 1)) is ErrorCode.INVALID_PRODUCER_EPOCH


def test_requests_that_overtake_each_other_share_a_proof_and_keep_their_order(partition: Partition) -> None:
    later = verify(partition, 1, 0, 5)
    assert verify(partition, 1, 0, 0) is later
    assert code_of(partition, 5, later) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert partition.produce(1, 0, 0, 5, transactional=True, verification=later) == 0
    assert partition.produce(1, 0, 5, transactional=True) == 5


def test_a_newer_epoch_counts_its_own_sequences(partition: Partition) -> None:
    proof = verify(partition, 1, 0, 0)
    assert verify(partition, 1, 1, 3) is proof
    assert (proof.epoch, proof.lowest_sequence) == (1, 3)
    assert verify(partition, 1, 0, 0).lowest_sequence == 3


def test_a_new_producer_whose_epochs_rise_starts_at_zero(partition: Partition) -> None:
    proof = verify(partition, 1, 0, 3, bumps=True)
    assert code_of(partition, 3, proof) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    old_style = verify(partition, 2, 0, 3)
    assert partition.produce(2, 0, 3, transactional=True, verification=old_style) == 0


def test_coordinators_need_a_proof_too_but_have_no_sequences(partition: Partition) -> None:
    origin = AppendOrigin.COORDINATOR
    with pytest.raises(KafkaError, match="not part of an ongoing transaction"):
        partition.produce(1, 0, -1, transactional=True, origin=origin)
    proof = verify(partition, 1, 0, -1, bumps=True)
    assert partition.produce(1, 0, -1, transactional=True, origin=origin, verification=proof) == 0


def test_questions_without_an_answer_expire() -> None:
    questions = Verifications()
    header = header_of(1, 0, 0, transactional=True)
    question = questions.start(header, False, NOW)
    questions.expire(NOW + HOUR - 1, HOUR)
    assert questions.start(header, False, NOW + 1) is question
    questions.expire(NOW + HOUR, HOUR)
    assert questions.start(header, False, NOW) is not question


def test_a_question_that_was_refused_for_good_does_not_hold_up_the_next_transaction(
    partition: Partition,
) -> None:
    refused = verify(partition, 1, 0, 0)
    partition.states.withdraw_verification(1, refused)
    proof = verify(partition, 1, 0, 4)
    partition.states.withdraw_verification(1, refused)
    assert partition.produce(1, 0, 4, transactional=True, verification=proof) == 0
