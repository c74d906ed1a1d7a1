"""The steps of a transaction on virtual time: what is stored before what, and what a crash leaves to do."""

import asyncio

import pytest

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.metadata import LAST_CLIENT_EPOCH
from kafkapy.coordinator.transaction.records import RECORDS, transaction_record
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.framing import encode_key, encode_versioned
from tests.coordinator.transaction.harness import ID, PARTITIONS, TIMEOUT_MS, TransactionHarness, done

CHECK_MS = 10_000
RETRY_MS = 100


def next_epoch(producer: ProducerIdentity) -> ProducerIdentity:
    return producer._replace(producer_epoch=producer.producer_epoch + 1)


def states(transactions: TransactionHarness) -> list[int]:
    """The state in each record of the log."""
    return [
        value.transaction_status
        for batch in transactions.log.batches
        for _, value in (RECORDS.decode(*pair) for pair in batch)
        if value is not None
    ]


# -- the steps ---------------------------------------------------------------------------------------------


def test_an_end_is_prepared_marked_everywhere_and_completed(transactions: TransactionHarness) -> None:
    producer = transactions.begin()
    assert done(transactions.end(producer)) == next_epoch(producer)
    assert transactions.marked() == [(1, True, 0), (1, True, 1)]
    assert states(transactions) == [0, 1, 2, 4]
    assert transactions.stored().partitions == ()


async def test_markers_wait_until_the_decision_is_committed(transactions: TransactionHarness) -> None:
    producer = transactions.begin()
    transactions.log.holds_back = True
    reply = transactions.end(producer)
    assert isinstance(reply, asyncio.Future)
    assert not transactions.marked()
    transactions.log.commit()
    assert len(transactions.marked()) == 2
    transactions.log.commit()
    assert await reply == next_epoch(producer)
    assert states(transactions)[-1] == 4


async def test_a_decision_that_is_lost_was_none(transactions: TransactionHarness) -> None:
    producer = transactions.begin()
    transactions.log.holds_back = True
    reply = transactions.end(producer)
    assert isinstance(reply, asyncio.Future)
    transactions.log.lose(KafkaError(ErrorCode.NOT_LEADER_OR_FOLLOWER))
    with pytest.raises(KafkaError) as refusal:
        await reply
    assert refusal.value.code is ErrorCode.NOT_COORDINATOR
    assert not transactions.marked()
    transactions.log.holds_back = False
    transactions.clock.advance(0)
    assert transactions.state == "Ongoing"
    assert done(transactions.end(producer, commit=False)) == next_epoch(producer)
    assert {committed for _, committed, _ in transactions.marked()} == {False}


@pytest.mark.parametrize("restarts", [False, True])
def test_partitions_that_do_not_take_their_marker_are_asked_until_they_do(
    transactions: TransactionHarness, restarts: bool
) -> None:
    producer = transactions.begin()
    transactions.environment.deaf.add(("t", 1))
    done(transactions.end(producer))
    assert transactions.state == "PrepareCommit"
    assert transactions.code_of_end(producer) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert transactions.code_of_end(producer, commit=False) is ErrorCode.INVALID_TXN_STATE
    for call in (
        lambda: transactions.start(),
        lambda: transactions.add(next_epoch(producer)),
        lambda: done(transactions.coordinator.verify_partitions(ID, next_epoch(producer), PARTITIONS)),
    ):
        with pytest.raises(KafkaError) as refusal:
            call()
        assert refusal.value.code is ErrorCode.CONCURRENT_TRANSACTIONS
    if restarts:
        transactions.load()
    transactions.clock.advance(RETRY_MS)
    assert transactions.state == "PrepareCommit"
    transactions.environment.deaf.clear()
    transactions.clock.advance(RETRY_MS)
    assert transactions.state == "CompleteCommit"
    assert transactions.marked() == [(1, True, 0)] * (1 + restarts) + [(1, True, 1)]


def test_a_transaction_is_complete_when_its_markers_are_kept_for_certain(
    transactions: TransactionHarness,
) -> None:
    transactions.environment.keeps_at_once = False
    producer = transactions.begin()
    done(transactions.end(producer))
    assert transactions.marked() == [(1, True, 0), (1, True, 1)]
    assert transactions.state == "PrepareCommit"
    (are_kept,) = transactions.environment.asked
    are_kept(True)
    assert transactions.state == "CompleteCommit"


def test_markers_that_may_be_lost_are_written_again(transactions: TransactionHarness) -> None:
    transactions.environment.keeps_at_once = False
    producer = transactions.begin()
    done(transactions.end(producer))
    transactions.environment.asked.pop()(False)
    assert transactions.state == "PrepareCommit"
    transactions.clock.advance(RETRY_MS)
    assert transactions.marked() == [(1, True, 0), (1, True, 1)] * 2
    transactions.environment.asked.pop()(True)
    assert transactions.state == "CompleteCommit"


def test_an_answer_about_markers_that_comes_too_late_changes_nothing(
    transactions: TransactionHarness,
) -> None:
    transactions.environment.keeps_at_once = False
    producer = transactions.begin()
    done(transactions.end(producer))
    (are_kept,) = transactions.environment.asked
    transactions.load()
    before = transactions.stored()
    are_kept(True)
    assert transactions.stored() == before


