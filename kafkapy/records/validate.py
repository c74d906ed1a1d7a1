"""What a client wants to append to a partition, checked and made ready for the log.

A batch is judged by its header, its checksum and its size; that is all that most batches cost. Its records
are looked at where the topic asks for it (`ValidationPolicy`), where the batch must be stored with another
codec, and where the header claims timestamps that cannot be or have to be refused record by record: some
clients never set the greatest timestamp, and time queries rely on it.

The checks, their order and their texts are those of Apache Kafka (`ProduceRequest.validateRecords`,
`UnifiedLog.analyzeAndValidateRecords`, `LogValidator`).
"""

from typing import NamedTuple

from crc32c import crc32c

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header, size_of
from kafkapy.records.compression import Compression
from kafkapy.records.compression.failure import corrupt
from kafkapy.records.header import (
    CODEC_MASK,
    CONTROL,
    CRC_FROM,
    HEADER,
    HEADER_BYTES,
    LENGTH_OVERHEAD_BYTES,
    LOG_APPEND_TIME,
    MAGIC,
    BatchHeader,
    Buffer,
)
from kafkapy.records.policy import ValidationPolicy
from kafkapy.records.record import invalid_record
from kafkapy.records.validate_records import stamp, with_records

_SMALLEST_RECORD_BYTES = 7
_LIKELY_RATIO = 100
_FIRST_BYTES: dict[int, bytes] = {
    Compression.GZIP: b"\x1f",
    Compression.LZ4: b"\x04",
    Compression.ZSTD: b"\x28",
}
"""What streams of these codecs start with; a Snappy block may start with anything."""

_LZ4_FLAGS_AT = HEADER_BYTES + 4
_LZ4_INDEPENDENT_BLOCKS = 0x20


class ValidatedRecords(NamedTuple):
    """A batch to append as it is, but for base offset and leader epoch, which the log writes into `buffer`.

    `append_time_ms` is what the produce response says: now on topics of log append time, else -1.
    """

    buffer: memoryview
    header: BatchHeader
    append_time_ms: int


def validate(
    records: Buffer,
    policy: ValidationPolicy,
    now_ms: int,
    partition: str,
    header: BatchHeader | None = None,
) -> ValidatedRecords:
    """The one batch in `records` as the log shall store it; changed in place if `records` is writable.

    `partition` ("topic-0") is for the texts, `header` what `only_batch` has given, if it was asked already.
    Raises InvalidRecords if certain records are at fault, and KafkaError: CORRUPT_MESSAGE, INVALID_RECORD,
    MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, or UNKNOWN_SERVER_ERROR if the records do not decompress.
    """
    view = memoryview(records)
    if header is None:
        header = only_batch(view)
    size = header.batch_length + LENGTH_OVERHEAD_BYTES
    if size != len(view):
        view = view[:size]
    _check(view, header, policy, partition)
    if view.readonly:
        view = memoryview(bytearray(view))
    attributes = header.attributes
    if (
        policy.needs_records
        or attributes & LOG_APPEND_TIME
        or (policy.compression is not None and policy.compression != attributes & CODEC_MASK)
        or _is_doubtful(view, header, policy, now_ms)
    ):
        view, header = with_records(view, header, policy, now_ms, partition)
        _check_size(header.size_bytes, policy, partition)
    elif policy.log_append_time:
        header = stamp(view, header, attributes | LOG_APPEND_TIME, now_ms)
    if header.batch_length + LENGTH_OVERHEAD_BYTES > policy.segment_bytes:
        raise KafkaError(
            ErrorCode.RECORD_LIST_TOO_LARGE,
            f"Message batch size is {header.size_bytes} bytes in append to partition {partition}, "
            f"which exceeds the maximum configured segment size of {policy.segment_bytes}.",
        )
    return ValidatedRecords(view, header, now_ms if policy.log_append_time else -1)


