"""The producers of one partition: who may append what, which transactions are open, how far readers may go.

A log asks `check` before it writes a batch that has a producer id, and hands the answer to `commit` once
the batch is written; recovery calls `replay`. All in memory: files are the log's business. Source: Kafka's
`ProducerStateManager`.
"""

from collections.abc import Sequence

from kafkapy.records.batch import BatchHeader
from kafkapy.records.header import CONTROL, TRANSACTIONAL
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.producer_append import (
    DuplicateBatch,
    ProducerUpdate,
    check_data,
    check_marker,
    data_update,
    duplicate_of,
    marker_update,
)
from kafkapy.storage.producer_entry import ProducerEntry
from kafkapy.storage.producer_snapshot import decode_snapshot, encode_snapshot
from kafkapy.storage.producer_verification import Verification, Verifications
from kafkapy.storage.transaction_index import AbortedTransaction


class ProducerStates:
    """The producers of one partition; `partition` ("topic-0") is for texts.

    `first_unstable_offset`: where the earliest transaction starts that is open or whose marker is not yet
    below the high watermark; None if there is none. `verifies_transactions`: whether a producer's first
    batch of a transaction needs a `Verification`. `producers`: for reading only.
    """

    __slots__ = (
        "_completed",
        "_open",
        "_partition",
        "_verifications",
        "first_unstable_offset",
        "producers",
        "verifies_transactions",
    )

    def __init__(self, partition: str, *, verifies_transactions: bool = False) -> None:
        self._partition = partition
        self.verifies_transactions = verifies_transactions
        self.producers: dict[int, ProducerEntry] = {}
        self.first_unstable_offset: int | None = None
        self._verifications = Verifications()
        self._open: dict[int, int] = {}  # first offset -> producer id; offsets rise
        self._completed: dict[int, int] = {}  # first offset -> offset of the marker

    @property
    def is_empty(self) -> bool:
        return not self.producers

    def check(
        self,
        header: BatchHeader,
        base_offset: int,
        *,
        origin: AppendOrigin,
        batch: memoryview,
        verification: Verification | None = None,
        transaction_version: int = 0,
    ) -> ProducerUpdate | DuplicateBatch | None:
        """What appending `batch` at `base_offset` would change; None if nothing. It has a producer id.

        Gives the `DuplicateBatch` if a client's batch is in the log already. What a leader has let through
        is not refused. Raises KafkaError: INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER,
        INVALID_TXN_STATE, TRANSACTION_COORDINATOR_FENCED; those are for the producer or coordinator, and
        nothing has happened.
        """
        from_client = origin is AppendOrigin.CLIENT
        if not from_client and origin is not AppendOrigin.COORDINATOR:
            return _unchecked(header, base_offset, batch)
        entry = self.producers.get(header.producer_id)
        if header.attributes & CONTROL:
            update = marker_update(header, base_offset, batch)
            if update is not None and update.marker is not None:
                check_marker(entry, header, update.marker, transaction_version, base_offset, self._partition)
            return update
        if from_client and entry is not None and header.base_sequence != entry.next_sequence:
            duplicate = duplicate_of(entry, header)
            if duplicate is not None:
                return duplicate
        if self.verifies_transactions and header.attributes & TRANSACTIONAL and not _is_open(entry, header):
            self._verifications.check(header, verification, entry is not None, from_client, self._partition)
        check_data(entry, header, base_offset, origin, self._partition)
        return data_update(header, base_offset)

    def commit(self, update: ProducerUpdate) -> Sequence[AbortedTransaction]:
        """The batch is in the log: remembers it. Gives the transaction that it aborts, if it does."""
        entry = self.producers.get(update.producer_id)
        if entry is None:
            entry = self.producers[update.producer_id] = ProducerEntry(update.producer_id)
        if update.epoch != entry.epoch:
            entry.enter(update.epoch)
        if update.batch is None:
            return self._end_transaction(entry, update)
        entry.remember(update.batch)
        if update.is_transactional and entry.transaction_first_offset is None:
            self._start_transaction(entry, update.batch.first_offset)
        return ()

    def replay(self, header: BatchHeader, batch: memoryview) -> Sequence[AbortedTransaction]:
        """As `check` and `commit` of a batch that has been in the log all the time; nothing is refused."""
        if header.producer_id < 0:
            return ()
        update = _unchecked(header, header.base_offset, batch)
        return () if update is None else self.commit(update)

    def start_verification(
        self, header: BatchHeader, *, bumps_epoch: bool, now_ms: int
    ) -> Verification | None:
        """What to show with the first batch of a transaction, once its coordinator has confirmed it.

        None if the batch needs no confirmation: its transaction is open here.
        """
        if _is_open(self.producers.get(header.producer_id), header):
            return None
        return self._verifications.start(header, bumps_epoch, now_ms)

    def withdraw_verification(self, producer_id: int, refused: Verification) -> None:
        """The coordinator knows of no such transaction, and will not."""
        self._verifications.withdraw(producer_id, refused)

    def high_watermark_advanced(self, offset: int) -> None:
        """Transactions whose marker is below `offset` have ended for good."""
        if self._completed:
            self._completed = {first: last for first, last in self._completed.items() if last >= offset}
            self._find_first_unstable()

    def log_start_advanced(self, offset: int) -> None:
        """Nobody reads below `offset` any more."""
        self.high_watermark_advanced(offset)

    def expire(self, now_ms: int, expiration_ms: int) -> None:
        """Forgets the producers that have been silent for so long and have no transaction open."""
        for producer_id, entry in list(self.producers.items()):
            if _is_expired(entry, now_ms, expiration_ms):
                del self.producers[producer_id]
        self._verifications.expire(now_ms, expiration_ms)

    def clear(self) -> None:
        """Forgets everything."""
        self.producers.clear()
        self._open.clear()
        self._completed.clear()
        self._verifications.clear()
        self.first_unstable_offset = None

    def encode_snapshot(self) -> bytes:
        """All producers, for a snapshot file at the present end of the log."""
        return encode_snapshot(self.producers.values())

    def load_snapshot(self, content: bytes, now_ms: int, expiration_ms: int) -> None:
        """Takes the place of everything known, without the producers that have expired.

        Raises ValueError, and changes nothing, if the snapshot is damaged.
        """
        entries = decode_snapshot(content)
        self.clear()
        for entry in entries:
            if not _is_expired(entry, now_ms, expiration_ms):
                self.producers[entry.producer_id] = entry
        self._open = {
            first: entry.producer_id
            for entry in self.producers.values()
            if (first := entry.transaction_first_offset) is not None
        }
        self._open = dict(sorted(self._open.items()))
        self._find_first_unstable()

    def recall(self, other: "ProducerStates") -> None:
        """Remember the batches that `other` does of the producers whose last one is the same: a snapshot has
        only that, and retries of those before it would be out of order.
        """
        for producer_id, entry in self.producers.items():
            known = other.producers.get(producer_id)
            if known is None or known.epoch != entry.epoch or not entry.batches:
                continue
            if known.batches[-len(entry.batches) :] == entry.batches:
                entry.batches[:] = known.batches

    def _start_transaction(self, entry: ProducerEntry, first_offset: int) -> None:
        entry.transaction_first_offset = first_offset
        self._open[first_offset] = entry.producer_id
        self._verifications.end(entry.producer_id)
        self._find_first_unstable()

    def _end_transaction(self, entry: ProducerEntry, update: ProducerUpdate) -> Sequence[AbortedTransaction]:
        marker, first_offset = update.marker, entry.transaction_first_offset
        assert marker is not None, "an update has a batch or a marker"
        entry.coordinator_epoch = marker.coordinator_epoch
        entry.last_timestamp = update.timestamp
        entry.transaction_first_offset = None
        self._verifications.end(entry.producer_id)
        if first_offset is None:
            return ()
        self._open.pop(first_offset, None)
        last_stable_offset = next(iter(self._open), update.marker_offset + 1)
        self._completed[first_offset] = update.marker_offset
        self._find_first_unstable()
        if marker.committed:
            return ()
        return (
            AbortedTransaction(entry.producer_id, first_offset, update.marker_offset, last_stable_offset),
        )

    def _find_first_unstable(self) -> None:
        first_open = next(iter(self._open), None)
        first_completed = min(self._completed, default=None)
        known = [offset for offset in (first_open, first_completed) if offset is not None]
        self.first_unstable_offset = min(known, default=None)


def _unchecked(header: BatchHeader, base_offset: int, batch: memoryview) -> ProducerUpdate | None:
    if header.attributes & CONTROL:
        return marker_update(header, base_offset, batch)
    return data_update(header, base_offset)


def _is_open(entry: ProducerEntry | None, header: BatchHeader) -> bool:
    """Whether the producer, in this epoch, has a transaction open here."""
    return (
        entry is not None
        and entry.transaction_first_offset is not None
        and entry.epoch == header.producer_epoch
    )


def _is_expired(entry: ProducerEntry, now_ms: int, expiration_ms: int) -> bool:
    return entry.transaction_first_offset is None and now_ms - entry.last_timestamp >= expiration_ms
