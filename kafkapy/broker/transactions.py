"""What the transaction coordinator needs of the broker: producer ids, the feature level, and markers at the
end of the partitions that a transaction has written to.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.clock import Clock
from kafkapy.cluster.image import TRANSACTION_VERSION
from kafkapy.cluster.metadata import Metadata
from kafkapy.config.broker import BrokerConfig
from kafkapy.coordinator.group.coordinator import GroupCoordinator
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.transaction.coordinator import TransactionCoordinator
from kafkapy.coordinator.transaction.environment import Marker
from kafkapy.coordinator.transaction.settings import TransactionSettings
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch

logger = logging.getLogger(__name__)


def transaction_settings(config: BrokerConfig) -> TransactionSettings:
    """What the coordinator goes by."""
    return TransactionSettings(
        max_timeout_ms=config.transaction_max_timeout_ms,
        id_expiration_ms=config.transactional_id_expiration_ms,
        timeout_check_interval_ms=config.transaction_abort_timed_out_transaction_cleanup_interval_ms,
        expiration_check_interval_ms=config.transaction_remove_expired_transaction_cleanup_interval_ms,
    )


class Surroundings(Protocol):
    """The broker, as far as transactions need it."""

    clock: Clock
    metadata: Metadata
    partitions: Partitions
    groups: GroupCoordinator
    transactions: TransactionCoordinator

    def new_producer_id(self) -> int: ...


class TransactionSupport:
    """Implements `kafkapy.coordinator.transaction.environment.TransactionEnvironment`."""

    def __init__(self, broker: Surroundings) -> None:
        self._broker = broker

    def new_producer_id(self) -> int:
        return self._broker.new_producer_id()

    def transaction_version(self) -> int:
        return self._broker.metadata.image.features.get(TRANSACTION_VERSION, 0)

    def write_marker(self, marker: Marker) -> bool:
        """See `TransactionEnvironment`. The partition is looked up by name each time: the topic may have been
        deleted, or created again, since it was added.
        """
        partition = self._broker.partitions.get(marker.topic, b"", marker.partition)
        if partition is None:
            return True
        try:
            self.append_marker(
                partition,
                marker.producer,
                EndTransactionMarker(marker.committed, self._coordinator_epoch(marker, partition)),
                marker.transaction_version,
            )
        except KafkaError as error:
            if error.code is ErrorCode.INVALID_PRODUCER_EPOCH:
                logger.warning("%s knows a newer epoch than %s: %s", partition.name, marker, error)
                return True
            logger.warning("%s did not take %s: %s", partition.name, marker, error)
            return False
        return True

    def when_markers_kept(
        self, partitions: Sequence[tuple[str, int]], callback: Callable[[bool], object]
    ) -> None:
        """See `TransactionEnvironment`."""
        behind = [
            (partition, partition.log.log_end_offset)
            for topic, index in partitions
            if (partition := self._broker.partitions.get(topic, b"", index)) is not None
            and partition.high_watermark < partition.log.log_end_offset
        ]
        outcomes: list[KafkaError | None] = []

        def note(error: KafkaError | None) -> None:
            outcomes.append(error)
            if len(outcomes) == len(behind):
                callback(not any(outcomes))

        if not behind:
            callback(True)
        for partition, end_offset in behind:
            partition.when_committed(end_offset, note)

    def append_marker(
        self,
        partition: Partition,
        producer: ProducerIdentity,
        marker: EndTransactionMarker,
        transaction_version: int,
    ) -> None:
        """End a producer's transaction in a partition; the
        offsets of groups follow. KafkaError: it is still open.
        """
        now_ms = self._broker.clock.now_ms()

        def append() -> int:
            batch = end_transaction_batch(*producer, marker, now_ms)
            return partition.append_own(batch, now_ms, transaction_version=transaction_version)

        if partition.topic == CONSUMER_OFFSETS:
            self._broker.groups.end_transaction(
                partition.index, producer.producer_id, commit=marker.committed, append_marker=append
            )
        else:
            append()

    def _coordinator_epoch(self, marker: Marker, partition: Partition) -> int:
        """That of the partition in which the transaction is stored.

        There is no other coordinator, so where the partition has seen a higher one (the topic of the
        coordinator was created anew) the transaction would stay open for ever if that counted.
        """
        broker = self._broker
        index = broker.transactions.partition_for(marker.transactional_id)
        epoch = broker.partitions.named(TRANSACTION_STATE, index).leader_epoch
        known = partition.log.producers.producers.get(marker.producer.producer_id)
        return epoch if known is None else max(epoch, known.coordinator_epoch)
