"""What the offset index and the time index share: a file of entries of two integers, found by bisection.

Entries are written behind: those appended since the file was opened are kept in memory and go to the file in
pieces of `WRITE_BYTES` or when somebody asks, so an append to the log costs no second system call, and a
partition with few records has no such files before they are synced: making a file costs as much as hundreds
of appends. Older entries stay in the file and are looked up there. A file that a crash left short or torn is
no loss: recovery builds the index of every segment that was not synced from the segment itself.
"""

from array import array
from bisect import bisect_left, bisect_right
from struct import Struct

from kafkapy.storage.files import File, FileSystem

WRITE_BYTES = 4096
_UNKNOWN = -1


class IndexFile:
    """Entries `(first, second)` as `entry` lays them out; `first` strictly rises, `second` does not fall."""

    __slots__ = ("_entry", "_file", "_files", "_in_file", "_limit", "_tail", "_unwritten", "path")

    def __init__(self, files: FileSystem, path: str, entry: Struct) -> None:
        self.path = path
        self._files = files
        self._entry = entry
        self._limit = WRITE_BYTES // entry.size
        self._file: File | None = None
        self._in_file = _UNKNOWN  # entries before those of the tail, which are only in the file
        self._tail = (array("q"), array("q"))
        self._unwritten = 0  # how many entries at the end of the tail are not in the file yet

    def __len__(self) -> int:
        if self._in_file < 0:
            self._open()
        return self._in_file + len(self._tail[0])

    def create(self) -> None:
        """Begin an empty index. The file comes with the first entries that are written, `file` or `seal`."""
        self._files.remove(self.path)
        self._in_file = 0

    def append(self, first: int, second: int) -> None:
        """Add an entry. Raises OSError when it is time to write and that fails."""
        if self._in_file < 0:
            self._open()
        firsts, seconds = self._tail
        firsts.append(first)
        seconds.append(second)
        self._unwritten += 1
        if self._unwritten >= self._limit:
            self.write()

    def __getitem__(self, index: int) -> tuple[int, int]:
        """Entry `index`, counted from 0; the last is -1."""
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        in_tail = index - self._in_file
        if in_tail >= 0:
            return self._tail[0][in_tail], self._tail[1][in_tail]
        size = self._entry.size
        first, second = self._entry.unpack(self._open().read(index * size, size))
        return first, second

    def last_at_most(self, column: int, value: int) -> tuple[int, int] | None:
        """The last entry whose `column` (0 or 1) is not above `value`."""
        if self._in_file < 0:
            self._open()
        tail = self._tail[column]
        if tail and tail[0] <= value:
            at = bisect_right(tail, value) - 1
            return self._tail[0][at], self._tail[1][at]
        at = bisect_right(_Column(self, column), value, 0, self._in_file) - 1
        return self[at] if at >= 0 else None

    def count_below(self, column: int, value: int) -> int:
        """How many entries have a `column` below `value`."""
        return bisect_left(_Column(self, column), value, 0, len(self))

    def rising_below(self, column: int, limit: int) -> int | None:
        """How many entries of the file, from the first one on, have a `column` below `limit`. None if one of
        them does not rise as it should, or is empty: a power failure has torn the file.
        """
        count, before = 0, (-1, -1)
        for entry in self._entry.iter_unpack(self._open().read(0, self._in_file * self._entry.size)):
            if entry[0] <= before[0] or entry[1] < before[1] or entry == (0, 0):
                return None
            if entry[column] >= limit:
                break
            count, before = count + 1, entry
        return count

    def cut(self, count: int) -> None:
        """Keep the first `count` entries."""
        if count >= len(self):
            return
        for column in self._tail:
            del column[max(0, count - self._in_file) :]
        self._in_file = min(self._in_file, count)
        if self._file is not None and count * self._entry.size < self._file.size:
            self._file.truncate(count * self._entry.size)
        self._unwritten = count if self._file is None else count - self._file.size // self._entry.size

    def write(self) -> None:
        """Bring the file up to date (not to the disk)."""
        if not self._unwritten:
            return
        start = len(self._tail[0]) - self._unwritten
        entries = map(self._entry.pack, self._tail[0][start:], self._tail[1][start:])
        self._open().append(b"".join(entries))
        self._unwritten = 0

    def seal(self) -> None:
        """Write what is left and forget the entries in memory: no more are expected."""
        self.file()
        self._in_file = len(self)
        self._tail = (array("q"), array("q"))

    def file(self) -> File:
        """The file, up to date."""
        self.write()
        return self._open()

    def close(self) -> None:
        """Give the descriptor back; what `write` has not written stays in memory."""
        if self._file is not None:
            self._file.close()

    def _open(self) -> File:
        if self._file is None:
            file = self._file = self._files.open(self.path, create=True)
            if self._in_file < 0:
                self._in_file = file.size // self._entry.size
                if file.size % self._entry.size:
                    file.truncate(self._in_file * self._entry.size)
        return self._file


class _Column:
    """One column of an index file as a sequence, for `bisect`."""

    __slots__ = ("_column", "_index")

    def __init__(self, index: IndexFile, column: int) -> None:
        self._index = index
        self._column = column

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, at: int) -> int:
        return self._index[at][self._column]
