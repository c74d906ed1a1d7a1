"""Where batches go in a log: their offsets, patched into the bytes that are about to be written."""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader
from kafkapy.records.header import LENGTH_OVERHEAD_BYTES
from kafkapy.storage.append_origin import AppendOrigin

_OFFSET_LENGTH_EPOCH = Struct(">qii")


class Placed(NamedTuple):
    """What a segment must know of a batch that it takes in."""

    last_offset: int
    max_timestamp: int
    size_bytes: int


def place(
    buffer: bytearray | memoryview,
    headers: Sequence[BatchHeader],
    next_offset: int,
    leader_epoch: int,
    origin: AppendOrigin,
) -> list[Placed]:
    """Where the batches of `buffer` go in a log that ends at `next_offset`."""
    if origin is AppendOrigin.CLIENT or origin is AppendOrigin.COORDINATOR:
        return assign_offsets(buffer, headers, next_offset, leader_epoch)
    return follow_offsets(headers, next_offset)


def assign_offsets(
    buffer: bytearray | memoryview, headers: Sequence[BatchHeader], next_offset: int, leader_epoch: int
) -> list[Placed]:
    """Number the batches from `next_offset` on and stamp
    them with the epoch; neither is under the checksum.
    """
    placed = []
    position = 0
    for header in headers:
        length = header.batch_length
        _OFFSET_LENGTH_EPOCH.pack_into(buffer, position, next_offset, length, leader_epoch)
        next_offset += header.last_offset_delta + 1
        size = length + LENGTH_OVERHEAD_BYTES
        placed.append(Placed(next_offset - 1, header.max_timestamp, size))
        position += size
    return placed


def follow_offsets(headers: Sequence[BatchHeader], next_offset: int) -> list[Placed]:
    """Batches that a leader has numbered keep their offsets,
    which must be at `next_offset` or above and rise.
    """
    placed = []
    for header in headers:
        if header.base_offset < next_offset:
            raise KafkaError(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                f"Out of order offsets: {header.base_offset} follows on {next_offset - 1}",
            )
        next_offset = header.next_offset
        placed.append(Placed(next_offset - 1, header.max_timestamp, header.size_bytes))
    return placed
