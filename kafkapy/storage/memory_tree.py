"""What `memory_files` is made of: content and names, each with what of it a crash would leave."""

from random import Random
from typing import TypeAlias

from kafkapy.storage.files import Buffer


class Node:
    """A file's content. On disk are its first `_kept` bytes,
    followed by `_lost`, which has been cut or overwritten since.
    """

    __slots__ = ("_kept", "_lost", "content", "modified_ms")

    def __init__(self, modified_ms: int) -> None:
        self.content = bytearray()
        self.modified_ms = modified_ms
        self._kept = 0
        self._lost = b""

    def write(self, position: int, buffer: Buffer) -> None:
        self._changed_from(position)
        if position > len(self.content):
            self.content.extend(bytes(position - len(self.content)))
        self.content[position : position + len(buffer)] = buffer

    def cut(self, size: int) -> None:
        self._changed_from(size)
        if size > len(self.content):
            self.content.extend(bytes(size - len(self.content)))
        del self.content[size:]

    def keep(self) -> None:
        self._kept = len(self.content)
        self._lost = b""

    def crash(self, chance: Random | None, sector_bytes: int) -> None:
        """Go back to what is on disk; with `chance` the file may have any size between that and what was
        written, and each sector of what is not synced is the old one or the new one, whatever the others are.
        """
        old = self.content[: self._kept] + self._lost
        if chance is not None:
            size = chance.choice((len(old), len(self.content), self._any_size(len(old), chance)))
            new_share = chance.choice((0.0, 0.5, 0.9, 1.0))
            mixed = self.content[: self._kept] + bytes(max(0, size - self._kept))
            start = self._kept
            while start < size:
                end = min(start - start % sector_bytes + sector_bytes, size)
                source = self.content if chance.random() < new_share else old
                part = source[start:end]
                mixed[start : start + len(part)] = part
                start = end
            old = mixed[:size]
        self.content = old
        self.keep()

    def _any_size(self, old_size: int, chance: Random) -> int:
        return chance.randint(*sorted((old_size, len(self.content))))

    def _changed_from(self, position: int) -> None:
        if position < self._kept:
            self._lost = bytes(self.content[position : self._kept]) + self._lost
            self._kept = position


class Directory:
    """Names and what they stand for; `durable` are the names that are on disk."""

    __slots__ = ("durable", "entries")

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.durable: dict[str, Entry] = {}

    def crash(self, chance: Random | None, sector_bytes: int) -> None:
        self.entries = dict(self.durable)
        for name in sorted(self.entries):
            self.entries[name].crash(chance, sector_bytes)


Entry: TypeAlias = Node | Directory
Change: TypeAlias = dict[str, Entry | None]


class Journal:
    """The changes of names that are not on disk yet, in order."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._pending: list[tuple[Directory, Change]] = []

    def record(self, directory: Directory, change: Change) -> None:
        """Make a change of names: None removes one."""
        _apply(change, directory.entries)
        if self._enabled:
            self._pending.append((directory, change))

    def keep(self, directory: Directory) -> None:
        if self._enabled:
            directory.durable = dict(directory.entries)
            self._pending = [pending for pending in self._pending if pending[0] is not directory]

    def crash(self, chance: Random | None) -> None:
        """With `chance` the first changes of each directory survive, of one more than of another."""
        if chance is not None:
            left: dict[Directory, int] = {}
            for directory, _ in self._pending:
                left[directory] = left.get(directory, 0) + 1
            left = {directory: chance.randint(0, count) for directory, count in left.items()}
            for directory, change in self._pending:
                if left[directory]:
                    left[directory] -= 1
                    _apply(change, directory.durable)
        self._pending.clear()


def _apply(change: Change, names: dict[str, Entry]) -> None:
    for name, entry in change.items():
        if entry is None:
            names.pop(name, None)
        else:
            names[name] = entry