def test_if_the_completion_is_refused_it_is_tried_again(transactions: TransactionHarness) -> None:
    producer = transactions.begin()
    transactions.environment.deaf.add(("t", 1))
    done(transactions.end(producer))
    transactions.environment.deaf.clear()
    transactions.log.refuses = KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
    transactions.clock.advance(RETRY_MS)
    assert transactions.state == "PrepareCommit"
    transactions.log.refuses = None
    transactions.clock.advance(RETRY_MS)
    assert transactions.state == "CompleteCommit"


def test_what_the_log_refuses_has_not_happened(transactions: TransactionHarness) -> None:
    producer = transactions.begin()
    transactions.log.refuses = KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS)
    assert transactions.code_of_end(producer) is ErrorCode.COORDINATOR_NOT_AVAILABLE
    with pytest.raises(KafkaError):
        transactions.start()
    transactions.log.refuses = None
    assert (transactions.state, transactions.stored().epoch) == ("Ongoing", producer.producer_epoch)
    assert transactions.code_of_end(producer) is ErrorCode.NONE


# -- fencing and time --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0, 1, 2])
def test_fencing_raises_the_epoch_once_whatever_the_version(
    transactions: TransactionHarness, version: int
) -> None:
    transactions.environment.version = version
    transactions.begin(client_version=0)
    with pytest.raises(KafkaError) as refusal:
        transactions.start()
    assert refusal.value.code is ErrorCode.CONCURRENT_TRANSACTIONS
    assert transactions.marked() == [(1, False, 0), (1, False, 1)]
    assert {marker.transaction_version for marker in transactions.environment.markers} == {
        2 if version == 2 else 0
    }
    assert transactions.start().producer_epoch == 2


def test_a_transaction_is_aborted_at_the_first_look_after_its_timeout(
    transactions: TransactionHarness,
) -> None:
    producer = transactions.begin()
    transactions.clock.advance(TIMEOUT_MS)
    assert transactions.state == "Ongoing"
    transactions.clock.advance(CHECK_MS)
    assert (transactions.state, transactions.stored().epoch) == ("CompleteAbort", 1)
    assert transactions.code_of_end(producer) is ErrorCode.INVALID_TXN_STATE
    assert transactions.code_of_end(producer, commit=False) is ErrorCode.NONE


def test_after_a_restart_a_transaction_has_all_of_its_time_again(transactions: TransactionHarness) -> None:
    transactions.begin()
    transactions.clock.advance(TIMEOUT_MS)
    transactions.load()
    transactions.clock.advance(TIMEOUT_MS)
    assert transactions.state == "Ongoing"
    transactions.clock.advance(CHECK_MS)
    assert transactions.state == "CompleteAbort"


def test_an_idle_id_expires_and_an_open_one_does_not() -> None:
    transactions = TransactionHarness(id_expiration_ms=100_000, expiration_check_interval_ms=10_000)
    transactions.start("idle")
    transactions.begin("open")
    transactions.environment.deaf.update(PARTITIONS)
    transactions.clock.advance(90_000)
    assert transactions.stored("idle").state.text == "Empty"
    transactions.clock.advance(10_000)
    assert transactions.stored("open").state.text == "PrepareAbort"
    with pytest.raises(KafkaError) as refusal:
        transactions.stored("idle")
    assert refusal.value.code is ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    transactions.load()
    with pytest.raises(KafkaError):
        transactions.stored("idle")


# -- epochs that are used up -------------------------------------------------------------------------------


def with_last_epoch(transactions: TransactionHarness) -> ProducerIdentity:
    """A producer in the last epoch of its id."""
    last = transactions.start()._replace(producer_epoch=LAST_CLIENT_EPOCH)
    used_up = transactions.stored().initialized(last, TIMEOUT_MS, transactions.clock.now_ms())
    key, value, version = transaction_record(ID, used_up, 1)
    transactions.log.append([(encode_key(key), encode_versioned(value, version))], now_ms=0)
    transactions.load()
    return last


def test_a_producer_whose_epochs_are_used_up_gets_a_new_id_and_may_ask_again(
    transactions: TransactionHarness,
) -> None:
    last = with_last_epoch(transactions)
    fresh = done(transactions.coordinator.initialize(ID, TIMEOUT_MS, last))
    assert (fresh.producer_id != last.producer_id, fresh.producer_epoch) == (True, 0)
    assert done(transactions.coordinator.initialize(ID, TIMEOUT_MS, last)) == fresh


def test_the_new_id_that_a_client_was_told_survives_a_crash_before_the_markers(
    transactions: TransactionHarness,
) -> None:
    last = with_last_epoch(transactions)
    transactions.add(last)
    transactions.environment.deaf.update(PARTITIONS)
    fresh = done(transactions.end(last))
    assert (fresh.producer_id != last.producer_id, fresh.producer_epoch) == (True, 0)
    assert transactions.code_of_end(fresh) is ErrorCode.CONCURRENT_TRANSACTIONS
    with pytest.raises(KafkaError) as refusal:
        transactions.add(fresh)
    assert refusal.value.code is ErrorCode.CONCURRENT_TRANSACTIONS
    transactions.load()
    transactions.environment.deaf.clear()
    transactions.clock.advance(RETRY_MS)
    assert {marker.producer for marker in transactions.environment.markers} == {next_epoch(last)}
    assert done(transactions.end(last)) == fresh
    transactions.add(fresh)
    assert transactions.code_of_end(fresh) is ErrorCode.NONE
