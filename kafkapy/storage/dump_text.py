"""What is in files, in the words of Apache Kafka's `dump-log`."""

from collections.abc import Iterator

from kafkapy.records.batch import BatchHeader
from kafkapy.records.header import SEQUENCE_MASK
from kafkapy.storage.dump_items import (
    Batch,
    FileBegins,
    Item,
    Line,
    OffsetEntry,
    Remark,
    ShownRecord,
    TimeEntry,
)
from kafkapy.storage.producer_entry import ProducerEntry
from kafkapy.storage.transaction_index import AbortedTransaction


def text_lines(item: Item) -> Iterator[str]:
    """The lines for one item; complaints are none, they go elsewhere."""
    match item:
        case FileBegins(path, about):
            yield f"Dumping {path}"
            if about is not None:
                yield about
        case Batch():
            yield _batch(item)
        case ShownRecord():
            yield _record(item)
        case OffsetEntry(offset, position):
            yield f"offset: {offset} position: {position}"
        case TimeEntry(timestamp, offset):
            yield f"timestamp: {timestamp} offset: {offset}"
        case AbortedTransaction():
            yield (
                f"version: 0 producerId: {item.producer_id} firstOffset: {item.first_offset} "
                f"lastOffset: {item.last_offset} lastStableOffset: {item.last_stable_offset}"
            )
        case ProducerEntry():
            yield _producer(item)
        case Line(text) | Remark(text):
            yield text


def time_type(header: BatchHeader) -> str:
    """What the timestamps of a batch are."""
    if header.magic == 0:
        return "NoTimestampType"
    return "LogAppendTime" if header.is_log_append_time else "CreateTime"


def sequence_of(shown: ShownRecord) -> int:
    """A record's sequence number, -1 if its batch has none."""
    header = shown.header
    if header.base_sequence < 0:
        return -1
    return (header.base_sequence + shown.record.offset - header.base_offset) & SEQUENCE_MASK


def _batch(item: Batch) -> str:
    header = item.header
    if header.magic < 2:
        what = f"offset: {header.last_offset}"
    else:
        horizon = f"[{header.base_timestamp}]" if header.has_delete_horizon else ".empty"
        what = (
            f"baseOffset: {header.base_offset} lastOffset: {header.last_offset} count: {header.record_count} "
            f"baseSequence: {header.base_sequence} lastSequence: {header.last_sequence} "
            f"producerId: {header.producer_id} producerEpoch: {header.producer_epoch} "
            f"partitionLeaderEpoch: {header.partition_leader_epoch} "
            f"isTransactional: {_boolean(header.is_transactional)} isControl: {_boolean(header.is_control)} "
            f"deleteHorizonMs: OptionalLong{horizon}"
        )
    return (
        f"{what} position: {item.position} {time_type(header)}: {header.max_timestamp} "
        f"size: {header.size_bytes} magic: {header.magic} "
        f"compresscodec: {item.codec} crc: {header.crc} "
        f"isvalid: {_boolean(item.is_valid)}"
    )


def _record(shown: ShownRecord) -> str:
    parts = [_metadata(shown)] if shown.has_metadata else []
    if shown.control is not None:
        parts.append(shown.control.text)
    if not parts and (shown.key or shown.payload):
        parts.append("|")
    if shown.key is not None:
        parts.append(f"key: {shown.key.text}")
    if shown.payload is not None:
        parts.append(f"payload: {shown.payload.text}")
    return " ".join(parts)


def _metadata(shown: ShownRecord) -> str:
    record = shown.record
    line = (
        f"| offset: {record.offset} {time_type(shown.header)}: {record.timestamp} "
        f"keySize: {size_of(record.key)} valueSize: {size_of(record.value)}"
    )
    if shown.message is not None:
        crc, is_valid = shown.message
        return f"{line} isValid: {_boolean(is_valid)} crc: {crc}"
    keys = ",".join(key for key, _ in record.headers)
    return f"{line} sequence: {sequence_of(shown)} headerKeys: [{keys}]"


def _producer(entry: ProducerEntry) -> str:
    first = entry.transaction_first_offset
    line = (
        f"producerId: {entry.producer_id} producerEpoch: {entry.epoch} "
        f"coordinatorEpoch: {entry.coordinator_epoch} "
        f"currentTxnFirstOffset: OptionalLong{'.empty' if first is None else f'[{first}]'} "
        f"lastTimestamp: {entry.last_timestamp}"
    )
    for batch in entry.batches[:1]:
        line += (
            f" firstSequence: {batch.first_sequence} lastSequence: {batch.last_sequence} "
            f"lastOffset: {batch.last_offset} offsetDelta: {batch.offset_delta} timestamp: {batch.timestamp}"
        )
    return line


def size_of(content: bytes | None) -> int:
    """Bytes, -1 of a null."""
    return -1 if content is None else len(content)


def _boolean(value: bool) -> str:
    return "true" if value else "false"
