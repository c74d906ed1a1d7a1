"""The 61-byte header of a record batch (magic 2): a tuple that one precompiled struct fills.

Messages of the formats before Kafka 0.11 (magic 0 and 1) are given the same shape by
`kafkapy.records.legacy`: there `base_offset` is the offset of the *last* message inside,
`last_offset_delta` 0, `record_count` -1 for a compressed set, and the producer fields are -1.
"""

from struct import Struct
from typing import NamedTuple, TypeAlias

from crc32c import crc32c

from kafkapy.records.compression import Compression

Buffer: TypeAlias = bytes | bytearray | memoryview

HEADER = Struct(">qiibIhiqqqhii")
HEADER_BYTES = HEADER.size
_CRC = Struct(">I")
_CRC_AT = 17
LENGTH_OVERHEAD_BYTES = 12
"""Bytes of a batch that its `batch_length` does not count: the base offset and the length itself."""

MAGIC = 2
CRC_FROM = 21
"""The checksum covers everything from the attributes on: neither base offset nor leader epoch."""

CODEC_MASK = 0x07
LOG_APPEND_TIME = 0x08
TRANSACTIONAL = 0x10
CONTROL = 0x20
DELETE_HORIZON = 0x40

SEQUENCE_MASK = 0x7FFFFFFF
"""Sequence numbers count from 0 to 2^31 - 1 and start again at 0."""


class BatchHeader(NamedTuple):
    """One batch's header; timestamps in ms since the epoch or -1, `crc` unsigned.

    `base_timestamp` is the delete horizon (ms) when compaction has set that attribute; record timestamps
    are deltas to it all the same. `max_timestamp` is the append time of every record in a batch of log
    append time.
    """

    base_offset: int
    batch_length: int
    partition_leader_epoch: int
    magic: int
    crc: int
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def size_bytes(self) -> int:
        return self.batch_length + LENGTH_OVERHEAD_BYTES

    @property
    def last_offset(self) -> int:
        return self.base_offset + self.last_offset_delta

    @property
    def next_offset(self) -> int:
        return self.base_offset + self.last_offset_delta + 1

    @property
    def last_sequence(self) -> int:
        """The sequence number of the last record, or -1 if the batch has none."""
        if self.base_sequence < 0:
            return -1
        return (self.base_sequence + self.last_offset_delta) & SEQUENCE_MASK

    @property
    def compression(self) -> Compression:
        """The codec; KafkaError(CORRUPT_MESSAGE) for the ids that Kafka does not know."""
        return Compression.of(self.attributes & CODEC_MASK)

    @property
    def is_transactional(self) -> bool:
        return self.attributes & TRANSACTIONAL != 0

    @property
    def is_control(self) -> bool:
        return self.attributes & CONTROL != 0

    @property
    def is_log_append_time(self) -> bool:
        return self.attributes & LOG_APPEND_TIME != 0

    @property
    def has_delete_horizon(self) -> bool:
        return self.attributes & DELETE_HORIZON != 0

    @property
    def has_producer_id(self) -> bool:
        return self.producer_id >= 0


def seal(batch: bytearray | memoryview, position: int, header: BatchHeader) -> BatchHeader:
    """Writes `header` over that of the whole batch at `position`, with the right checksum; returns it so."""
    HEADER.pack_into(batch, position, *header)
    crc = crc32c(memoryview(batch)[position + CRC_FROM : position + header.size_bytes])
    _CRC.pack_into(batch, position + _CRC_AT, crc)
    return header._replace(crc=crc)
