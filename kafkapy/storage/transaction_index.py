"""`.txnindex`: the aborted transactions whose marker is in a segment, in the order of their markers.

Entries of 34 bytes: int16 version 0, int64 producer id, int64 first offset, int64 last offset (the marker's),
int64 last stable offset when the marker was written. The file exists only if there is an entry.
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from kafkapy.storage.files import File, FileSystem, replace_file

ENTRY = Struct(">hqqqq")
VERSION = 0


class AbortedTransaction(NamedTuple):
    """An aborted transaction; `last_offset` is its marker's,
    `last_stable_offset` what it was once the marker was written.
    """

    producer_id: int
    first_offset: int
    last_offset: int
    last_stable_offset: int


class TransactionIndex:
    """The aborted transactions of one segment. Read when first asked
    for, then kept in memory; appends go to the file at once.
    """

    __slots__ = ("_entries", "_file", "_files", "_is_rebuilt", "path")

    def __init__(self, files: FileSystem, path: str) -> None:
        self.path = path
        self._files = files
        self._file: File | None = None
        self._entries: list[AbortedTransaction] | None = None
        self._is_rebuilt = False

    @property
    def entries(self) -> list[AbortedTransaction]:
        if self._entries is None:
            self._entries = read_entries(self._files, self.path)
        return self._entries

    def append(self, transaction: AbortedTransaction) -> None:
        """Add a transaction whose marker is the newest."""
        entries = self.entries
        if not self._is_rebuilt:
            if self._file is None:
                self._file = self._files.open(self.path, create=True)
            self._file.append(ENTRY.pack(VERSION, *transaction))
        entries.append(transaction)

    def truncate_to(self, offset: int) -> None:
        """Forget the transactions whose marker is at `offset` or above."""
        entries = self.entries
        kept = sum(1 for entry in entries if entry.last_offset < offset)
        if kept < len(entries):
            self._cut(kept)

    def settle_below(self, base_offset: int, offset: int) -> None:
        """After a crash: keep the entries of markers below `offset`, which are on disk, and nothing of what a
        power failure may have torn behind them. `base_offset`: where the segment begins.
        """
        if not self._files.exists(self.path):
            return
        good: list[AbortedTransaction] = []
        last = base_offset - 1
        for entry in _entries_of(self._files.read(self.path)):
            if (
                entry is None
                or not last < entry.last_offset < offset
                or entry.first_offset > entry.last_offset
            ):
                break
            good.append(entry)
            last = entry.last_offset
        self._entries = good
        if self._files.size(self.path) != len(good) * ENTRY.size:
            self._cut(len(good))

    def reset(self) -> None:
        """Forget all, readable or not. The file stays what it is until `replace`, so that a power failure on
        the way loses nothing of it.
        """
        self._entries = []
        self._is_rebuilt = True

    def replace(self) -> None:
        """After a `reset`: the file gets what has been appended since, at once and durably."""
        if not self._is_rebuilt:
            return
        self._is_rebuilt = False
        content = b"".join(ENTRY.pack(VERSION, *transaction) for transaction in self.entries)
        there = self._files.read(self.path) if self._files.exists(self.path) else b""
        if content != there:
            self.close()
            self._file = None
            replace_file(self._files, self.path, content)
        else:
            self._files.sync(self.path)

    def overlapping(self, first_offset: int, up_to: int) -> tuple[list[AbortedTransaction], bool]:
        """Those that touch offsets in [first_offset, up_to); and
        whether later segments cannot hold any more of them.
        """
        found = []
        for entry in self.entries:
            if entry.last_offset >= first_offset and entry.first_offset < up_to:
                found.append(entry)
            if entry.last_stable_offset >= up_to:
                return found, True
        return found, False

    def file(self) -> File | None:
        """The file, if this object has written to it."""
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def renamed(self, path: str) -> None:
        self.path = path
        if self._file is not None:
            self._file.renamed(path)

    def _cut(self, count: int) -> None:
        if self._file is None:
            self._file = self._files.open(self.path)
        self._file.truncate(count * ENTRY.size)
        self._entries = self.entries[:count]


def read_entries(files: FileSystem, path: str) -> list[AbortedTransaction]:
    """All whole entries of a file, none if it is missing. Raises ValueError if one has an unknown version."""
    if not files.exists(path):
        return []
    entries = []
    for entry in _entries_of(files.read(path)):
        if entry is None:
            raise ValueError(f"an aborted transaction of a version other than {VERSION} in {path}")
        entries.append(entry)
    return entries


def _entries_of(content: bytes) -> Iterator[AbortedTransaction | None]:
    """The whole entries, None for those of an unknown version."""
    for position in range(0, len(content) - ENTRY.size + 1, ENTRY.size):
        version, *fields = ENTRY.unpack_from(content, position)
        yield AbortedTransaction(*fields) if version == VERSION else None
