"""A partition of an internal topic in memory, as brokers hand it to coordinators; it can be made to fail."""

from collections.abc import Callable, Iterator, Sequence

from kafkapy.coordinator.partition_log import ProducerIdentity, StoredBatch, StoredRecord
from kafkapy.protocol.errors import KafkaError

Pair = tuple[bytes, bytes | None]


class MemoryLog:
    """Commits at once, unless `holds_back`; then up to where `commit` says."""

    def __init__(self) -> None:
        self.batches: list[list[Pair]] = []
        self.stored: list[StoredBatch] = []
        self.end_offset = 0
        self.refuses: KafkaError | None = None
        self.holds_back = False
        self.committed = 0
        self._callbacks: list[tuple[int, Callable[[KafkaError | None], None]]] = []

    def append(
        self,
        records: Sequence[Pair],
        *,
        now_ms: int,
        producer: ProducerIdentity | None = None,
        proof: object = None,
    ) -> int:
        if self.refuses is not None:
            raise self.refuses
        self.batches.append(list(records))
        first = self.end_offset
        self.end_offset += len(records)
        self.stored.append(
            StoredBatch(
                [StoredRecord(first + i, key, value) for i, (key, value) in enumerate(records)],
                -1 if producer is None else producer.producer_id,
            )
        )
        if not self.holds_back:
            self.committed = self.end_offset
        return self.end_offset

    def append_marker(self, producer_id: int, *, commit: bool) -> int:
        """End a transaction; the offset after its marker."""
        self.stored.append(StoredBatch((), producer_id, commit))
        self.end_offset += 1
        if not self.holds_back:
            self.committed = self.end_offset
        return self.end_offset

    def is_committed(self, end_offset: int) -> bool:
        return self.committed >= end_offset

    def when_committed(self, end_offset: int, callback: Callable[[KafkaError | None], None]) -> None:
        self._callbacks.append((end_offset, callback))

    def read_all(self) -> Iterator[StoredBatch]:
        yield from list(self.stored)

    def commit(self, end_offset: int | None = None) -> None:
        """The high watermark moves, by default to the end."""
        self.committed = self.end_offset if end_offset is None else end_offset
        due = [callback for offset, callback in self._callbacks if offset <= self.committed]
        self._callbacks = [(o, c) for o, c in self._callbacks if o > self.committed]
        for callback in due:
            callback(None)

    def lose(self, error: KafkaError) -> None:
        """What is not committed never will be."""
        lost, self._callbacks = self._callbacks, []
        self.stored = [
            batch for batch in self.stored if all(r.offset < self.committed for r in batch.records)
        ]
        self.end_offset = self.committed
        for _, callback in lost:
            callback(error)
