"""What is stored of a transactional id: its producer and its transaction, and the steps between two states.

Every step gives the whole next value, which becomes one record. Source: KIP-98, KIP-360, KIP-890; Kafka's
`TransactionMetadata`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.states import TransactionState

NO_PRODUCER_ID = -1
NO_EPOCH = -1
NO_TIME = -1
LARGEST_EPOCH = 2**15 - 1
LAST_CLIENT_EPOCH = LARGEST_EPOCH - 1
"""The last epoch that a client may have: the one above is for the broker, to fence it."""

EPOCH_BUMPED = 2
"""From this transaction version on every end of a transaction raises the epoch (KIP-890)."""

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionMetadata:
    """Hard state of one transactional id, as its last record says.

    previous_producer_id  the id before the last step, which seldom changes it
    next_producer_id      the id after the transaction, if the epochs of the present one are used up
    partitions            sorted
    client_version        the transaction version of the client that began or ended the transaction
    """

    producer_id: int
    epoch: int
    timeout_ms: int
    state: TransactionState
    last_update_ms: int
    start_ms: int = NO_TIME
    partitions: tuple[TopicPartition, ...] = ()
    client_version: int = 0
    previous_producer_id: int = NO_PRODUCER_ID
    next_producer_id: int = NO_PRODUCER_ID

    @property
    def is_epoch_exhausted(self) -> bool:
        return self.epoch >= LAST_CLIENT_EPOCH

    @property
    def bumps_epoch(self) -> bool:
        """Whether the client of the last transaction gets an epoch for each of them."""
        return self.client_version >= EPOCH_BUMPED

    @property
    def next_identity(self) -> ProducerIdentity:
        """What the producer goes on with after the transaction that it has ended."""
        if self.next_producer_id != NO_PRODUCER_ID:
            return ProducerIdentity(self.next_producer_id, 0)
        return ProducerIdentity(self.producer_id, self.epoch)

    def initialized(self, identity: ProducerIdentity, timeout_ms: int, now_ms: int) -> "TransactionMetadata":
        """The producer starts afresh, with this id and epoch."""
        return replace(
            self,
            producer_id=identity.producer_id,
            epoch=identity.producer_epoch,
            timeout_ms=timeout_ms,
            state=TransactionState.EMPTY,
            last_update_ms=now_ms,
            start_ms=NO_TIME,
            partitions=(),
            previous_producer_id=self.producer_id,
            next_producer_id=NO_PRODUCER_ID,
        )

    def with_partitions(
        self, added: Iterable[TopicPartition], client_version: int, now_ms: int
    ) -> "TransactionMetadata":
        """They belong to the transaction, which starts with its first ones."""
        return replace(
            self,
            state=TransactionState.ONGOING,
            partitions=tuple(sorted({*self.partitions, *added})),
            start_ms=now_ms if self.state.is_idle else self.start_ms,
            last_update_ms=now_ms,
            client_version=client_version,
            previous_producer_id=self.producer_id,
        )

    def prepared(
        self, *, commit: bool, epoch: int, client_version: int, next_producer_id: int, now_ms: int
    ) -> "TransactionMetadata":
        """The outcome is decided. A transaction that ends without ever having begun starts now."""
        return replace(
            self,
            state=TransactionState.PREPARE_COMMIT if commit else TransactionState.PREPARE_ABORT,
            epoch=epoch,
            start_ms=now_ms if self.state.is_idle else self.start_ms,
            last_update_ms=now_ms,
            client_version=client_version,
            previous_producer_id=self.producer_id,
            next_producer_id=next_producer_id,
        )

    def completed(self, now_ms: int) -> "TransactionMetadata":
        """Every partition has its marker."""
        is_commit = self.state is TransactionState.PREPARE_COMMIT
        following = self.next_identity
        return replace(
            self,
            producer_id=following.producer_id,
            epoch=following.producer_epoch,
            state=TransactionState.COMPLETE_COMMIT if is_commit else TransactionState.COMPLETE_ABORT,
            last_update_ms=now_ms,
            partitions=(),
            previous_producer_id=self.producer_id,
            next_producer_id=NO_PRODUCER_ID,
        )