def only_batch(view: memoryview) -> BatchHeader:
    """The header of the batch that a client sent: one whole batch of magic 2 is allowed, no more and no less.
    What is cut behind it is ignored, as in Kafka.
    """
    if len(view) >= HEADER_BYTES:
        header = BatchHeader._make(HEADER.unpack_from(view))
        if header.magic == MAGIC and header.batch_length == len(view) - LENGTH_OVERHEAD_BYTES:
            return header
    size = size_of(view, 0)
    if size is None or size > len(view):
        raise invalid_record("Produce requests must contain a record batch")
    header = read_header(view)
    if header.magic != MAGIC:
        raise invalid_record(
            "Produce requests are only allowed to contain record batches with magic version 2"
        )
    next_size = size_of(view, size)
    if next_size is not None and next_size <= len(view) - size:
        raise invalid_record(
            "Produce requests are only allowed to contain exactly one record batch per partition"
        )
    return header


def _check(view: memoryview, header: BatchHeader, policy: ValidationPolicy, partition: str) -> None:
    """What header, size and checksum tell, in Kafka's order."""
    if header.base_offset:
        raise invalid_record(
            f"The baseOffset of the record batch in the append to {partition} should be 0, "
            f"but it is {header.base_offset}"
        )
    if len(view) > policy.max_message_bytes:
        _check_size(len(view), policy, partition)
    if crc32c(view[CRC_FROM:]) != header.crc:
        raise KafkaError(
            ErrorCode.CORRUPT_MESSAGE,
            f"Record is corrupt (stored crc = {header.crc}, computed crc = {crc32c(view[CRC_FROM:])}) "
            f"in topic partition {partition}.",
        )
    codec = header.attributes & CODEC_MASK
    if codec:
        _check_codec(view, codec)
    count = header.record_count
    if count <= 0 or header.last_offset_delta != count - 1:
        raise _wrong_count(header, partition)
    if header.attributes & CONTROL:
        raise invalid_record(
            f"Clients are not allowed to write control records in topic partition {partition}."
        )
    if header.producer_id >= 0 and header.base_sequence < 0:
        raise invalid_record(
            f"Invalid sequence number {header.base_sequence} in record batch with producerId "
            f"{header.producer_id} in topic partition {partition}."
        )


def _check_codec(view: memoryview, codec: int) -> None:
    """Also refuses what other LZ4 writers make and Java clients cannot read: blocks that need each other."""
    if Compression.of(codec) is not Compression.LZ4 or len(view) <= _LZ4_FLAGS_AT:
        return
    if not view[_LZ4_FLAGS_AT] & _LZ4_INDEPENDENT_BLOCKS:
        raise corrupt("lz4", "Dependent block stream is unsupported")


def _check_size(size: int, policy: ValidationPolicy, partition: str) -> None:
    if size > policy.max_message_bytes:
        raise KafkaError(
            ErrorCode.MESSAGE_TOO_LARGE,
            f"The record batch size in the append to {partition} is {size} bytes which exceeds the maximum "
            f"configured value of {policy.max_message_bytes}.",
        )


def _is_doubtful(view: memoryview, header: BatchHeader, policy: ValidationPolicy, now_ms: int) -> bool:
    """Whether the batch claims what cannot be, or is unlikely, or shows that records have to be refused."""
    count, likely_bytes = header.record_count, header.batch_length
    codec = header.attributes & CODEC_MASK
    if codec:
        likely_bytes *= _LIKELY_RATIO
        if codec in _FIRST_BYTES and view[HEADER_BYTES : HEADER_BYTES + 1] != _FIRST_BYTES[codec]:
            return True
    if count * _SMALLEST_RECORD_BYTES > likely_bytes:
        return True
    if policy.log_append_time:
        return False
    greatest, first = header.max_timestamp, header.base_timestamp
    return (
        greatest < 0
        or greatest < first
        or (count == 1 and greatest != first)
        or greatest - now_ms > policy.after_max_ms
    )


def _wrong_count(header: BatchHeader, partition: str) -> KafkaError:
    last, count = header.last_offset_delta, header.record_count
    if last < 0:
        return invalid_record(
            f"Batch has an invalid offset range: [0, {last}] in topic partition {partition}."
        )
    if count <= 0:
        return invalid_record(
            f"Invalid reported count for record batch: {count} in topic partition {partition}."
        )
    return invalid_record(
        f"Inconsistent batch offset range [0, {last}] and count of records {count} "
        f"in topic partition {partition}."
    )
