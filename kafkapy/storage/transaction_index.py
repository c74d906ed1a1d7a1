"""`.txnindex`: the aborted transactions whose marker is in a segment, in the order of their markers.

Entries of 34 bytes: int16 version 0, int64 producer id, int64 first offset, int64 last offset (the marker's),
int64 last stable offset when the marker was written. The file exists only if there is an entry.
"""

from struct import Struct
from typing import NamedTuple

from kafkapy.storage.files import File, FileSystem

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

    __slots__ = ("_entries", "_file", "_files", "path")

    def __init__(self, files: FileSystem, path: str) -> None:
        self.path = path
        self._files = files
        self._file: File | None = None
        self._entries: list[AbortedTransaction] | None = None

    @property
    def entries(self) -> list[AbortedTransaction]:
        if self._entries is None:
            self._entries = read_entries(self._files, self.path)
        return self._entries

    def append(self, transaction: AbortedTransaction) -> None:
        """Add a transaction whose marker is the newest."""
        entries = self.entries
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

    def reset(self) -> None:
        """Forget all, readable or not."""
        self._entries = []
        if self._files.exists(self.path):
            self._cut(0)

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
    content = files.read(path)
    entries = []
    for position in range(0, len(content) - ENTRY.size + 1, ENTRY.size):
        version, *fields = ENTRY.unpack_from(content, position)
        if version != VERSION:
            raise ValueError(f"aborted transaction of version {version} in {path}")
        entries.append(AbortedTransaction(*fields))
    return entries
