"""LZ4 frames.

Kafka's Java clients read only frames of independent blocks (`Lz4BlockInputStream`), so those are written.
"""

import lz4.frame

from kafkapy.records.compression.failure import corrupt, too_large

DEFAULT_LEVEL = 9
LEVELS = range(1, 18)

_FAST = 0
_LOWEST_HIGH_COMPRESSION = 3
_DESCRIPTOR_AT = 4
_HAS_CONTENT_SIZE = 0x08
_PRIMES = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
_MASK = 0xFFFFFFFF


def compress(data: bytes | bytearray | memoryview, level: int) -> bytes:
    """Blocks of 64 KiB without content size; the default level is the fast compressor, as in Java."""
    return bytes(
        lz4.frame.compress(
            data,
            compression_level=_FAST if level == DEFAULT_LEVEL else max(level, _LOWEST_HIGH_COMPRESSION),
            block_size=lz4.frame.BLOCKSIZE_MAX64KB,
            block_linked=False,
            store_size=False,
        )
    )


def decompress(data: memoryview, max_bytes: int) -> bytes:
    frame = lz4.frame.LZ4FrameDecompressor()
    try:
        content = bytes(frame.decompress(data, max_length=max_bytes + 1))
    except RuntimeError as error:
        raise corrupt("lz4", str(error)) from None
    if len(content) > max_bytes:
        raise too_large(max_bytes)
    if not frame.eof:
        raise corrupt("lz4", "the frame is cut")
    return content


def with_right_header_checksum(frame: memoryview) -> bytes:
    """`frame` with the checksum of its header set right: writers of magic 0 computed it over too many bytes.

    Source: Kafka's `KafkaLZ4BlockOutputStream` with `useBrokenFlagDescriptorChecksum`.
    """
    fixed = bytearray(frame)
    end = _DESCRIPTOR_AT + 2
    if len(fixed) > end and fixed[_DESCRIPTOR_AT] & _HAS_CONTENT_SIZE:
        end += 8
    if len(fixed) > end:
        fixed[end] = _xxh32(fixed[_DESCRIPTOR_AT:end]) >> 8 & 0xFF
    return bytes(fixed)


def _xxh32(data: bytearray) -> int:
    """XXH32 with seed 0 of less than 16 bytes, which is all that a frame header has."""
    state = (_PRIMES[4] + len(data)) & _MASK
    whole = len(data) & ~3
    for start in range(0, whole, 4):
        state = (state + int.from_bytes(data[start : start + 4], "little") * _PRIMES[2]) & _MASK
        state = (state << 17 | state >> 15) * _PRIMES[3] & _MASK
    for byte in data[whole:]:
        state = (state + byte * _PRIMES[4]) & _MASK
        state = (state << 11 | state >> 21) * _PRIMES[0] & _MASK
    state = (state ^ state >> 15) * _PRIMES[1] & _MASK
    state = (state ^ state >> 13) * _PRIMES[2] & _MASK
    return state ^ state >> 16
