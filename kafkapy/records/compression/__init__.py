"""The codecs of record batches: their names and numbers, and one door to compress and decompress.

A codec's module, and the library behind it, is imported when a batch first needs it. Every failure to
decompress is a KafkaError: UNKNOWN_SERVER_ERROR, as Kafka answers, or MESSAGE_TOO_LARGE beyond what the
caller allows.
"""

from enum import IntEnum
from importlib import import_module
from typing import Protocol, Self, cast

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


class Compression(IntEnum):
    """A codec under the number that batch attributes carry; its lower-case name is what configs call it."""

    NONE = 0
    GZIP = 1
    SNAPPY = 2
    LZ4 = 3
    ZSTD = 4

    @classmethod
    def of(cls, number: int) -> Self:
        """KafkaError(UNKNOWN_SERVER_ERROR) for a number that no codec has."""
        try:
            return cls(number)
        except ValueError:
            raise KafkaError(
                ErrorCode.UNKNOWN_SERVER_ERROR, f"Unknown compression type id: {number}"
            ) from None

    @classmethod
    def of_topic(cls, compression_type: str) -> Self | None:
        """The codec of a topic's `compression.type`; None for `producer`, which keeps that of every batch."""
        if compression_type == "producer":
            return None
        return cls.NONE if compression_type == "uncompressed" else cls[compression_type.upper()]


class Codec(Protocol):
    """What every codec module offers."""

    DEFAULT_LEVEL: int

    def compress(self, data: bytes | bytearray | memoryview, level: int) -> bytes: ...

    def decompress(self, data: memoryview, max_bytes: int) -> bytes:
        """Raises KafkaError if `data` is no stream of this codec, or holds more than `max_bytes`."""


def compress(codec: Compression, data: bytes | bytearray | memoryview, level: int | None = None) -> bytes:
    """`data` as a stream of `codec` that every Kafka client can read; `level` None is the codec's default."""
    module = _codec(codec)
    return module.compress(data, module.DEFAULT_LEVEL if level is None else level)


def decompress(codec: Compression, data: memoryview, max_bytes: int) -> bytes:
    """KafkaError: UNKNOWN_SERVER_ERROR if it is no stream of `codec`, MESSAGE_TOO_LARGE if too long."""
    return _codec(codec).decompress(data, max_bytes)


def _codec(codec: Compression) -> Codec:
    return cast(Codec, import_module(f"{__name__}.{codec.name.lower()}"))
