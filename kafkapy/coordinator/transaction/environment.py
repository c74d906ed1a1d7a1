"""What the transaction coordinator needs of the broker around it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from kafkapy.coordinator.partition_log import ProducerIdentity


class Marker(NamedTuple):
    """How a transaction ends in one partition; `producer` has the epoch that the marker is written with."""

    transactional_id: str
    producer: ProducerIdentity
    committed: bool
    transaction_version: int
    topic: str
    partition: int


class TransactionEnvironment(Protocol):
    """The broker, as the shards see it."""

    def new_producer_id(self) -> int:
        """An id that no producer has had; KafkaError if there is none to be had."""
        ...

    def transaction_version(self) -> int:
        """The level of the feature `transaction.version`."""
        ...

    def write_marker(self, marker: Marker) -> bool:
        """Have it in the partition's log, and applied to what depends on it; raises nothing.

        True when it is there, or the partition is no more; False: to be tried again later.
        """
        ...

    def when_markers_kept(
        self, partitions: Sequence[tuple[str, int]], callback: Callable[[bool], object]
    ) -> None:
        """Call back, mostly at once, when what these partitions
        have is committed: True; False: it may be lost.
        """
        ...
