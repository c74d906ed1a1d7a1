"""InitProducerId for a transactional id: who may go on as its producer, and in which epoch."""

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.metadata import LAST_CLIENT_EPOCH, NO_EPOCH, TransactionMetadata
from kafkapy.coordinator.transaction.transactional_id import TransactionalId
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


def check_expected(known: TransactionalId, expected: ProducerIdentity | None) -> None:
    """PRODUCER_FENCED if the producer names an id that is not its own any more (KIP-360).

    The id before is right for a producer whose epochs were used up: it may have missed the answer.
    """
    if expected is None or expected.producer_id == known.stored.producer_id:
        return
    is_retry = expected.producer_epoch >= LAST_CLIENT_EPOCH
    if expected.producer_id != known.stored.previous_producer_id or not is_retry:
        raise KafkaError(ErrorCode.PRODUCER_FENCED)


def needs_new_producer_id(stored: TransactionMetadata, expected: ProducerIdentity | None) -> bool:
    """Whether the epochs of its id are used up."""
    return stored.is_epoch_exhausted and (expected is None or expected.producer_epoch == stored.epoch)


def next_epoch(known: TransactionalId, expected: ProducerIdentity | None) -> tuple[int, int]:
    """(epoch to give out, epoch that a retry may name). PRODUCER_FENCED
    for an epoch that is neither the present nor the one before.
    """
    epoch = known.stored.epoch
    if expected is None:
        return epoch + 1, NO_EPOCH
    if expected.producer_epoch == epoch:
        return epoch + 1, epoch
    if expected.producer_epoch == known.last_epoch:
        return epoch, known.last_epoch
    raise KafkaError(ErrorCode.PRODUCER_FENCED)
