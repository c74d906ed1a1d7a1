"""The content of a producer snapshot file, in Kafka's format: what a log knows of its producers.

int16 version 1, uint32 CRC-32C of all that follows, int32 count, then 46 bytes for each producer: int64
producer id, int16 epoch, int32 last sequence, int64 last offset, int32 offset delta of the last batch,
int64 timestamp, int32 coordinator epoch, int64 first offset of the open transaction; -1 where there is
none. Only the last batch of a producer is kept.
"""

from collections.abc import Iterable
from struct import Struct

from crc32c import crc32c

from kafkapy.storage.producer_entry import ProducedBatch, ProducerEntry

VERSION = 1

_HEAD = Struct(">hIi")
_CRC_FROM = 6
_ENTRY = Struct(">qhiqiqiq")
_NO_BATCH = ProducedBatch(-1, -1, 0, -1)


def encode_snapshot(producers: Iterable[ProducerEntry]) -> bytes:
    entries = [_encode(entry) for entry in producers]
    content = bytearray(b"".join((bytes(_HEAD.size), *entries)))
    _HEAD.pack_into(content, 0, VERSION, 0, len(entries))
    _HEAD.pack_into(content, 0, VERSION, crc32c(memoryview(content)[_CRC_FROM:]), len(entries))
    return bytes(content)


def decode_snapshot(content: bytes) -> list[ProducerEntry]:
    """Raises ValueError if the version, the checksum or the size is wrong."""
    if len(content) < _HEAD.size:
        raise ValueError(f"a producer snapshot of {len(content)} bytes")
    version, crc, count = _HEAD.unpack_from(content)
    if version != VERSION:
        raise ValueError(f"Snapshot contained an unknown file version {version}")
    computed = crc32c(memoryview(content)[_CRC_FROM:])
    if crc != computed:
        raise ValueError(
            f"Snapshot is corrupt (CRC is no longer valid). Stored crc: {crc}. Computed crc: {computed}"
        )
    if len(content) != _HEAD.size + count * _ENTRY.size:
        raise ValueError(f"a producer snapshot of {count} entries in {len(content)} bytes")
    return [_decode(*_ENTRY.unpack_from(content, at)) for at in range(_HEAD.size, len(content), _ENTRY.size)]


def _encode(entry: ProducerEntry) -> bytes:
    last = entry.batches[-1] if entry.batches else _NO_BATCH
    open_from = entry.transaction_first_offset
    return _ENTRY.pack(
        entry.producer_id,
        entry.epoch,
        last.last_sequence,
        last.last_offset,
        last.offset_delta,
        entry.last_timestamp,
        entry.coordinator_epoch,
        -1 if open_from is None else open_from,
    )


def _decode(
    producer_id: int,
    epoch: int,
    last_sequence: int,
    last_offset: int,
    offset_delta: int,
    timestamp: int,
    coordinator_epoch: int,
    open_from: int,
) -> ProducerEntry:
    batches = [ProducedBatch(last_sequence, last_offset, offset_delta, timestamp)] if last_offset >= 0 else []
    return ProducerEntry(
        producer_id, epoch, coordinator_epoch, timestamp, open_from if open_from >= 0 else None, batches
    )
