"""A file system in memory: for brokers that keep nothing, and for tests of what a disk can do to a log.

A test can let any changing call fail (`fail`), stop the world at any changing call (`cut_at`), and pull the
plug (`crash`): what was not synced is gone then, as POSIX allows: bytes that no `sync` of their file
followed, and names that no `sync_directory` of their directory followed. With a source of chance, `crash`
keeps some of it instead: of each directory the first of its changes of names, as file systems with a journal
do, and of every file any size and any sectors of what is new, in any order.
"""

import errno
import os
from collections.abc import Callable
from random import Random

from kafkapy.storage.files import Buffer
from kafkapy.storage.memory_tree import Directory, Journal, Node

_SECTOR_BYTES = 512


class PowerCut(BaseException):
    """The machine has stopped: nothing works any more until `MemoryFiles.crash`."""


class MemoryFile:
    """Implements `kafkapy.storage.files.File`."""

    __slots__ = ("_files", "_node", "path", "size")

    def __init__(self, files: "MemoryFiles", path: str, node: Node) -> None:
        self.path = path
        self.size = len(node.content)
        self._files = files
        self._node = node

    def append(self, buffer: Buffer) -> None:
        self._files.write_node(self._node, self.path, self.size, buffer)
        self.size += len(buffer)

    def write_at(self, position: int, buffer: Buffer) -> None:
        self._files.write_node(self._node, self.path, position, buffer)
        self.size = max(self.size, position + len(buffer))

    def read(self, position: int, count: int) -> bytes:
        self._files.reading(self.path)
        return bytes(memoryview(self._node.content)[position : min(position + count, self.size)])

    def view(self, position: int, count: int) -> bytes:
        return self.read(position, count)

    def truncate(self, size: int) -> None:
        self._files.changing("truncate", self.path)
        self._node.cut(size)
        self.size = size

    def preallocate(self, size: int) -> None:
        self._files.changing("truncate", self.path)
        content = self._node.content
        content.extend(bytes(max(0, size - len(content))))

    def sync(self) -> None:
        self._files.changing("sync", self.path)
        self._node.keep()

    def sync_job(self) -> Callable[[], None]:
        return self.sync

    def close(self) -> None:
        """Nothing is held."""

    def renamed(self, path: str) -> None:
        self.path = path


class MemoryLock:
    """Implements `kafkapy.storage.files.DirectoryLock`."""

    def __init__(self, held: set[str], path: str) -> None:
        if path in held:
            raise BlockingIOError(errno.EAGAIN, "somebody else holds the lock", path)
        held.add(path)
        self._held = held
        self._path = path

    def release(self) -> None:
        self._held.discard(self._path)


