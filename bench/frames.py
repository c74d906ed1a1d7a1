"""Requests and record batches as ready-made bytes, and the few fields of answers that the benchmark looks at.

Written out by hand so that the load generator costs little and shares no code with the broker it measures.
The versions are those of today's clients: Produce 13 and Fetch 16 (topic ids), CreateTopics 7, Metadata 12.
"""

import os
import random
import struct
import time
from typing import NamedTuple

import crc32c
import lz4.frame

PRODUCE, FETCH, METADATA, API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS = 0, 1, 3, 18, 19, 20
NO_TAGS = b"\x00"
LZ4 = 3
NOW_MS = int(time.time() * 1000)  # too young to be deleted


class Batch(NamedTuple):
    """A record batch, without base offset (0) and leader epoch (-1)."""

    content: bytes
    records: int
    payload_bytes: int


class FetchedPartition(NamedTuple):
    error_code: int
    high_watermark: int
    records_bytes: int


def uvarint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value: int) -> bytes:
    return uvarint(value << 1 ^ value >> 63)


def compact_string(text: str) -> bytes:
    encoded = text.encode()
    return uvarint(len(encoded) + 1) + encoded


def frame(api_key: int, version: int, body: bytes, *, flexible_header: bool = True) -> bytes:
    """A request with its size in front; the correlation id is always 1, since answers come in order."""
    header = struct.pack(">hhih", api_key, version, 1, 5) + b"bench" + (NO_TAGS if flexible_header else b"")
    return struct.pack(">i", len(header) + len(body)) + header + body


def payload(size: int, seed: int) -> bytes:
    """`size` bytes that compress to somewhat more than a half."""
    random_source = random.Random(seed)
    return (random_source.randbytes(size // 2) + b"field=value;" * (size // 12 + 1))[:size]


def record_batch(record_bytes: int, count: int, codec: int = 0) -> Batch:
    """`count` records with a value of `record_bytes` bytes each, a null key and no headers."""
    records = bytearray()
    for delta in range(count):
        value = payload(record_bytes, delta)
        record = b"\x00" + varint(0) + varint(delta) + varint(-1) + varint(len(value)) + value + b"\x00"
        records += varint(len(record)) + record
    body = bytes(records)
    if codec == LZ4:
        body = lz4.frame.compress(body, block_linked=False, store_size=False)
    return Batch(sealed(body, count, codec), count, record_bytes * count)


def sealed(body: bytes, count: int, codec: int = 0) -> bytes:
    """A batch of `count` records that are encoded, and compressed, in `body`."""
    after_crc = struct.pack(">hiqqqhii", codec, count - 1, NOW_MS, NOW_MS, -1, -1, -1, count) + body
    return struct.pack(">qiibI", 0, len(after_crc) + 9, -1, 2, crc32c.crc32c(after_crc)) + after_crc


def produce(topic_id: bytes, partition: int, batch: Batch, *, acks: int = -1) -> bytes:
    records = uvarint(len(batch.content) + 1) + batch.content
    partition_data = struct.pack(">i", partition) + records + NO_TAGS
    topic_data = topic_id + uvarint(2) + partition_data + NO_TAGS
    return frame(PRODUCE, 13, b"\x00" + struct.pack(">hi", acks, 30_000) + uvarint(2) + topic_data + NO_TAGS)


def produce_error(answer: memoryview) -> int:
    """The error code of the only partition of a Produce answer (without its size)."""
    return int(struct.unpack_from(">h", answer, 27)[0])


def fetch(
    topic_id: bytes, partition: int, offset: int, *, max_wait_ms: int = 500, max_bytes: int = 1 << 20
) -> bytes:
    """A fetch without a session; the answer comes with the first byte there is."""
    wanted = struct.pack(">iiqiqi", partition, -1, offset, -1, -1, max_bytes) + NO_TAGS
    topic = topic_id + uvarint(2) + wanted + NO_TAGS
    limits = struct.pack(">iiibii", max_wait_ms, 1, 50 << 20, 0, 0, -1)
    return frame(FETCH, 16, limits + uvarint(2) + topic + uvarint(1) + compact_string("") + NO_TAGS)


def fetched(answer: memoryview) -> FetchedPartition:
    """What the only partition of a Fetch answer (without its size) holds."""
    error_code, high_watermark = struct.unpack_from(">hq", answer, 37)
    position = 37 + 2 + 8 + 8 + 8
    position += 1 + 4  # no aborted transactions (null or empty), no preferred replica
    size = shift = 0
    while True:
        byte = answer[position]
        position += 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return FetchedPartition(error_code, high_watermark, max(0, size - 1))


def create_topic(name: str, partitions: int) -> bytes:
    topic = compact_string(name) + struct.pack(">ih", partitions, 1) + uvarint(1) + uvarint(1) + NO_TAGS
    return frame(CREATE_TOPICS, 7, uvarint(2) + topic + struct.pack(">i?", 60_000, False) + NO_TAGS)


def created_topic(answer: memoryview, name: str) -> tuple[int, bytes]:
    """Error code and topic id of the only topic of a CreateTopics answer."""
    position = 4 + 1 + 4 + 1 + len(compact_string(name))
    topic_id = bytes(answer[position : position + 16])
    return int(struct.unpack_from(">h", answer, position + 16)[0]), topic_id


def delete_topic(name: str) -> bytes:
    topic = compact_string(name) + bytes(16) + NO_TAGS
    return frame(DELETE_TOPICS, 6, uvarint(2) + topic + struct.pack(">i", 60_000) + NO_TAGS)


def metadata() -> bytes:
    """Brokers only."""
    return frame(METADATA, 12, uvarint(1) + b"\x00\x00" + NO_TAGS)


def brokers_in(answer: memoryview) -> int:
    """How many brokers a Metadata answer names."""
    return int(answer[4 + 1 + 4]) - 1


def api_versions() -> bytes:
    return frame(API_VERSIONS, 3, compact_string("bench") + compact_string("1") + NO_TAGS)


def unique_name(prefix: str) -> str:
    return f"bench-{prefix}-{os.urandom(4).hex()}"
