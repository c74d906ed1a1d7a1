"""EndTxn, state by state, for both kinds of clients: the tables of KIP-98 and KIP-890."""

import pytest

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.end import EndStep, check_end, check_end_with_bump
from kafkapy.coordinator.transaction.metadata import TransactionMetadata
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

S = TransactionState
PREPARE, DONE = EndStep.PREPARE, EndStep.DONE_BEFORE
FENCED, WRONG, BUSY = (
    ErrorCode.PRODUCER_FENCED,
    ErrorCode.INVALID_TXN_STATE,
    ErrorCode.CONCURRENT_TRANSACTIONS,
)
UNKNOWN = ErrorCode.INVALID_PRODUCER_ID_MAPPING


def stored(state: TransactionState, *, epoch: int = 5, client_version: int = 2) -> TransactionMetadata:
    return TransactionMetadata(
        producer_id=1,
        epoch=epoch,
        timeout_ms=1,
        state=state,
        last_update_ms=0,
        client_version=client_version,
        previous_producer_id=1,
    )


def answer(
    found: TransactionMetadata, epoch: int, *, commit: bool, producer_id: int = 1
) -> EndStep | ErrorCode:
    check = check_end_with_bump if found.client_version else check_end
    try:
        return check(found, ProducerIdentity(producer_id, epoch), commit=commit)
    except KafkaError as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("state", "commit", "abort"),
    [
        (S.EMPTY, WRONG, WRONG),
        (S.ONGOING, PREPARE, PREPARE),
        (S.PREPARE_COMMIT, BUSY, WRONG),
        (S.PREPARE_ABORT, WRONG, BUSY),
        (S.COMPLETE_COMMIT, DONE, WRONG),
        (S.COMPLETE_ABORT, WRONG, DONE),
    ],
)
def test_a_client_that_keeps_its_epoch(state: S, commit: object, abort: object) -> None:
    found = stored(state, client_version=0)
    assert answer(found, 5, commit=True) is commit
    assert answer(found, 5, commit=False) is abort
    assert answer(found, 4, commit=True) is answer(found, 6, commit=False) is FENCED
    assert answer(found, 5, commit=True, producer_id=2) is UNKNOWN


@pytest.mark.parametrize(
    ("state", "commit", "commit_again", "abort", "abort_again"),
    [
        (S.ONGOING, PREPARE, FENCED, PREPARE, FENCED),
        (S.EMPTY, WRONG, FENCED, PREPARE, FENCED),
        (S.PREPARE_COMMIT, BUSY, BUSY, BUSY, WRONG),
        (S.PREPARE_ABORT, BUSY, WRONG, BUSY, BUSY),
        (S.COMPLETE_COMMIT, WRONG, DONE, PREPARE, WRONG),
        (S.COMPLETE_ABORT, WRONG, WRONG, PREPARE, DONE),
    ],
)
def test_a_client_with_an_epoch_for_each_transaction(
    state: S, commit: object, commit_again: object, abort: object, abort_again: object
) -> None:
    """`again`: with the epoch before the present one."""
    found = stored(state)
    assert answer(found, 5, commit=True) is commit
    assert answer(found, 4, commit=True) is commit_again
    assert answer(found, 5, commit=False) is abort
    assert answer(found, 4, commit=False) is abort_again
    assert answer(found, 3, commit=True) is answer(found, 6, commit=False) is FENCED
    assert answer(found, 5, commit=True, producer_id=2) is UNKNOWN
