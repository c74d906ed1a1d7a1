"""`.index`: where in a segment to look for an offset.

Entries of 8 bytes: int32 offset - base offset, int32 position in the `.log` file. The offset is the *last*
one of the batch at that position, so a batch that holds a wanted offset never starts before the entry found
for it. Sparse: about one entry for every `index.interval.bytes`. Kafka preallocates the active segment's
file; this one is never longer than its entries.
"""

from struct import Struct

from kafkapy.storage.files import FileSystem
from kafkapy.storage.index_file import IndexFile

ENTRY = Struct(">ii")


class OffsetIndex:
    """The offset index of one segment."""

    __slots__ = ("base_offset", "entries")

    def __init__(self, files: FileSystem, path: str, base_offset: int) -> None:
        self.base_offset = base_offset
        self.entries = IndexFile(files, path, ENTRY)

    def append(self, last_offset: int, position: int) -> None:
        """The batch at `position` ends with `last_offset`, which is above all that are here."""
        self.entries.append(last_offset - self.base_offset, position)

    def position_before(self, offset: int) -> int:
        """A batch starts here, and no batch before it holds `offset` or one above."""
        entry = self.entries.last_at_most(0, offset - self.base_offset)
        return 0 if entry is None else entry[1]

    def position_at_most(self, position: int) -> int:
        """The last known start of a batch that is not above `position`."""
        entry = self.entries.last_at_most(1, position)
        return 0 if entry is None else entry[1]

    def truncate_to(self, offset: int) -> None:
        """Forget the entries of `offset` and above."""
        self.entries.cut(self.entries.count_below(0, offset - self.base_offset))
