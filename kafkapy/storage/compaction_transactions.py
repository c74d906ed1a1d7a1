"""What a compaction pass remembers of the transactions whose batches it passes.

Batches of aborted transactions go; a marker stays for as long as a batch of its transaction was there
(Kafka's `CleanedTransactionMetadata`).
"""

from collections.abc import Callable, Iterable

from kafkapy.records.batch import BatchHeader, records_of
from kafkapy.records.control import ControlType, control_type
from kafkapy.storage.transaction_index import AbortedTransaction


class PassedTransactions:
    """To be told of every batch in offset order."""

    def __init__(
        self,
        aborted: Iterable[AbortedTransaction],
        keep_aborted: Callable[[AbortedTransaction], object] = lambda _: None,
    ) -> None:
        """`keep_aborted` is told of the aborted transactions whose marker must stay in the index."""
        self._waiting = sorted(aborted, key=lambda transaction: transaction.first_offset, reverse=True)
        self._aborted: dict[int, AbortedTransaction] = {}
        self._seen_aborted: set[int] = set()
        self._committed: set[int] = set()
        self.keep_aborted = keep_aborted

    def is_aborted(self, header: BatchHeader) -> bool:
        """Whether a data batch belongs to an aborted transaction."""
        self._begin_up_to(header.last_offset)
        if not header.is_transactional:
            return False
        if header.producer_id in self._aborted:
            self._seen_aborted.add(header.producer_id)
            return True
        self._committed.add(header.producer_id)
        return False

    def is_superfluous(self, header: BatchHeader, batch: memoryview) -> bool:
        """Whether nothing is left of the transaction that a control batch ends."""
        self._begin_up_to(header.last_offset)
        record = next(records_of(batch, 0, header), None)
        if record is None:
            return True
        kind, producer_id = control_type(record.key), header.producer_id
        if kind is ControlType.ABORT:
            transaction = self._aborted.pop(producer_id, None)
            if transaction is None or producer_id not in self._seen_aborted:
                return True
            self._seen_aborted.discard(producer_id)
            self.keep_aborted(transaction)
            return False
        if kind is ControlType.COMMIT:
            was_seen = producer_id in self._committed
            self._committed.discard(producer_id)
            return not was_seen
        return False

    def _begin_up_to(self, offset: int) -> None:
        while self._waiting and self._waiting[-1].first_offset <= offset:
            transaction = self._waiting.pop()
            self._aborted.setdefault(transaction.producer_id, transaction)
