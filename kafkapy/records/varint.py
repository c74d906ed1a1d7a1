"""Zigzag variable-length integers, as record bodies use them (Kafka's `ByteUtils`)."""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

INT_BITS = 32
LONG_BITS = 64

ONE_BYTE = tuple((byte >> 1) ^ -(byte & 1) for byte in range(128))
"""The value of a varint that is one byte below 0x80."""

_ENCODED_ONE_BYTE = tuple(bytes((byte,)) for byte in range(128))
_MOST_BYTES = {INT_BITS: 5, LONG_BITS: 10}


def read_varint(data: bytes, position: int, bits: int) -> tuple[int, int]:
    """The integer of `bits` bits at `position`, and the position after it.

    IndexError if the data ends within it, KafkaError(INVALID_RECORD) if it goes on for too long.
    """
    byte = data[position]
    if byte < 0x80:
        return ONE_BYTE[byte], position + 1
    value = byte & 0x7F
    shift = 7
    for end in range(position + 1, position + _MOST_BYTES[bits]):
        byte = data[end]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            value &= (1 << bits) - 1
            return (value >> 1) ^ -(value & 1), end + 1
        shift += 7
    raise KafkaError(ErrorCode.INVALID_RECORD, "Found invalid record structure: a varint is too long")


def varint(value: int) -> bytes:
    """The encoding of an integer of at most 64 bits."""
    rest = (value << 1) ^ (value >> 63)
    if rest < 0x80:
        return _ENCODED_ONE_BYTE[rest]
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)
