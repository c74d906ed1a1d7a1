"""The part of validation that looks at every record of a batch, and builds it anew where that is needed.

Source: Kafka's `LogValidator`, with two differences. A batch whose records do not have the offsets 0, 1, 2
and so on is built anew with those, where Kafka stores it as it is (if uncompressed) or fails. Compressed
records are checked as closely as others, where Kafka lets some through that its consumers refuse.
"""

from kafkapy.records.batch import read_header
from kafkapy.records.builder import BatchBuilder
from kafkapy.records.compression import Compression, decompress
from kafkapy.records.header import (
    CODEC_MASK,
    HEADER_BYTES,
    LOG_APPEND_TIME,
    TRANSACTIONAL,
    BatchHeader,
    Buffer,
    seal,
)
from kafkapy.records.policy import InvalidRecords, RecordError, ValidationPolicy
from kafkapy.records.record import RawRecord, invalid_record, scan_records
from kafkapy.records.scan import greatest_timestamp

_KNOWN_ATTRIBUTES = 0x7F
_GREATEST = 0x7FFFFFFFFFFFFFFF


def with_records(
    view: memoryview, header: BatchHeader, policy: ValidationPolicy, now_ms: int, partition: str
) -> tuple[memoryview, BatchHeader]:
    """The batch as the topic wants it, in place if only its header has to change; errors as of `validate`."""
    codec = Compression.of(header.attributes & CODEC_MASK)
    stored = view[HEADER_BYTES : header.size_bytes]
    body: Buffer = decompress(codec, stored, policy.max_decompressed_bytes) if codec else stored
    greatest, in_order = _look_at_records(body, header, policy, now_ms, partition)
    target = codec if policy.compression is None else policy.compression
    if target != codec or not in_order:
        return _encode_anew(body, header, target, policy, now_ms)
    if policy.log_append_time:
        return view, stamp(view, header, header.attributes | LOG_APPEND_TIME, now_ms)
    return view, stamp(view, header, header.attributes & ~LOG_APPEND_TIME, greatest)


def stamp(view: memoryview, header: BatchHeader, attributes: int, max_timestamp: int) -> BatchHeader:
    """Writes attributes and greatest timestamp into the batch, and its new checksum, if they differ."""
    if attributes == header.attributes and max_timestamp == header.max_timestamp:
        return header
    if not -_GREATEST <= max_timestamp <= _GREATEST:
        raise invalid_record(f"Timestamp {max_timestamp} does not fit into 64 bits")
    return seal(
        view, 0, header._replace(attributes=attributes & _KNOWN_ATTRIBUTES, max_timestamp=max_timestamp)
    )


def _look_at_records(
    body: Buffer, header: BatchHeader, policy: ValidationPolicy, now_ms: int, partition: str
) -> tuple[int, bool]:
    """The greatest timestamp (-1 if none) and whether the offsets are 0, 1, 2 and so on."""
    if not header.attributes & LOG_APPEND_TIME:
        any_time = policy.log_append_time
        greatest = greatest_timestamp(
            body,
            header.record_count,
            header.base_timestamp,
            oldest=-_GREATEST if any_time else now_ms - policy.before_max_ms,
            newest=_GREATEST if any_time else now_ms + policy.after_max_ms,
            needs_keys=policy.compacted,
        )
        if greatest is not None:
            return greatest, True
    return _check_records(bytes(body), header, policy, now_ms, partition)


def _check_records(
    body: bytes, header: BatchHeader, policy: ValidationPolicy, now_ms: int, partition: str
) -> tuple[int, bool]:
    """The same by looking at one record after another. InvalidRecords names those at fault."""
    claims_append_time = bool(header.attributes & LOG_APPEND_TIME)
    append_time = header.max_timestamp if claims_append_time else None
    newest = now_ms + policy.after_max_ms
    oldest = now_ms - policy.before_max_ms
    greatest, in_order = -1, True
    errors: list[RecordError] = []
    records = scan_records(body, header.record_count, 0, header.base_timestamp, append_time)
    for index, record in enumerate(records):
        timestamp = record.timestamp
        if record.offset != index:
            in_order = False
        if policy.compacted and record.key is None:
            errors.append(
                RecordError(
                    index, f"Compacted topic cannot accept message without key in topic partition {partition}"
                )
            )
        elif policy.log_append_time or timestamp == -1:
            if claims_append_time:
                errors.append(RecordError(index, _claims_append_time(record, header), is_timestamp=True))
        elif not oldest <= timestamp <= newest:
            errors.append(RecordError(index, _out_of_range(record, oldest, newest), is_timestamp=True))
        if timestamp > greatest:
            greatest = timestamp
    if errors:
        raise InvalidRecords(errors)
    return greatest, in_order


def _encode_anew(
    body: Buffer, header: BatchHeader, codec: Compression, policy: ValidationPolicy, now_ms: int
) -> tuple[memoryview, BatchHeader]:
    """A new batch of the same records and producer, with `codec` and the offsets 0, 1, 2 and so on."""
    builder = BatchBuilder(
        compression=codec,
        level=policy.level,
        producer_id=header.producer_id,
        producer_epoch=header.producer_epoch,
        base_sequence=header.base_sequence,
        transactional=bool(header.attributes & TRANSACTIONAL),
        log_append_time_ms=now_ms if policy.log_append_time else None,
        partition_leader_epoch=header.partition_leader_epoch,
    )
    records = scan_records(bytes(body), header.record_count, 0, header.base_timestamp, None)
    for index, record in enumerate(records):
        builder.append_encoded(index, record.timestamp, record.tail)
    batch = memoryview(builder.build())
    return batch, read_header(batch)


def _out_of_range(record: RawRecord, oldest: int, newest: int) -> str:
    return (
        f"Timestamp {record.timestamp} of message with offset {record.offset} is out of range. "
        f"The timestamp should be within [{_as_long(oldest)}, {_as_long(newest)}]"
    )


def _as_long(number: int) -> int:
    """What Java's overflow makes of it, so that the text is Kafka's."""
    return (number + _GREATEST + 1) % (1 << 64) - _GREATEST - 1


def _claims_append_time(record: RawRecord, header: BatchHeader) -> str:
    kind = "PartialDefaultRecord" if header.attributes & CODEC_MASK else "DefaultRecord"
    return (
        f"Invalid timestamp type in message {kind}(offset={record.offset}, timestamp={record.timestamp}, "
        f"key={len(record.key or b'')} bytes, value={len(record.value or b'')} bytes). "
        f"Producer should not set timestamp type to LogAppendTime."
    )
