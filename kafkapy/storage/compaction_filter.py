"""What compaction leaves of one batch: all, some records, an empty batch, or nothing.

Offsets and sequence numbers of what stays never change. Source: the record filter in Kafka's
`Cleaner.cleanInto`, and `MemoryRecords.filterTo`; delete horizons: KIP-534. A compressed set of the formats
before magic 2 that loses records becomes a batch of magic 2.
"""

from kafkapy.records.batch import BatchHeader, raw_records_of
from kafkapy.records.builder import BatchBuilder, emptied_batch
from kafkapy.records.header import MAGIC
from kafkapy.records.record import RawRecord
from kafkapy.storage.compaction_plan import CompactionPass
from kafkapy.storage.compaction_transactions import PassedTransactions
from kafkapy.storage.files import Buffer
from kafkapy.storage.offset_map import OffsetMap


class BatchFilter:
    """Decides about every batch of a log, in offset order.

    `keeps_old_tombstones` is what becomes of tombstones in batches that are too old to have a horizon.
    """

    def __init__(self, plan: CompactionPass, offsets: OffsetMap, transactions: PassedTransactions) -> None:
        self._plan = plan
        self._offsets = offsets
        self._transactions = transactions
        self.keeps_old_tombstones = True

    def apply(self, header: BatchHeader, batch: memoryview) -> Buffer | None:
        """The batch as it is to be written, None if it goes."""
        if header.is_control:
            is_superfluous = self._transactions.is_superfluous(header, batch)
            is_emptied = is_superfluous and header.has_delete_horizon and self._horizon_has_passed(header)
        else:
            is_superfluous = False
            is_emptied = self._transactions.is_aborted(header)
        must_stay = self._must_stay(header)
        if is_emptied:
            return emptied_batch(header) if must_stay else None
        kept, count, has_tombstone = self._kept_records(header, batch)
        if not kept:
            return emptied_batch(header) if must_stay and header.magic == MAGIC else None
        gets_horizon = header.magic == MAGIC and not header.has_delete_horizon
        gets_horizon = gets_horizon and (has_tombstone or is_superfluous)
        if len(kept) == count and not gets_horizon:
            return batch
        if gets_horizon:
            return _rebuilt(header, kept, self._plan.now_ms + self._plan.config.delete_retention_ms)
        return _rebuilt(header, kept, header.base_timestamp if header.has_delete_horizon else None)

    def _kept_records(self, header: BatchHeader, batch: memoryview) -> tuple[list[RawRecord], int, bool]:
        """The records that stay, how many there were, and whether a tombstone is among those that stay."""
        records = list(raw_records_of(batch, 0, header))
        if header.is_control:
            return records, len(records), any(record.value is None for record in records)
        if header.magic < MAGIC:
            keeps_tombstones = self.keeps_old_tombstones
        else:
            keeps_tombstones = not (header.has_delete_horizon and self._horizon_has_passed(header))
        latest, offset_of = self._offsets.latest_offset, self._offsets.get
        kept, has_tombstone = [], False
        for record in records:
            offset, _, key, value, _, _ = record
            if offset > latest or (
                key is not None and (value is not None or keeps_tombstones) and offset >= offset_of(key)
            ):
                kept.append(record)
                has_tombstone = has_tombstone or value is None
        return kept, len(records), has_tombstone

    def _must_stay(self, header: BatchHeader) -> bool:
        """Whether the batch tells the end of the compacted part, or the last thing that its producer did."""
        if header.next_offset == self._plan.first_uncleanable_offset:
            return True
        last = self._plan.last_records.get(header.producer_id)
        if last is None:
            return False
        if last.last_offset is None:
            return header.is_control and header.producer_epoch == last.epoch
        return header.last_offset == last.last_offset

    def _horizon_has_passed(self, header: BatchHeader) -> bool:
        return header.base_timestamp <= self._plan.now_ms


def _rebuilt(header: BatchHeader, kept: list[RawRecord], delete_horizon_ms: int | None) -> bytearray:
    builder = BatchBuilder(
        base_offset=header.base_offset if header.magic == MAGIC else kept[0].offset,
        compression=header.compression,
        producer_id=header.producer_id,
        producer_epoch=header.producer_epoch,
        base_sequence=header.base_sequence,
        transactional=header.is_transactional,
        control=header.is_control,
        log_append_time_ms=header.max_timestamp if header.is_log_append_time else None,
        delete_horizon_ms=delete_horizon_ms,
        partition_leader_epoch=header.partition_leader_epoch,
    )
    for record in kept:
        builder.append_encoded(record.offset, record.timestamp, record.tail)
    return builder.build(last_offset=header.last_offset)
