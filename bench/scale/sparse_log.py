"""A log of any size that takes little room on the disk: every record is valid, and nearly all of it zeros,
which are holes in the files.
"""

import os
import struct
from pathlib import Path
from typing import NamedTuple

from crc32c import crc32c

from bench.frames import NOW_MS, varint

BATCH_BYTES = 256 * 1024
SEGMENT_BATCHES = 1024  # of 256 MiB
STEP_MS = 10
"""From the timestamp of one batch to that of the next."""
HEADER = struct.Struct(">qiibI")
CRC_FROM = 21


class SparseLog(NamedTuple):
    """The directory of a partition whose broker has been stopped; each batch is one record."""

    directory: Path
    batches: int

    @property
    def first_timestamp(self) -> int:
        return NOW_MS - self.batches * STEP_MS

    def write(self) -> None:
        """Put the log in the place of an empty one."""
        for suffix in ("log", "index", "timeindex"):
            (self.directory / f"{0:020d}.{suffix}").unlink(missing_ok=True)
        record = record_start()
        zeros = bytes(BATCH_BYTES - HEADER.size - 40 - len(record))
        for base_offset in range(0, self.batches, SEGMENT_BATCHES):
            self._write_segment(base_offset, min(SEGMENT_BATCHES, self.batches - base_offset), record, zeros)

    def _write_segment(self, base_offset: int, count: int, record: bytes, zeros: bytes) -> None:
        offsets, times = bytearray(), bytearray()
        stem = str(self.directory / f"{base_offset:020d}")
        log = os.open(f"{stem}.log", os.O_CREAT | os.O_WRONLY, 0o644)
        try:
            os.truncate(log, count * BATCH_BYTES)
            for number in range(count):
                offset, position = base_offset + number, number * BATCH_BYTES
                timestamp = self.first_timestamp + offset * STEP_MS
                start = struct.pack(">hiqqqhii", 0, 0, timestamp, timestamp, -1, -1, -1, 1) + record
                checksum = crc32c(zeros, crc32c(start))
                header = HEADER.pack(offset, BATCH_BYTES - 12, 0, 2, checksum)
                os.pwrite(log, header + start, position)
                if number:
                    offsets += struct.pack(">ii", number, position)
                    times += struct.pack(">qi", timestamp, number)
        finally:
            os.close(log)
        Path(f"{stem}.index").write_bytes(offsets)
        Path(f"{stem}.timeindex").write_bytes(times)


def record_start() -> bytes:
    """What stands before the value of the only record of a batch; behind it is a zero, for no headers."""
    room = BATCH_BYTES - HEADER.size - 40
    fields = b"\x00" + varint(0) + varint(0) + varint(-1)
    length_bytes = 3  # of both lengths: they lie between 8 kB and 1 MB
    record_bytes = room - length_bytes
    value_bytes = record_bytes - len(fields) - length_bytes - 1
    return varint(record_bytes) + fields + varint(value_bytes)
