"""gzip: RFC 1952 members, one or several back to back; what follows the last one is ignored, as Java does."""

import zlib

from kafkapy.records.compression.failure import corrupt, too_large

DEFAULT_LEVEL = -1
LEVELS = range(1, 10)

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


def compress(data: bytes | bytearray | memoryview, level: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return compressor.compress(data) + compressor.flush()


def decompress(data: memoryview, max_bytes: int) -> bytes:
    parts = []
    rest: bytes | memoryview = data
    left = max_bytes
    try:
        while True:
            member = zlib.decompressobj(_GZIP)
            part = member.decompress(rest, left + 1)
            left -= len(part)
            if left < 0:
                raise too_large(max_bytes)
            parts.append(part)
            if not member.eof:
                raise corrupt("gzip", "the stream is cut")
            rest = member.unused_data
            if not rest.startswith(_MAGIC):
                return b"".join(parts)
    except zlib.error as error:
        raise corrupt("gzip", str(error)) from None
