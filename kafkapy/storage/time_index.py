"""`.timeindex`: which offset to start from when looking for a time.

Entries of 12 bytes: int64 timestamp in ms, int32 offset - base offset. No record up to and including that
offset is later than the timestamp. The last entry of a closed segment holds the segment's largest timestamp.
"""

from struct import Struct

from kafkapy.storage.files import FileSystem
from kafkapy.storage.index_file import IndexFile

ENTRY = Struct(">qi")


class TimeIndex:
    """The time index of one segment."""

    __slots__ = ("_last_timestamp", "base_offset", "entries")

    def __init__(self, files: FileSystem, path: str, base_offset: int) -> None:
        self.base_offset = base_offset
        self.entries = IndexFile(files, path, ENTRY)
        self._last_timestamp: int | None = None

    def append(self, timestamp: int, offset: int) -> None:
        """Remember that `timestamp` is the largest one up to `offset`; nothing happens unless it grew."""
        if self._last_timestamp is None:
            self._last_timestamp = self.last()[0]
        if timestamp > self._last_timestamp:
            self.entries.append(timestamp, offset - self.base_offset)
            self._last_timestamp = timestamp

    def last(self) -> tuple[int, int]:
        """(timestamp, offset) of the last entry, (-1, base offset) if there is none."""
        if not len(self.entries):
            return -1, self.base_offset
        timestamp, relative = self.entries[-1]
        return timestamp, self.base_offset + relative

    def offset_before(self, timestamp: int) -> int:
        """Where to start looking for the first record of
        `timestamp` or later: no batch that ends below has one.
        """
        entry = self.entries.last_at_most(0, timestamp - 1)
        return self.base_offset if entry is None else self.base_offset + entry[1]

    def truncate_to(self, offset: int) -> None:
        """Forget the entries of `offset` and above."""
        self.entries.cut(self.entries.count_below(1, offset - self.base_offset))
        self._last_timestamp = None

    def clear(self) -> None:
        """Forget all entries."""
        self.entries.cut(0)
        self._last_timestamp = None
