"""The log of one partition of an internal topic, as the broker hands it to a coordinator."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from kafkapy.protocol.errors import KafkaError


class ProducerIdentity(NamedTuple):
    """Whose transaction a batch belongs to."""

    producer_id: int
    producer_epoch: int


class StoredRecord(NamedTuple):
    """A record as it is in the log."""

    offset: int
    key: bytes
    value: bytes | None


class StoredBatch(NamedTuple):
    """A batch of the log: records, or the end of a transaction (`marker`: True COMMIT, False ABORT)."""

    records: Iterable[StoredRecord]
    producer_id: int = -1
    marker: bool | None = None


class PartitionWriter(Protocol):
    """The log of one partition of an internal topic, as the broker hands it in."""

    def append(
        self,
        records: Sequence[tuple[bytes, bytes | None]],
        *,
        now_ms: int,
        producer: ProducerIdentity | None = None,
        proof: object = None,
    ) -> int:
        """Append one batch; the offset after it. KafkaError: nothing was appended.

        `producer`: whose open transaction the batch belongs to; `proof`: what the broker gave out when it
        had asked about that transaction.
        """
        ...

    def is_committed(self, end_offset: int) -> bool:
        """Whether the high watermark has reached `end_offset`."""
        ...

    def when_committed(self, end_offset: int, callback: Callable[[KafkaError | None], None]) -> None:
        """Call back when it has, or with the reason why it never will."""
        ...

    def read_all(self) -> Iterator[StoredBatch]:
        """Everything in the log, in order."""
        ...
