"""The transaction coordinator of a broker: one method per API, over the shards of `__transaction_state`.

Every method gives its result at once, or the future of it when the answer has to wait. Refusals are
KafkaError, raised at once or out of the future.
"""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from kafkapy.clock import Clock
from kafkapy.coordinator.java_hash import partition_of
from kafkapy.coordinator.partition_log import PartitionWriter, ProducerIdentity
from kafkapy.coordinator.runtime import CoordinatorRuntime, Reply
from kafkapy.coordinator.transaction.describe import TransactionFilter, TransactionListing
from kafkapy.coordinator.transaction.environment import TransactionEnvironment
from kafkapy.coordinator.transaction.metadata import TopicPartition, TransactionMetadata
from kafkapy.coordinator.transaction.settings import TransactionSettings
from kafkapy.coordinator.transaction.shard import TransactionShard
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

R = TypeVar("R")
TOPIC = "__transaction_state"


class TransactionCoordinator:
    """`partition_count` is that of `__transaction_state`."""

    def __init__(
        self,
        settings: TransactionSettings,
        clock: Clock,
        environment: TransactionEnvironment,
        *,
        partition_count: int,
    ) -> None:
        self.partition_count = partition_count
        self._settings = settings
        self._runtime = CoordinatorRuntime(TOPIC, clock, lambda: TransactionShard(settings, environment))
        self._is_closed = False

    # -- life cycle ----------------------------------------------------------------------------------------

    def load(self, partition: int, writer: PartitionWriter) -> None:
        """Coordinate the transactional ids of this partition; done on return unless the log is long."""
        self._runtime.load(partition, writer)

    def loaded(self) -> Awaitable[None]:
        """Wait for this: nothing is loading any more."""
        return self._runtime.loaded()

    def unload(self, partition: int) -> None:
        """Coordinate them no longer: who waits is told NOT_COORDINATOR."""
        self._runtime.unload(partition)

    def close(self) -> None:
        """Stop: the same for all partitions; later calls get COORDINATOR_NOT_AVAILABLE."""
        self._is_closed = True
        self._runtime.close()

    def partition_for(self, transactional_id: str) -> int:
        """The partition of `__transaction_state` that holds the id."""
        return partition_of(transactional_id, self.partition_count)

    # -- producers -----------------------------------------------------------------------------------------

    def initialize(
        self, transactional_id: str, timeout_ms: int, expected: ProducerIdentity | None = None
    ) -> Reply[ProducerIdentity]:
        """A new epoch for the producer of an id. `expected` is who it believes to be (KIP-360).

        CONCURRENT_TRANSACTIONS while its last transaction is being completed, which this call may have begun.
        """
        partition = self._partition(transactional_id)
        if not 0 < timeout_ms <= self._settings.max_timeout_ms:
            raise KafkaError(ErrorCode.INVALID_TRANSACTION_TIMEOUT)
        reply: Reply[ProducerIdentity | KafkaError] = self._runtime.run(
            partition,
            lambda shard, now_ms: shard.initialize(transactional_id, timeout_ms, expected, now_ms),
        )
        return _raised(reply)

    def add_partitions(
        self,
        transactional_id: str,
        producer: ProducerIdentity,
        partitions: Sequence[TopicPartition],
        *,
        client_version: int,
    ) -> Reply[None]:
        """The transaction may write to them from now on;
        `client_version` is the client's transaction version.
        """
        partition = self._partition(transactional_id)
        return self._runtime.run(
            partition,
            lambda shard, now_ms: shard.add_partitions(
                transactional_id, producer, partitions, client_version, now_ms
            ),
        )

    def verify_partitions(
        self, transactional_id: str, producer: ProducerIdentity, partitions: Sequence[TopicPartition]
    ) -> Reply[list[ErrorCode]]:
        """For each partition NONE, or TRANSACTION_ABORTABLE if the transaction may not write to it."""
        partition = self._partition(transactional_id)
        return self._runtime.run(
            partition, lambda shard, _: shard.verify_partitions(transactional_id, producer, partitions)
        )

    def end(
        self, transactional_id: str, producer: ProducerIdentity, *, commit: bool, client_version: int
    ) -> Reply[ProducerIdentity]:
        """Commit or abort; who the producer is in its next transaction."""
        partition = self._partition(transactional_id)
        return self._runtime.run(
            partition,
            lambda shard, now_ms: shard.end(
                transactional_id, producer, commit=commit, client_version=client_version, now_ms=now_ms
            ),
        )

    # -- administration ------------------------------------------------------------------------------------

    def describe(self, transactional_id: str) -> Reply[TransactionMetadata]:
        """TRANSACTIONAL_ID_NOT_FOUND for an id that is not there."""
        partition = self._partition(transactional_id)
        return self._runtime.run(partition, lambda shard, _: shard.describe(transactional_id))

    def listings(self, wanted: TransactionFilter) -> list[Reply[list[TransactionListing]]]:
        """The ids of each partition. COORDINATOR_LOAD_IN_PROGRESS if one of them cannot be asked yet."""
        self._check_open()
        return [
            self._runtime.run(partition, lambda shard, now_ms: shard.listings(wanted, now_ms))
            for partition in self._runtime.active_partitions()
        ]

    # -- where ---------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._is_closed:
            raise KafkaError(ErrorCode.COORDINATOR_NOT_AVAILABLE)

    def _partition(self, transactional_id: str) -> int:
        self._check_open()
        if not transactional_id:
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        return partition_of(transactional_id, self.partition_count)


def _raised(reply: Reply[R | KafkaError]) -> Reply[R]:
    """A refusal that goes with a change; out of a future it is raised by itself."""
    if isinstance(reply, KafkaError):
        raise reply
    return reply  # type: ignore[return-value]
