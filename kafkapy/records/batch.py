"""Record batches in a buffer: walking their headers, their checksums, and the records of one batch.

A buffer is what a produce request carries or what a segment file holds: batches back to back. Nothing here
copies it, but for what reads the records of one batch, which copies (or decompresses) that batch.
"""

from collections.abc import Iterator
from struct import Struct

from crc32c import crc32c

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records import legacy
from kafkapy.records.compression import Compression, decompress
from kafkapy.records.header import (
    CODEC_MASK,
    CRC_FROM,
    HEADER,
    HEADER_BYTES,
    LENGTH_OVERHEAD_BYTES,
    LOG_APPEND_TIME,
    MAGIC,
    TRANSACTIONAL,
    BatchHeader,
    Buffer,
)
from kafkapy.records.record import RawRecord, Record, read_records, read_timestamps, scan_records

__all__ = [
    "HEADER_BYTES",
    "BatchHeader",
    "Buffer",
    "body_of",
    "check_crc",
    "iterate_headers",
    "raw_records_of",
    "read_header",
    "records_of",
    "size_of",
    "starts_transactional",
    "timestamps_of",
]

MAX_BYTES = 0x7FFFFFFF
"""The default bound of decompression: what Kafka's own buffers can hold."""

_LENGTH = Struct(">i")
_LENGTH_AT = 8
_MAGIC_AT = 16
_LENGTH_MAGIC_ATTRIBUTES = Struct(">i4xB4xh")


def read_header(buffer: Buffer, position: int = 0) -> BatchHeader:
    """The header of the batch that starts at `position`; the batch itself may end outside the buffer.

    Only size and magic are checked: KafkaError(CORRUPT_MESSAGE) if they are impossible or the buffer is too
    short for the header.
    """
    if len(buffer) - position >= HEADER_BYTES:
        header = BatchHeader._make(HEADER.unpack_from(buffer, position))
        if header.magic == MAGIC and header.size_bytes >= HEADER_BYTES:
            return header
    if size_of(buffer, position) is None or buffer[position + _MAGIC_AT] == MAGIC:
        raise _corrupt("The buffer ends within the header of a batch")
    return legacy.read_header(buffer, position)


def iterate_headers(buffer: Buffer, position: int = 0) -> Iterator[tuple[int, BatchHeader]]:
    """Every whole batch from `position` on, as (position, header); stops silently where the last one is cut.

    Raises KafkaError(CORRUPT_MESSAGE) on an impossible size or magic, even if that batch is cut, as Kafka
    does (`ByteBufferLogInputStream`).
    """
    end = len(buffer)
    make, unpack = BatchHeader._make, HEADER.unpack_from
    while True:
        remaining = end - position
        if remaining >= HEADER_BYTES:
            header = make(unpack(buffer, position))
            size = header.batch_length + LENGTH_OVERHEAD_BYTES
            if header.magic == MAGIC and HEADER_BYTES <= size <= remaining:
                yield position, header
                position += size
                continue
        next_size = size_of(buffer, position)
        if next_size is None or next_size > remaining:
            return
        yield position, legacy.read_header(buffer, position)
        position += next_size


def size_of(buffer: Buffer, position: int) -> int | None:
    """The size in bytes that the batch at `position`, of any format, claims; None if its header is cut.

    Raises KafkaError(CORRUPT_MESSAGE) if the size or the magic is impossible.
    """
    size = _claimed_size(buffer, position)
    if size is not None and size < HEADER_BYTES and buffer[position + _MAGIC_AT] == MAGIC:
        raise _corrupt(
            f"Record batch is corrupted (the size {size} is smaller than the minimum allowed overhead "
            f"{HEADER_BYTES})"
        )
    return size


