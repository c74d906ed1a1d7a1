"""Whether a producer may append a batch, and what would change if it did.

Checks look at what the log remembers of the producer and give a `ProducerUpdate`; nothing changes until the
bytes are in the log and `ProducerStates.commit` is given that. Source: KIP-98, KIP-360, KIP-890; Kafka's
`ProducerAppendInfo`.
"""

from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, records_of
from kafkapy.records.control import EndTransactionMarker, end_transaction_marker
from kafkapy.records.header import TRANSACTIONAL
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.producer_entry import NO_EPOCH, ProducedBatch, ProducerEntry

EPOCH_BUMPED_BY_MARKERS = 2
"""From this transaction version on every end of a transaction has an epoch of its own (KIP-890)."""


class ProducerUpdate(NamedTuple):
    """What appending one batch changes for its producer: a batch of data, or the end of a transaction."""

    producer_id: int
    epoch: int
    batch: ProducedBatch | None
    is_transactional: bool
    marker: EndTransactionMarker | None = None
    marker_offset: int = -1
    timestamp: int = -1


class DuplicateBatch(NamedTuple):
    """A batch that is in the log already: where, and the timestamp (ms) that it has there."""

    first_offset: int
    last_offset: int
    timestamp: int


def duplicate_of(entry: ProducerEntry, header: BatchHeader) -> DuplicateBatch | None:
    """The remembered batch that has the epoch and exactly the sequences of this one."""
    if header.producer_epoch == entry.epoch:
        first, last = header.base_sequence, header.last_sequence
        for batch in entry.batches:
            if batch.last_sequence == last and batch.first_sequence == first:
                return DuplicateBatch(batch.first_offset, batch.last_offset, batch.timestamp)
    return None


def data_update(header: BatchHeader, base_offset: int) -> ProducerUpdate:
    """What a batch of data changes, unchecked."""
    batch = ProducedBatch(
        header.last_sequence,
        base_offset + header.last_offset_delta,
        header.last_offset_delta,
        header.max_timestamp,
    )
    return ProducerUpdate(
        header.producer_id, header.producer_epoch, batch, header.attributes & TRANSACTIONAL != 0
    )


def marker_update(header: BatchHeader, base_offset: int, batch: memoryview) -> ProducerUpdate | None:
    """What a control batch changes, unchecked; None if it is emptied by compaction or ends no transaction."""
    for record in records_of(batch, 0, header):
        marker = end_transaction_marker(record)
        if marker is not None:
            return ProducerUpdate(
                header.producer_id, header.producer_epoch, None, True, marker, base_offset, record.timestamp
            )
    return None


def check_data(
    entry: ProducerEntry | None, header: BatchHeader, base_offset: int, origin: AppendOrigin, partition: str
) -> None:
    """KafkaError: INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE.

    A producer that the log knows nothing of may start with any sequence: its state may have expired.
    """
    if entry is None:
        return
    if header.producer_epoch < entry.epoch:
        raise _stale_epoch(entry, header, base_offset, partition)
    if origin is AppendOrigin.CLIENT and entry.epoch != NO_EPOCH:
        first = header.base_sequence
        if header.producer_epoch != entry.epoch:
            if first:
                raise KafkaError(
                    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    f"Invalid sequence number for new epoch of producer {header.producer_id} at offset "
                    f"{base_offset} in partition {partition}: {header.producer_epoch} (request epoch), "
                    f"{first} (seq. number), {entry.epoch} (current producer epoch)",
                )
        elif first != entry.next_sequence:
            raise KafkaError(
                ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                f"Out of order sequence number for producer {header.producer_id} at offset {base_offset} in "
                f"partition {partition}: {first} (incoming seq. number), {entry.last_sequence} (current end "
                f"sequence number)",
            )
    if entry.transaction_first_offset is not None and not header.attributes & TRANSACTIONAL:
        raise KafkaError(
            ErrorCode.INVALID_TXN_STATE,
            f"Expected transactional write from producer {header.producer_id} at offset {base_offset} in "
            f"partition {partition}",
        )


def check_marker(
    entry: ProducerEntry | None,
    header: BatchHeader,
    marker: EndTransactionMarker,
    transaction_version: int,
    base_offset: int,
    partition: str,
) -> None:
    """KafkaError: INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED."""
    if entry is None:
        return
    bumped = transaction_version >= EPOCH_BUMPED_BY_MARKERS
    repeated = bumped and header.producer_epoch == entry.epoch and entry.transaction_first_offset is not None
    if header.producer_epoch < entry.epoch or repeated:
        raise _stale_epoch(entry, header, base_offset, partition)
    if marker.coordinator_epoch < entry.coordinator_epoch:
        raise KafkaError(
            ErrorCode.TRANSACTION_COORDINATOR_FENCED,
            f"Invalid coordinator epoch for producerId {header.producer_id} at offset {base_offset} in "
            f"partition {partition}: {marker.coordinator_epoch} (zombie), "
            f"{entry.coordinator_epoch} (current)",
        )


def _stale_epoch(entry: ProducerEntry, header: BatchHeader, base_offset: int, partition: str) -> KafkaError:
    return KafkaError(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        f"Epoch of producer {header.producer_id} at offset {base_offset} in {partition} is "
        f"{header.producer_epoch}, which is smaller than the last seen epoch {entry.epoch}",
    )