class MemoryFiles:
    """Implements `kafkapy.storage.files.FileSystem`. `can_crash=False`
    spares the bookkeeping that only `crash` needs.
    """

    def __init__(self, now_ms: Callable[[], int] = lambda: 0, *, can_crash: bool = True) -> None:
        self._now_ms = now_ms
        self._root = Directory()
        self._journal = Journal(enabled=can_crash)
        self._held: set[str] = set()
        self._failures: list[tuple[str, str, int, int]] = []
        self.calls = 0
        """Changing calls so far."""
        self.cut_at: int | None = None
        """The number of the changing call at which the machine stops; a write gets half its bytes out."""
        self._is_down = False

    # Trouble

    def fail(self, kind: str, *, error: int = errno.EIO, times: int = 1, path: str = "") -> None:
        """Let the next `times` calls of `kind` fail whose path contains `path`; a failing write gets half its
        bytes out.

        Kinds: write, sync, truncate, create, rename, remove, make_directory, sync_directory, read.
        """
        self._failures.extend([(kind, path, error, 0)] * times)

    def crash(self, chance: Random | None = None) -> None:
        """Pull the plug and switch on again: only what was
        synced is left or, with `chance`, that and some more.
        """
        self._journal.crash(chance)
        self._root.crash(chance, _SECTOR_BYTES)
        self._held.clear()
        self._failures.clear()
        self.cut_at = None
        self._is_down = False

    def kill(self) -> None:
        """The process dies and the machine goes on: every completed call has happened."""
        self._held.clear()
        self._failures.clear()
        self.cut_at = None
        self._is_down = False

    @property
    def is_down(self) -> bool:
        """Whether the machine has stopped."""
        return self._is_down

    def changing(self, kind: str, path: str) -> None:
        """A changing call is about to happen; raises what it is to fail with."""
        if self._is_down:
            raise PowerCut
        self.calls += 1
        if self.calls == self.cut_at:
            self._is_down = True
            raise PowerCut
        self._fail_if_told(kind, path)

    def reading(self, path: str) -> None:
        if self._is_down:
            raise PowerCut
        if self._failures:
            self._fail_if_told("read", path)

    def _fail_if_told(self, kind: str, path: str) -> None:
        for failure in self._failures:
            if failure[0] == kind and failure[1] in path:
                self._failures.remove(failure)
                raise OSError(failure[2], os.strerror(failure[2]), path)

    def write_node(self, node: Node, path: str, position: int, buffer: Buffer) -> None:
        try:
            self.changing("write", path)
        except (OSError, PowerCut):
            node.write(position, memoryview(buffer)[: len(buffer) // 2])
            raise
        node.write(position, buffer)
        node.modified_ms = self._now_ms()

    # Files

    def open(self, path: str, *, create: bool = False) -> MemoryFile:
        directory, name = self._parent(path)
        node = directory.entries.get(name)
        if node is None and create:
            self.changing("create", path)
            node = Node(self._now_ms())
            self._journal.record(directory, {name: node})
        if not isinstance(node, Node):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return MemoryFile(self, path, node)

    def read(self, path: str) -> bytes:
        self.reading(path)
        return bytes(self._file(path).content)

    def write(self, path: str, content: Buffer, *, sync: bool = True) -> None:
        file = self.open(path, create=True)
        if file.size:
            file.truncate(0)
        file.append(content)
        if sync:
            file.sync()

    def sync(self, path: str) -> None:
        if self.exists(path):
            self.open(path).sync()

    def rename(self, old: str, new: str) -> None:
        source, old_name = self._parent(old)
        target, new_name = self._parent(new)
        if source is not target:
            raise OSError(errno.EXDEV, "only names change here, not directories", new)
        entry = source.entries.get(old_name)
        if entry is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), old)
        self.changing("rename", old)
        self._journal.record(source, {old_name: None, new_name: entry})

    def remove(self, path: str) -> None:
        self._remove(path)

    def remove_tree(self, path: str) -> None:
        self._remove(path)

    def _remove(self, path: str) -> None:
        if self.exists(path):
            self.changing("remove", path)
            directory, name = self._parent(path)
            self._journal.record(directory, {name: None})

    # Directories

    def list(self, path: str) -> list[str]:
        self.reading(path)
        return sorted(self._directory(path).entries)

    def make_directory(self, path: str) -> None:
        directory = self._root
        for name in _parts(path):
            entry = directory.entries.get(name)
            if entry is None:
                self.changing("make_directory", path)
                entry = Directory()
                self._journal.record(directory, {name: entry})
            if not isinstance(entry, Directory):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            directory = entry

    def sync_directory(self, path: str) -> None:
        if self.is_directory(path):
            self.changing("sync_directory", path)
            self._journal.keep(self._directory(path))

    def exists(self, path: str) -> bool:
        return self._find(path) is not None

    def is_directory(self, path: str) -> bool:
        return isinstance(self._find(path), Directory)

    def size(self, path: str) -> int:
        return len(self._file(path).content)

    def modified_ms(self, path: str) -> int:
        return self._file(path).modified_ms

    def set_modified_ms(self, path: str, modified_ms: int) -> None:
        self._file(path).modified_ms = modified_ms

    def lock(self, path: str) -> MemoryLock:
        self.open(path, create=True)
        return MemoryLock(self._held, path)

    def space(self, path: str) -> tuple[int, int]:
        return -1, -1

    def for_thread(self) -> "MemoryFiles":
        return self

    def take_over(self, other: "MemoryFiles") -> None:
        """Nothing is held."""

    def _find(self, path: str) -> Node | Directory | None:
        entry: Node | Directory | None = self._root
        for name in _parts(path):
            if not isinstance(entry, Directory):
                return None
            entry = entry.entries.get(name)
        return entry

    def _file(self, path: str) -> Node:
        node = self._find(path)
        if not isinstance(node, Node):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return node

    def _directory(self, path: str) -> Directory:
        entry = self._find(path)
        if not isinstance(entry, Directory):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return entry

    def _parent(self, path: str) -> tuple[Directory, str]:
        above, _, name = path.rstrip("/").rpartition("/")
        return self._directory(above), name


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]