def starts_transactional(buffer: Buffer) -> bool:
    """Whether the first batch is whole and says that it belongs to a transaction.

    Raises KafkaError(CORRUPT_MESSAGE) if its size or magic is one that no format has.
    """
    if len(buffer) >= _LENGTH_AT + _LENGTH_MAGIC_ATTRIBUTES.size:
        length, magic, attributes = _LENGTH_MAGIC_ATTRIBUTES.unpack_from(buffer, _LENGTH_AT)
        if magic == MAGIC and length >= legacy.SMALLEST_LENGTH:
            return bool(attributes & TRANSACTIONAL) and length + LENGTH_OVERHEAD_BYTES <= len(buffer)
    _claimed_size(buffer, 0)  # raises
    return False


def _claimed_size(buffer: Buffer, position: int) -> int | None:
    remaining = len(buffer) - position
    if remaining < LENGTH_OVERHEAD_BYTES:
        return None
    (length,) = _LENGTH.unpack_from(buffer, position + _LENGTH_AT)
    least = legacy.SMALLEST_LENGTH
    if length < least:
        raise _corrupt(f"Record size {length} is less than the minimum record overhead ({least})")
    if remaining <= _MAGIC_AT:
        return None
    magic = buffer[position + _MAGIC_AT]
    if magic > MAGIC:
        raise _corrupt(f"Invalid magic found in record: {magic - 256 if magic > 127 else magic}")
    return int(length) + LENGTH_OVERHEAD_BYTES


def check_crc(buffer: Buffer, position: int, header: BatchHeader) -> bool:
    """Whether the batch at `position`, which must end in the buffer, has the checksum in its header."""
    if header.magic != MAGIC:
        return legacy.check_crc(buffer, position, header)
    end = position + header.batch_length + LENGTH_OVERHEAD_BYTES
    return bool(crc32c(memoryview(buffer)[position + CRC_FROM : end]) == header.crc)


def records_of(
    buffer: Buffer, position: int, header: BatchHeader, *, max_bytes: int = MAX_BYTES
) -> Iterator[Record]:
    """The records of the batch at `position`, in offset order; those of a control batch are control records.

    `max_bytes` bounds what decompression may produce. Raises KafkaError, as the iterator reaches the place:
    INVALID_RECORD where records do not parse, UNKNOWN_SERVER_ERROR where they do not decompress.
    """
    if header.magic != MAGIC:
        return legacy.records_of(buffer, position, header, max_bytes)
    return read_records(body_of(buffer, position, header, max_bytes=max_bytes), *_reading(header))


def raw_records_of(
    buffer: Buffer, position: int, header: BatchHeader, *, max_bytes: int = MAX_BYTES
) -> Iterator[RawRecord]:
    """As `records_of`, for those who copy records: with the encoded key, value and headers in one piece."""
    if header.magic != MAGIC:
        return legacy.raw_records_of(buffer, position, header, max_bytes)
    return scan_records(body_of(buffer, position, header, max_bytes=max_bytes), *_reading(header))


def timestamps_of(
    buffer: Buffer, position: int, header: BatchHeader, *, max_bytes: int = MAX_BYTES
) -> Iterator[tuple[int, int]]:
    """(offset, timestamp) of every record of the batch at `position`: the cheap part of `records_of`."""
    if header.magic != MAGIC:
        records = legacy.records_of(buffer, position, header, max_bytes)
        return ((record.offset, record.timestamp) for record in records)
    return read_timestamps(body_of(buffer, position, header, max_bytes=max_bytes), *_reading(header))


def body_of(buffer: Buffer, position: int, header: BatchHeader, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The records section of a batch of magic 2, decompressed: a copy."""
    body = memoryview(buffer)[position + HEADER_BYTES : position + header.size_bytes]
    codec = header.attributes & CODEC_MASK
    return decompress(Compression.of(codec), body, max_bytes) if codec else bytes(body)


def _reading(header: BatchHeader) -> tuple[int, int, int, int | None]:
    append_time = header.max_timestamp if header.attributes & LOG_APPEND_TIME else None
    return header.record_count, header.base_offset, header.base_timestamp, append_time


def _corrupt(detail: str) -> KafkaError:
    return KafkaError(ErrorCode.CORRUPT_MESSAGE, detail)
