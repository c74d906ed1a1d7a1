"""Snappy: Java's framing (xerial) is written; that and one bare block, which some clients send, are read.

A xerial stream is a 16-byte header and chunks of at most 32 KiB, each as its compressed length and a Snappy
block.
"""

from struct import Struct

import snappy

from kafkapy.records.compression.failure import corrupt, too_large

DEFAULT_LEVEL = 0

_MAGIC = b"\x82SNAPPY\x00"
_HEADER = _MAGIC + b"\x00\x00\x00\x01\x00\x00\x00\x01"
_CHUNK_BYTES = 32 * 1024
_LENGTH = Struct(">i")
_MAX_RATIO = 64
"""More than a Snappy block can grow: no three bytes give more than 64."""


def compress(data: bytes | bytearray | memoryview, level: int) -> bytes:
    """`level` means nothing here: Snappy has none."""
    view = memoryview(data)
    parts = [_HEADER]
    for start in range(0, len(view), _CHUNK_BYTES):
        block = snappy.compress(bytes(view[start : start + _CHUNK_BYTES]))
        parts += (_LENGTH.pack(len(block)), block)
    return b"".join(parts)


def decompress(data: memoryview, max_bytes: int) -> bytes:
    if data[: len(_MAGIC)] != _MAGIC:
        return _block(data, max_bytes)
    parts = []
    position, left = len(_HEADER), max_bytes
    while position < len(data):
        if data[position : position + len(_MAGIC)] == _MAGIC:
            position += len(_HEADER)
            continue
        if len(data) - position < _LENGTH.size:
            raise corrupt("snappy", "the stream is cut")
        (size,) = _LENGTH.unpack_from(data, position)
        position += _LENGTH.size
        if not 0 < size <= len(data) - position:
            raise corrupt("snappy", f"a chunk of {size} bytes where {len(data) - position} are left")
        part = _block(data[position : position + size], left)
        parts.append(part)
        left -= len(part)
        position += size
    return b"".join(parts)


def _block(block: memoryview, max_bytes: int) -> bytes:
    claimed = _claimed_length(block)
    if claimed > max_bytes:
        raise too_large(max_bytes)
    if claimed > len(block) * _MAX_RATIO:
        raise corrupt("snappy", f"{len(block)} bytes cannot hold {claimed}")
    try:
        return bytes(snappy.decompress(bytes(block)))
    except snappy.UncompressError as error:
        raise corrupt("snappy", str(error.__cause__ or error)) from None


def _claimed_length(block: memoryview) -> int:
    """The length that a block says it decompresses to: checked before the library allocates it."""
    length = 0
    for shift, byte in zip(range(0, 35, 7), block, strict=False):
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return length
    raise corrupt("snappy", "no length in front of the block")
