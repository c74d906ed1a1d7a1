"""Message sets of magic 0 and 1, before Kafka 0.11: nobody may write them, old segments hold them.

A message, or a compressed set of messages in a wrapper message, is shown as a `BatchHeader`, so that a
segment with old and new batches is walked in one loop. Source: Kafka's `AbstractLegacyRecordBatch` and
`LegacyRecord`.
"""

import zlib
from collections.abc import Iterator
from struct import Struct
from struct import error as StructError

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import Compression, decompress
from kafkapy.records.header import CODEC_MASK, LOG_APPEND_TIME, BatchHeader, Buffer
from kafkapy.records.record import RawRecord, Record, encode_tail, invalid_record

SMALLEST_LENGTH = 14
"""crc, magic, attributes and the two length fields of a message of magic 0 without key and value."""

_ENTRY = Struct(">qiIbb")
_TIMESTAMP = Struct(">q")
_SIZE = Struct(">i")
_CRC_FROM = 16


def read_header(buffer: Buffer, position: int) -> BatchHeader:
    """The message at `position` in the shape of a batch header; KafkaError(CORRUPT_MESSAGE) if it is cut."""
    if len(buffer) - position < _ENTRY.size + _TIMESTAMP.size:
        raise KafkaError(ErrorCode.CORRUPT_MESSAGE, "The buffer ends within the header of a message")
    offset, length, crc, magic, attributes = _ENTRY.unpack_from(buffer, position)
    timestamp = -1
    if magic == 1:
        (timestamp,) = _TIMESTAMP.unpack_from(buffer, position + _ENTRY.size)
    else:
        attributes &= CODEC_MASK
    count = -1 if attributes & CODEC_MASK else 1
    return BatchHeader(offset, length, -1, magic, crc, attributes, 0, timestamp, timestamp, -1, -1, -1, count)


def check_crc(buffer: Buffer, position: int, header: BatchHeader) -> bool:
    end = position + header.size_bytes
    return zlib.crc32(memoryview(buffer)[position + _CRC_FROM : end]) == header.crc


def records_of(buffer: Buffer, position: int, header: BatchHeader, max_bytes: int) -> Iterator[Record]:
    """The message at `position`, or the messages of the compressed set in it.

    Raises KafkaError: INVALID_RECORD where they do not parse, UNKNOWN_SERVER_ERROR where they do not
    decompress.
    """
    key, value = _key_and_value(memoryview(buffer)[position : position + header.size_bytes], header.magic)
    if not header.attributes & CODEC_MASK:
        yield Record(header.base_offset, header.max_timestamp, key, value)
        return
    yield from _inner_records(_decompressed(value, header, max_bytes), header)


def checksums_of(
    buffer: Buffer, position: int, header: BatchHeader, max_bytes: int
) -> Iterator[tuple[int, bool]]:
    """The checksum of every message that `records_of` gives, and whether it is right."""
    if not header.attributes & CODEC_MASK:
        yield header.crc, check_crc(buffer, position, header)
        return
    _, value = _key_and_value(memoryview(buffer)[position : position + header.size_bytes], header.magic)
    messages = _decompressed(value, header, max_bytes)
    at = 0
    while at < len(messages):
        inner = read_header(messages, at)
        yield inner.crc, check_crc(messages, at, inner)
        at += inner.size_bytes


def raw_records_of(buffer: Buffer, position: int, header: BatchHeader, max_bytes: int) -> Iterator[RawRecord]:
    """As `records_of`, with key and value encoded as in a batch of magic 2: compaction rewrites to that."""
    for offset, timestamp, key, value, _ in records_of(buffer, position, header, max_bytes):
        tail = encode_tail(key, value)
        yield RawRecord(offset, timestamp, key, value, len(tail) - 1, tail)


def _decompressed(value: bytes | None, header: BatchHeader, max_bytes: int) -> memoryview:
    """The messages in the value of a wrapper."""
    if value is None:
        raise invalid_record(f"Found invalid compressed record set with null value (magic = {header.magic})")
    compressed = memoryview(value)
    codec = header.attributes & CODEC_MASK
    if header.magic == 0 and codec == Compression.LZ4:
        compressed = _with_right_lz4_checksum(compressed)
    return memoryview(decompress(Compression.of(codec), compressed, max_bytes))


def _inner_records(inner: memoryview, wrapper: BatchHeader) -> Iterator[Record]:
    append_time = wrapper.max_timestamp if wrapper.attributes & LOG_APPEND_TIME else None
    found: list[tuple[BatchHeader, bytes | None, bytes | None]] = []
    position = 0
    while position < len(inner):
        header = read_header(inner, position)
        end = position + header.size_bytes
        nested = header.attributes & CODEC_MASK
        if header.magic != wrapper.magic or nested or not position < end <= len(inner):
            raise invalid_record("A message in a compressed set is compressed, of another format, or cut")
        found.append((header, *_key_and_value(inner[position:end], header.magic)))
        position = end
    if not found:
        raise invalid_record("Found invalid compressed record set with no inner records")
    shift = 0
    if wrapper.magic == 1 and wrapper.base_offset:
        # Relative offsets need not start at 0. A wrapper at 0 is what certain producers sent: librdkafka did.
        shift = wrapper.base_offset - found[-1][0].base_offset
        if shift < 0:
            raise invalid_record(
                f"Found invalid wrapper offset {wrapper.base_offset} in compressed v1 message set"
            )
    for header, key, value in found:
        timestamp = header.max_timestamp if append_time is None else append_time
        yield Record(header.base_offset + shift, timestamp, key, value)


def _key_and_value(message: memoryview, magic: int) -> tuple[bytes | None, bytes | None]:
    try:
        key, position = _bytes(message, _ENTRY.size + (_TIMESTAMP.size if magic else 0))
        value, position = _bytes(message, position)
    except StructError:
        position = -1
    if position != len(message):
        raise invalid_record("Invalid message: key and value do not fill it")
    return key, value


def _bytes(message: memoryview, position: int) -> tuple[bytes | None, int]:
    (size,) = _SIZE.unpack_from(message, position)
    position += _SIZE.size
    if size < 0:
        return None, position
    return bytes(message[position : position + size]), position + size


def _with_right_lz4_checksum(frame: memoryview) -> memoryview:
    from kafkapy.records.compression.lz4 import with_right_header_checksum

    return memoryview(with_right_header_checksum(frame))
