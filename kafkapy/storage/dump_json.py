"""What is in files, for programs: one JSON object per item, its `kind` first.

Names and values are those of Apache Kafka's `dump-log`, so far as it has them. What may be missing is null:
keys and values, the delete horizon, an open transaction. Keys and payloads are text, or `{"bytes": "00ff"}`
where they are no UTF-8; those of the broker's own topics are objects when their decoder was asked for.
"""

from typing import Any

from kafkapy.storage.dump_items import (
    Batch,
    Complaint,
    FileBegins,
    Item,
    Line,
    OffsetEntry,
    Remark,
    ShownRecord,
    TimeEntry,
)
from kafkapy.storage.dump_text import sequence_of, size_of, time_type
from kafkapy.storage.producer_entry import ProducerEntry
from kafkapy.storage.transaction_index import AbortedTransaction


def json_object(item: Item) -> dict[str, Any]:
    """What `json.dumps` takes."""
    match item:
        case Batch():
            return _batch(item)
        case ShownRecord():
            return _record(item)
        case ProducerEntry():
            return _producer(item)
        case OffsetEntry(offset, position):
            return {"kind": "offsetIndexEntry", "offset": offset, "position": position}
        case TimeEntry(timestamp, offset):
            return {"kind": "timeIndexEntry", "timestamp": timestamp, "offset": offset}
        case AbortedTransaction():
            return {
                "kind": "abortedTransaction",
                "version": 0,
                "producerId": item.producer_id,
                "firstOffset": item.first_offset,
                "lastOffset": item.last_offset,
                "lastStableOffset": item.last_stable_offset,
            }
        case _:
            return _about_file(item)


def _about_file(item: FileBegins | Line | Remark | Complaint) -> dict[str, Any]:
    match item:
        case FileBegins(path, about):
            return {"kind": "file", "path": path, "about": about}
        case Line(text):
            return {"kind": "line", "text": text}
        case Remark(text):
            return {"kind": "remark", "text": text}
        case Complaint(text, is_wrong):
            return {"kind": "complaint", "text": text, "isWrong": is_wrong}


def _batch(item: Batch) -> dict[str, Any]:
    header = item.header
    return {
        "kind": "batch",
        "baseOffset": header.base_offset,
        "lastOffset": header.last_offset,
        "count": header.record_count,
        "baseSequence": header.base_sequence,
        "lastSequence": header.last_sequence,
        "producerId": header.producer_id,
        "producerEpoch": header.producer_epoch,
        "partitionLeaderEpoch": header.partition_leader_epoch,
        "isTransactional": header.is_transactional,
        "isControl": header.is_control,
        "deleteHorizonMs": header.base_timestamp if header.has_delete_horizon else None,
        "position": item.position,
        "timestampType": time_type(header),
        "maxTimestamp": header.max_timestamp,
        "size": header.size_bytes,
        "magic": header.magic,
        "compresscodec": item.codec,
        "crc": header.crc,
        "isvalid": item.is_valid,
    }


def _record(shown: ShownRecord) -> dict[str, Any]:
    record = shown.record
    found: dict[str, Any] = {"kind": "record", "offset": record.offset}
    if shown.has_metadata:
        found["timestampType"] = time_type(shown.header)
        found["timestamp"] = record.timestamp
        found["keySize"] = size_of(record.key)
        found["valueSize"] = size_of(record.value)
        found["sequence"] = sequence_of(shown)
        found["headerKeys"] = [key for key, _ in record.headers]
    if shown.message is not None:
        found["crc"], found["isvalid"] = shown.message
    for name, part in (("control", shown.control), ("key", shown.key), ("payload", shown.payload)):
        if part is not None:
            found[name] = part.data
    return found


def _producer(entry: ProducerEntry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": "producer",
        "producerId": entry.producer_id,
        "producerEpoch": entry.epoch,
        "coordinatorEpoch": entry.coordinator_epoch,
        "currentTxnFirstOffset": entry.transaction_first_offset,
        "lastTimestamp": entry.last_timestamp,
    }
    for batch in entry.batches[:1]:
        found["firstSequence"] = batch.first_sequence
        found["lastSequence"] = batch.last_sequence
        found["lastOffset"] = batch.last_offset
        found["offsetDelta"] = batch.offset_delta
        found["timestamp"] = batch.timestamp
    return found
