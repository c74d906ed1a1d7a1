"""Building record batches: what the broker writes itself, and what compaction rewrites.

The bytes are those that Kafka's `MemoryRecordsBuilder` makes of the same records, but for what a compressor
does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kafkapy.records.compression import Compression, compress
from kafkapy.records.header import (
    CONTROL,
    DELETE_HORIZON,
    HEADER_BYTES,
    LENGTH_OVERHEAD_BYTES,
    LOG_APPEND_TIME,
    MAGIC,
    TRANSACTIONAL,
    BatchHeader,
    seal,
)
from kafkapy.records.record import Headers, encode_tail
from kafkapy.records.varint import varint

_NO_ATTRIBUTES = b"\x00"


class NewRecord(NamedTuple):
    """A record that has no offset yet; `timestamp` in ms, -1 for none."""

    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: Headers = ()


@dataclass(slots=True, kw_only=True)
class BatchBuilder:
    """Collects the records of one batch; give what the batch has in common, append, `build`.

    `log_append_time_ms` makes it a batch of log append time, `delete_horizon_ms` one whose tombstones may
    go after that moment (KIP-534). `level` None is the codec's default level.
    """

    base_offset: int = 0
    compression: Compression = Compression.NONE
    level: int | None = None
    producer_id: int = -1
    producer_epoch: int = -1
    base_sequence: int = -1
    transactional: bool = False
    control: bool = False
    log_append_time_ms: int | None = None
    delete_horizon_ms: int | None = None
    partition_leader_epoch: int = -1
    record_count: int = field(default=0, init=False)
    size_bytes: int = field(default=HEADER_BYTES, init=False)
    """The size of the batch so far, before compression."""
    _parts: list[bytes] = field(default_factory=list, init=False)
    _base_timestamp: int = field(default=-1, init=False)
    _max_timestamp: int = field(default=-1, init=False)
    _last_offset_delta: int = field(default=-1, init=False)

    def append(self, record: NewRecord) -> None:
        """Adds a record at the next offset."""
        offset = self.base_offset + self._last_offset_delta + 1
        self.append_encoded(offset, record.timestamp, encode_tail(record.key, record.value, record.headers))

    def append_encoded(self, offset: int, timestamp: int, tail: bytes) -> None:
        """Adds a record whose key, value and headers are encoded (`RawRecord.tail`); offsets must grow."""
        if not self.record_count:
            horizon = self.delete_horizon_ms
            self._base_timestamp = timestamp if horizon is None else horizon
        self._last_offset_delta = offset - self.base_offset
        time, delta = varint(timestamp - self._base_timestamp), varint(self._last_offset_delta)
        length = varint(1 + len(time) + len(delta) + len(tail))
        self._parts += (length, _NO_ATTRIBUTES, time, delta, tail)
        self._max_timestamp = max(self._max_timestamp, timestamp)
        self.record_count += 1
        self.size_bytes += 1 + len(length) + len(time) + len(delta) + len(tail)

    def build(self, last_offset: int | None = None) -> bytearray:
        """The batch; `last_offset`, if given, is what it goes on to claim without its last records."""
        body = b"".join(self._parts)
        if self.compression:
            body = compress(self.compression, body, self.level)
        append_time = self.log_append_time_ms
        header = BatchHeader(
            self.base_offset,
            HEADER_BYTES - LENGTH_OVERHEAD_BYTES + len(body),
            self.partition_leader_epoch,
            MAGIC,
            0,
            self._attributes(),
            self._last_offset_delta if last_offset is None else last_offset - self.base_offset,
            self._base_timestamp,
            self._max_timestamp if append_time is None else append_time,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.record_count,
        )
        batch = bytearray(HEADER_BYTES) + body
        seal(batch, 0, header)
        return batch

    def _attributes(self) -> int:
        return (
            self.compression
            | (LOG_APPEND_TIME if self.log_append_time_ms is not None else 0)
            | (TRANSACTIONAL if self.transactional else 0)
            | (CONTROL if self.control else 0)
            | (DELETE_HORIZON if self.delete_horizon_ms is not None else 0)
        )


def build_batch(
    records: Sequence[NewRecord],
    *,
    base_offset: int = 0,
    compression: Compression = Compression.NONE,
    level: int | None = None,
    producer_id: int = -1,
    producer_epoch: int = -1,
    base_sequence: int = -1,
    transactional: bool = False,
    control: bool = False,
    log_append_time_ms: int | None = None,
    partition_leader_epoch: int = -1,
) -> bytearray:
    """One batch of `records` at consecutive offsets; the arguments are those of `BatchBuilder`."""
    builder = BatchBuilder(
        base_offset=base_offset,
        compression=compression,
        level=level,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        base_sequence=base_sequence,
        transactional=transactional,
        control=control,
        log_append_time_ms=log_append_time_ms,
        partition_leader_epoch=partition_leader_epoch,
    )
    for record in records:
        builder.append(record)
    return builder.build()


def emptied_batch(header: BatchHeader) -> bytearray:
    """The 61 bytes that compaction leaves of a batch without records: its offsets, producer and flags.

    Source: Kafka's `DefaultRecordBatch.writeEmptyHeader`.
    """
    batch = bytearray(HEADER_BYTES)
    kept = header._replace(
        batch_length=HEADER_BYTES - LENGTH_OVERHEAD_BYTES,
        attributes=header.attributes & (LOG_APPEND_TIME | TRANSACTIONAL | CONTROL),
        base_timestamp=-1,
        record_count=0,
    )
    seal(batch, 0, kept)
    return batch
