"""Variable-length integers, as record bodies use them (Kafka's `ByteUtils`): zigzag, seven bits a byte.

Zigzag maps 0, -1, 1, -2 to 0, 1, 2, 3: what is odd was negative, and half of what is even was the number.
"""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

INT_BYTES = 5
LONG_BYTES = 10

_ONE_BYTE = tuple(bytes((byte,)) for byte in range(128))


def read_zigzag(data: bytes, position: int, most_bytes: int) -> tuple[int, int]:
    """The integer at `position` before its zigzag is undone, and the position after it.

    IndexError if the data ends within it, KafkaError(INVALID_RECORD) if it is longer than `most_bytes`
    (INT_BYTES or LONG_BYTES).
    """
    value = shift = 0
    for end in range(position, position + most_bytes):
        byte = data[end]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (0xFFFFFFFF if most_bytes == INT_BYTES else 0xFFFFFFFFFFFFFFFF), end + 1
        shift += 7
    raise KafkaError(ErrorCode.INVALID_RECORD, "Found invalid record structure: a varint is too long")


def read_varint(data: bytes, position: int, most_bytes: int) -> tuple[int, int]:
    """As `read_zigzag`, with the number that was meant."""
    value, position = read_zigzag(data, position, most_bytes)
    return value >> 1 ^ -(value & 1), position


def varint(value: int) -> bytes:
    """The encoding of a signed integer of at most 64 bits."""
    rest = value << 1 ^ value >> 63
    if rest < 0x80:
        return _ONE_BYTE[rest]
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)
