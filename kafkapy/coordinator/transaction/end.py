"""EndTxn: what a request to commit or abort means in each state.

Before transaction version 2 the epoch stays, so that a retry cannot be told from the end of the next
transaction. Since then every end raises it, and a retry names the epoch before. Source: KIP-890; Kafka's
`TransactionCoordinator.endTransaction`.
"""

from enum import Enum

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.metadata import LAST_CLIENT_EPOCH, TransactionMetadata
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

COMPLETE = {TransactionState.COMPLETE_COMMIT: True, TransactionState.COMPLETE_ABORT: False}
PREPARED = {TransactionState.PREPARE_COMMIT: True, TransactionState.PREPARE_ABORT: False}


class EndStep(Enum):
    """What to do about a request that is no mistake."""

    PREPARE = "prepare"
    DONE_BEFORE = "done before"


def check_end(stored: TransactionMetadata, producer: ProducerIdentity, *, commit: bool) -> EndStep:
    """For clients of transaction versions 0 and 1 (EndTxn v0-4). KafkaError: refused."""
    if stored.producer_id != producer.producer_id:
        raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    if stored.epoch != producer.producer_epoch:
        raise KafkaError(ErrorCode.PRODUCER_FENCED)
    if stored.state is TransactionState.ONGOING:
        return EndStep.PREPARE
    if PREPARED.get(stored.state) is commit:
        raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
    if COMPLETE.get(stored.state) is commit:
        return EndStep.DONE_BEFORE
    raise KafkaError(ErrorCode.INVALID_TXN_STATE)


def check_end_with_bump(stored: TransactionMetadata, producer: ProducerIdentity, *, commit: bool) -> EndStep:
    """For clients of transaction version 2 (EndTxn v5): a transaction that never began can be aborted too."""
    is_retry = _is_retry(stored, producer)
    if stored.state.is_prepared and producer == stored.next_identity:
        raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
    if producer.producer_id != stored.producer_id and not _is_retry_after_new_id(stored, producer):
        raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    is_present = producer.producer_epoch == stored.epoch and not stored.state.is_prepared
    may_be_retry = stored.state in COMPLETE or stored.state.is_prepared
    if not is_present and not (is_retry and may_be_retry):
        raise KafkaError(ErrorCode.PRODUCER_FENCED)
    if stored.state is TransactionState.ONGOING:
        return EndStep.PREPARE
    if PREPARED.get(stored.state) is commit:
        raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
    if is_retry and COMPLETE.get(stored.state) is commit:
        return EndStep.DONE_BEFORE
    if is_retry or commit:
        raise KafkaError(ErrorCode.INVALID_TXN_STATE)
    return EndStep.PREPARE


def _is_retry(stored: TransactionMetadata, producer: ProducerIdentity) -> bool:
    """Whether the producer names the epoch that the last end has raised."""
    if not stored.bumps_epoch:
        return False
    is_before = (stored.producer_id, stored.epoch - 1) == tuple(producer[:2])
    return is_before or _is_retry_after_new_id(stored, producer)


def _is_retry_after_new_id(stored: TransactionMetadata, producer: ProducerIdentity) -> bool:
    """Whether the last end has used up the epochs of the id that the producer names."""
    return (
        stored.bumps_epoch
        and stored.epoch == 0
        and stored.previous_producer_id != stored.producer_id
        and (stored.previous_producer_id, LAST_CLIENT_EPOCH) == tuple(producer[:2])
    )
