"""Batches that another process has written are checked when they are first read, so that damage done to the
files while nobody looked is never passed on.

Recovery checks what is above the recovery point; the rest is believed at the start, which would take long
otherwise. Not checked again: what has been read once.
"""

import logging
from struct import Struct

from crc32c import crc32c

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, read_header
from kafkapy.records.header import CRC_FROM, HEADER_BYTES, LENGTH_OVERHEAD_BYTES, MAGIC

logger = logging.getLogger(__name__)

_FIELDS = Struct(">qiibIhi")
"""Base offset, length, leader epoch, magic, checksum, attributes, last offset delta."""
MOST_RANGES = 64


class Doubt:
    """The part of a segment's file, all below a position, that has to be checked; and what of it has been."""

    __slots__ = ("_checked", "_path", "below")

    def __init__(self, path: str, below: int) -> None:
        self.below = below
        self._path = path
        self._checked: list[tuple[int, int]] = []

    def sound_bytes(self, records: bytes | memoryview, start: int) -> int:
        """How many bytes of `records`, batches that stand at `start`, may be passed on: those before a first
        bad one.
        """
        known = next((end for begin, end in self._checked if begin <= start < end), start)
        at = min(known - start, len(records))
        sound = at + _sound(memoryview(records)[at:])
        self._note(start, start + sound)
        if sound < len(records):
            logger.error(
                "%s: the batch at position %d is damaged: it is not given to readers",
                self._path,
                start + sound,
            )
        return sound

    def _note(self, start: int, end: int) -> None:
        touching = [(a, b) for a, b in self._checked if a <= end and start <= b]
        apart = [(a, b) for a, b in self._checked if not (a <= end and start <= b)]
        whole = (min([start, *(a for a, _ in touching)]), max([end, *(b for _, b in touching)]))
        self._checked = [*apart[-MOST_RANGES:], whole]


def _sound(records: memoryview) -> int:
    """Where the first batch begins that has a wrong checksum, or offsets that do not follow on."""
    position, size, next_offset = 0, len(records), -1
    while position + HEADER_BYTES <= size:
        base_offset, length, _, magic, crc, _, last_offset_delta = _FIELDS.unpack_from(records, position)
        end = position + LENGTH_OVERHEAD_BYTES + length
        if magic != MAGIC:
            try:
                header = read_header(records, position)
            except KafkaError:
                return position
            if end > size or not check_crc(records, position, header):
                return position
            last_offset = header.last_offset
        elif not position + HEADER_BYTES <= end <= size or crc32c(records[position + CRC_FROM : end]) != crc:
            return position
        else:
            last_offset = base_offset + last_offset_delta
        if base_offset < next_offset:
            return position
        next_offset = last_offset + 1
        position = end
    return position
