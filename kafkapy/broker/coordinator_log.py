"""One partition of an internal topic, as its coordinator
sees it: appends that commit, and replay from the start.
"""

from collections.abc import Callable, Iterator, Sequence

from kafkapy.broker.partition import Partition
from kafkapy.coordinator.partition_log import ProducerIdentity, StoredBatch, StoredRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, iterate_headers, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.control import end_transaction_marker
from kafkapy.storage.log import Log
from kafkapy.storage.producer_verification import Verification

READ_BYTES = 1 << 20


class CoordinatorLog:
    """Implements `kafkapy.coordinator.partition_log.PartitionWriter`. Batches without a producer id say
    `base_sequence` all the same: 0 where Kafka's group coordinator writes them, -1 in the transaction log.
    """

    def __init__(self, partition: Partition, compression: Compression, *, base_sequence: int = 0) -> None:
        self._partition = partition
        self._compression = compression
        self._base_sequence = base_sequence

    def append(
        self,
        records: Sequence[tuple[bytes, bytes | None]],
        *,
        now_ms: int,
        producer: ProducerIdentity | None = None,
        proof: object = None,
    ) -> int:
        """Append one batch; the offset after it. `proof`: the log's own `Verification` of the transaction."""
        batch = build_batch(
            [NewRecord(key, value, now_ms) for key, value in records],
            compression=self._compression,
            producer_id=-1 if producer is None else producer.producer_id,
            producer_epoch=-1 if producer is None else producer.producer_epoch,
            base_sequence=self._base_sequence,
            transactional=producer is not None,
        )
        verification = proof if isinstance(proof, Verification) else None
        return self._partition.append_own(batch, now_ms, verification=verification)

    def is_committed(self, end_offset: int) -> bool:
        return self._partition.high_watermark >= end_offset

    def when_committed(self, end_offset: int, callback: Callable[[KafkaError | None], None]) -> None:
        self._partition.when_committed(end_offset, callback)

    def read_all(self) -> Iterator[StoredBatch]:
        log = self._partition.log
        offset, end_offset = log.log_start_offset, log.log_end_offset
        while offset < end_offset:
            log = self._partition.log  # it may be in another directory by now
            chunk = log.read(offset, max_bytes=READ_BYTES, up_to=end_offset, at_least_one_batch=True).records
            if not chunk:
                return
            start = offset
            for position, header in iterate_headers(chunk):
                if header.next_offset <= offset:
                    raise _damaged(log, offset)
                offset = header.next_offset
                batch = _stored_batch(chunk, position, header)
                if batch is not None:
                    yield batch
            if offset == start:
                raise _damaged(log, offset)


def _damaged(log: Log, offset: int) -> KafkaError:
    """What was synced is not looked through at a start, so it may have changed on the disk."""
    return KafkaError(ErrorCode.CORRUPT_MESSAGE, f"{log.name} is damaged behind offset {offset}")


def _stored_batch(chunk: bytes | memoryview, position: int, header: BatchHeader) -> StoredBatch | None:
    records = records_of(chunk, position, header)
    if header.is_control:
        marker = next((end_transaction_marker(record) for record in records), None)
        return None if marker is None else StoredBatch((), header.producer_id, marker.committed)
    return StoredBatch(
        [StoredRecord(r.offset, r.key, r.value) for r in records if r.key is not None],
        header.producer_id if header.is_transactional else -1,
    )
