"""One transactional id in memory, and who may speak for it."""

from dataclasses import dataclass

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.metadata import NO_EPOCH, TopicPartition, TransactionMetadata
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


@dataclass(slots=True)
class TransactionalId:
    """Hard state: `stored`. The rest is forgotten on a restart.

    last_epoch  the epoch before the last step, where that was raised for the producer itself: a retry of
                the request that raised it may still name it
    unmarked    partitions of a prepared transaction that still lack their marker; None: all of them
    """

    name: str
    stored: TransactionMetadata
    last_epoch: int = NO_EPOCH
    unmarked: tuple[TopicPartition, ...] | None = None

    def check_producer(self, producer: ProducerIdentity) -> None:
        """INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED for anybody else; CONCURRENT_TRANSACTIONS while the
        last transaction is being completed.
        """
        stored = self.stored
        if stored.state.is_prepared and stored.next_identity == producer:
            raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)
        if stored.producer_id != producer.producer_id:
            raise KafkaError(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
        if stored.epoch != producer.producer_epoch:
            raise KafkaError(ErrorCode.PRODUCER_FENCED)
        if stored.state.is_prepared:
            raise KafkaError(ErrorCode.CONCURRENT_TRANSACTIONS)

    @property
    def is_open(self) -> bool:
        return self.stored.state is TransactionState.ONGOING
