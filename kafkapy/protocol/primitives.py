"""What generated and interpreted codecs share: struct formats of the fixed types, varints, and long lengths.

Lengths and counts of flexible versions are written as an unsigned varint of the length plus one, so that 0
is null (KIP-482).
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import Any

from kafkapy.protocol.errors import MalformedMessage

Buffer = bytes | bytearray | memoryview

FORMATS = {
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint16": "H",
    "uint32": "I",
    "float64": "d",
    "bool": "?",
    "uuid": "16s",
}
LONGEST_STRING = 32767
SHORT_ARRAY = 32

_SHORT_VARINTS = tuple(bytes([number]) for number in range(128))
SHORT_LENGTHS = _SHORT_VARINTS[1:]
"""`SHORT_LENGTHS[n]` is the compact length prefix of n bytes or elements, for n < 127."""


def uvarint(number: int) -> bytes:
    if number < 128:
        return _SHORT_VARINTS[number]
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def read_uvarint(buffer: Buffer, position: int) -> tuple[int, int]:
    """The number at `position` and the position behind it. At most five bytes, as Kafka reads them."""
    number = buffer[position]
    if number < 128:
        return number, position + 1
    byte = buffer[position + 1]
    if byte < 128:
        return number & 127 | byte << 7, position + 2
    number = number & 127 | (byte & 127) << 7
    for shift in (14, 21, 28):
        position += 1
        byte = buffer[position + 1]
        number |= (byte & 127) << shift
        if byte < 128:
            return number, position + 2
    raise MalformedMessage("a varint is longer than five bytes")


def compact_length(length: int) -> bytes:
    return uvarint(length + 1)


def compact_string_length(length: int) -> bytes:
    if length > LONGEST_STRING:
        raise ValueError(f"a string of {length} bytes is longer than {LONGEST_STRING}")
    return uvarint(length + 1)


def read_compact_string(buffer: Buffer, position: int) -> tuple[str | None, int]:
    """A compact string of any length, or null."""
    marker, position = read_uvarint(buffer, position)
    if not marker:
        return None, position
    if marker > LONGEST_STRING + 1:
        raise MalformedMessage(f"a string claims {marker - 1} bytes")
    end = position + marker - 1
    return str(buffer[position:end], "utf-8", "replace"), end


def read_compact_slice(buffer: Buffer, position: int) -> tuple[Buffer | None, int]:
    """Compact bytes of any length as a slice of `buffer`, or null."""
    marker, position = read_uvarint(buffer, position)
    if not marker:
        return None, position
    end = position + marker - 1
    return buffer[position:end], end


def skip_tags(buffer: Buffer, position: int) -> int:
    """The position behind a tag section of which no tag is known."""
    count, position = read_uvarint(buffer, position)
    for _ in range(count):
        _, position = read_uvarint(buffer, position)
        size, position = read_uvarint(buffer, position)
        position += size
    return position


def null_error(field: str) -> MalformedMessage:
    return MalformedMessage(f"null for {field}, which may not be null")


def count_error(field: str, count: int) -> MalformedMessage:
    return MalformedMessage(f"{field} claims {count} elements, more than the bytes that are left can hold")


@cache
def array_packers(element: str, *, compact: bool) -> tuple[Callable[..., bytes], ...]:
    """`packers[n](prefix, *values)` packs the length prefix and n values, for n < SHORT_ARRAY."""
    prefix = "B" if compact else "i"
    return tuple(struct.Struct(f">{prefix}{element * count}").pack for count in range(SHORT_ARRAY))


@cache
def array_unpackers(element: str) -> tuple[Callable[..., tuple[int, ...]], ...]:
    return tuple(struct.Struct(f">{element * count}").unpack_from for count in range(SHORT_ARRAY))


@cache
def long_array_packer(element: str, *, compact: bool) -> Callable[[list[int]], bytes]:
    """Packs prefix and values of an array of any length."""

    def pack(values: list[int]) -> bytes:
        prefix = compact_length(len(values)) if compact else struct.pack(">i", len(values))
        return prefix + struct.pack(">" + element * len(values), *values)

    return pack


@cache
def long_array_reader(
    element: str, *, compact: bool
) -> Callable[[Buffer, int, str], tuple[list[Any] | None, int]]:
    """Reads count and values of an array of any length, or null."""
    size = struct.calcsize(">" + element)

    def read(buffer: Buffer, position: int, field: str) -> tuple[list[Any] | None, int]:
        if compact:
            marker, position = read_uvarint(buffer, position)
            count = marker - 1
        else:
            (count,) = struct.unpack_from(">i", buffer, position)
            position += 4
        if count < 0:
            return None, position
        if count * size > len(buffer) - position:
            raise count_error(field, count)
        return list(struct.unpack_from(">" + element * count, buffer, position)), position + count * size

    return read
