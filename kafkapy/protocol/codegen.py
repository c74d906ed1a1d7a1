"""Encoders and decoders, compiled for one message and version on first use.

`encoder(HeartbeatRequest, 4).source` is the Python that runs; it also shows in tracebacks, under the name
`<HeartbeatRequest v4 encode>`.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from kafkapy.protocol.decoder_source import decoder_source
from kafkapy.protocol.encoder_source import encoder_source
from kafkapy.protocol.layout import carries_records
from kafkapy.protocol.primitives import Buffer
from kafkapy.protocol.schema import schema_of

M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)

Encoder = Callable[[Any], list[Buffer]]


class Decoder(Protocol[M_co]):
    def __call__(self, buffer: Buffer, position: int = 0, /) -> tuple[M_co, int]: ...


_encoders: dict[tuple[type[Any], int], Encoder] = {}
_decoders: dict[tuple[type[Any], int], Decoder[Any]] = {}


def encoder(cls: type[M], version: int) -> Callable[[M], list[Buffer]]:
    """A function from a message to its bytes in chunks; record batches are chunks of their own, not copied.

    It raises ValueError where this version cannot carry the message: a field that the version lacks is set
    and not ignorable, a null it does not allow, a number or string that does not fit. ValueError here: the
    message has no such version.
    """
    made = _encoders.get((cls, version))
    if made is None:
        options = {"flexible": _is_flexible(cls, version), "with_records": carries_records(cls, version)}
        source = encoder_source(cls, version, **options)
        made = _encoders[cls, version] = source.build("encode", f"<{cls.__name__} v{version} encode>")
    return made


def decoder(cls: type[M], version: int) -> Decoder[M]:
    """A function from a buffer, and a position in it, to the message there and the position behind it.

    `records` fields are memoryviews of the buffer, everything else is copied. Bytes behind the message are
    left to the caller. Bytes that do not parse raise MalformedMessage. ValueError here: the message has no
    such version.
    """
    made = _decoders.get((cls, version))
    if made is None:
        options = {"flexible": _is_flexible(cls, version), "with_records": carries_records(cls, version)}
        source = decoder_source(cls, version, **options)
        made = _decoders[cls, version] = source.build("decode", f"<{cls.__name__} v{version} decode>")
    return made


def _is_flexible(cls: type[Any], version: int) -> bool:
    schema = schema_of(cls)
    if version not in schema.valid_versions:
        raise ValueError(f"{cls.__name__} has no version {version}")
    return version in schema.flexible_versions
