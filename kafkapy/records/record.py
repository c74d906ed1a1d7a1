"""The records inside a batch: loops over one records section, with every structural check that Kafka makes.

* `read_records` gives what a consumer sees,
* `scan_records` gives what compaction and validation need: key, whether there is a value, and bytes to copy,
* `read_timestamps` gives offsets and timestamps only, and trusts the record lengths for the rest.

The loops run for every record of a batch, so they work on one `bytes` object, whose slices are keys and
values, and read variable-length integers of one byte in line. Source: Kafka's `DefaultRecord.readFrom` and
`DefaultRecordBatch.RecordIterator`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.varint import INT_BITS, LONG_BITS, ONE_BYTE, read_varint

Headers = tuple[tuple[str, bytes | None], ...]


class Record(NamedTuple):
    """One record as a consumer sees it; `timestamp` in ms, -1 if it has none."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class RawRecord(NamedTuple):
    """One record for those who copy it: `tail` is its encoding from the key length on, without the offset."""

    offset: int
    timestamp: int
    key: bytes | None
    has_value: bool
    tail: bytes


def read_records(
    body: bytes, count: int, base_offset: int, base_timestamp: int, append_time: int | None
) -> Iterator[Record]:
    """The `count` records of a decompressed records section; `append_time`, if not None, replaces their own.

    Raises KafkaError(INVALID_RECORD) as the iterator reaches bytes that do not parse, or are left over at
    the end.
    """
    for offset, timestamp, key, _, tail in scan_records(
        body, count, base_offset, base_timestamp, append_time
    ):
        value, headers = read_tail(tail)
        yield Record(offset, timestamp, key, value, headers)


def scan_records(
    body: bytes, count: int, base_offset: int, base_timestamp: int, append_time: int | None
) -> Iterator[RawRecord]:
    """As `read_records` with the same checks, but values and headers are not taken apart."""
    if count < 0:
        raise invalid_record(f"Found invalid record count {count} in magic v2 batch")
    new, length, position = tuple.__new__, len(body), 0
    try:
        for _ in range(count):
            size, position = (
                (ONE_BYTE[byte], position + 1)
                if (byte := body[position]) < 0x80
                else read_varint(body, position, INT_BITS)
            )
            end = position + size
            if end > length:
                raise _too_long(size, length - position)
            delta, position = (
                (ONE_BYTE[byte], position + 2)
                if (byte := body[position + 1]) < 0x80
                else read_varint(body, position + 1, LONG_BITS)
            )
            timestamp = base_timestamp + delta if append_time is None else append_time
            delta, tail = (
                (ONE_BYTE[byte], position + 1)
                if (byte := body[position]) < 0x80
                else read_varint(body, position, INT_BITS)
            )
            size, position = (
                (ONE_BYTE[byte], tail + 1)
                if (byte := body[tail]) < 0x80
                else read_varint(body, tail, INT_BITS)
            )
            key = None if size < 0 else body[position : (position := position + size)]
            size, position = (
                (ONE_BYTE[byte], position + 1)
                if (byte := body[position]) < 0x80
                else read_varint(body, position, INT_BITS)
            )
            if size > 0:
                position += size
            position = _skip_headers(body, position) if body[position] else position + 1
            if position != end:
                raise invalid_record(f"Invalid record size: the record ends at byte {position}, not at {end}")
            yield new(RawRecord, (base_offset + delta, timestamp, key, size >= 0, body[tail:end]))
    except IndexError:
        raise invalid_record("Found invalid record structure") from None
    if count and position != length:
        raise invalid_record("Incorrect declared batch size, records still remaining in file")


def read_timestamps(
    body: bytes, count: int, base_offset: int, base_timestamp: int, append_time: int | None
) -> Iterator[tuple[int, int]]:
    """(offset, timestamp) of every record; their lengths are trusted, the rest of them is not looked at."""
    position = 0
    try:
        for _ in range(count):
            size, position = (
                (ONE_BYTE[byte], position + 1)
                if (byte := body[position]) < 0x80
                else read_varint(body, position, INT_BITS)
            )
            if size < 0:
                raise invalid_record(f"Invalid record size: {size}")
            end = position + size
            delta, position = (
                (ONE_BYTE[byte], position + 2)
                if (byte := body[position + 1]) < 0x80
                else read_varint(body, position + 1, LONG_BITS)
            )
            timestamp = base_timestamp + delta if append_time is None else append_time
            byte = body[position]
            delta = ONE_BYTE[byte] if byte < 0x80 else read_varint(body, position, INT_BITS)[0]
            yield base_offset + delta, timestamp
            position = end
    except IndexError:
        raise invalid_record("Found invalid record structure") from None


def read_tail(tail: bytes) -> tuple[bytes | None, Headers]:
    """Value and headers of a record from its `RawRecord.tail`, which has been checked."""
    size, position = read_varint(tail, 0, INT_BITS)
    size, position = read_varint(tail, position + max(size, 0), INT_BITS)
    value = None if size < 0 else tail[position : position + size]
    position += max(size, 0)
    if not tail[position]:
        return value, ()
    count, position = read_varint(tail, position, INT_BITS)
    headers = []
    for _ in range(count):
        size, position = read_varint(tail, position, INT_BITS)
        name = tail[position : position + size].decode("utf-8", "replace")
        size, position = read_varint(tail, position + size, INT_BITS)
        headers.append((name, None if size < 0 else tail[position : position + size]))
        position += max(size, 0)
    return value, tuple(headers)


def _skip_headers(body: bytes, position: int) -> int:
    count, position = read_varint(body, position, INT_BITS)
    if not 0 <= count <= len(body) - position:
        raise invalid_record(f"Found invalid number of record headers {count}")
    for _ in range(count):
        size, position = read_varint(body, position, INT_BITS)
        if size < 0:
            raise invalid_record(f"Invalid negative header key size {size}")
        size, position = read_varint(body, position + size, INT_BITS)
        position += max(size, 0)
    return position


def _too_long(size: int, remaining: int) -> KafkaError:
    return invalid_record(
        f"Invalid record size: expected {size} bytes in record payload, but instead the buffer has only "
        f"{remaining} remaining bytes."
    )


def invalid_record(detail: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_RECORD, detail)
