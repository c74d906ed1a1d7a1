"""Zstandard: frames, one or several back to back (KIP-110)."""

import zstandard

from kafkapy.records.compression.failure import corrupt, too_large

DEFAULT_LEVEL = 3
LEVELS = range(-131072, 23)

_PIECE_BYTES = 1024
"""Fed at a time: a block of 4 bytes may stand for 128 KiB, and the library cannot be told to stop."""


def compress(data: bytes | bytearray | memoryview, level: int) -> bytes:
    return zstandard.ZstdCompressor(level=level).compress(data)


def decompress(data: memoryview, max_bytes: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor()
    frame = decompressor.decompressobj()
    parts = []
    left = max_bytes
    try:
        for start in range(0, len(data), _PIECE_BYTES):
            piece: bytes | memoryview = data[start : start + _PIECE_BYTES]
            while piece:
                if frame.eof:
                    frame = decompressor.decompressobj()
                part = frame.decompress(piece)
                parts.append(part)
                left -= len(part)
                piece = frame.unused_data
            if left < 0:
                raise too_large(max_bytes)
    except zstandard.ZstdError as error:
        raise corrupt("zstd", str(error)) from None
    if not frame.eof:
        raise corrupt("zstd", "the frame is cut")
    return b"".join(parts)
