"""The only door from storage to files: what it asks of a file system.

`kafkapy.storage.os_files.OsFiles` is the real one; `kafkapy.storage.memory_files.MemoryFiles` keeps
everything in memory, can fail any call and can lose what was not synced. Paths are text with "/" between the
parts. Every method may raise OSError.

What is promised about durability is what POSIX promises: bytes are safe after the file's `sync`, and a
created, renamed or removed name is safe after `sync_directory` of the directory that holds it.
"""

from collections.abc import Callable
from typing import Protocol, Self, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class File(Protocol):
    """One file that is open for reading and writing. Used by one thread, but for what `sync_job` returns."""

    path: str
    size: int
    """Bytes of content: where `append` writes. Preallocated space after it does not count."""

    def append(self, buffer: Buffer) -> None:
        """Write all of `buffer` at `size`. After an OSError
        `size` is unchanged, though bytes may stand after it.
        """

    def write_at(self, position: int, buffer: Buffer) -> None:
        """Overwrite bytes; the file grows if they reach past its end."""

    def read(self, position: int, count: int) -> bytes:
        """Up to `count` bytes from `position`, fewer where the content ends: a copy."""
        ...

    def view(self, position: int, count: int) -> bytes | memoryview:
        """As `read`, for bytes that are only passed on: possibly a
        slice of the mapped file, valid for as long as it lives.
        """
        ...

    def truncate(self, size: int) -> None:
        """Cut the content to `size` bytes (also drops preallocated
        space). Views handed out before keep their bytes.
        """

    def preallocate(self, size: int) -> None:
        """Make the file on disk `size` bytes long, filled
        with zeros after the content, which stays as it is.
        """

    def sync(self) -> None:
        """The content is on disk when this returns. If it fails, what was written before may be lost: EIO,
        whatever the reason.
        """

    def sync_job(self) -> Callable[[], None]:
        """What `sync` does, to be called once in any thread; stays
        right when the file is closed, renamed or removed.
        """
        ...

    def close(self) -> None:
        """Give the descriptor back. The file opens again by itself when it is used again."""

    def renamed(self, path: str) -> None:
        """The file (or a directory above it) has been renamed, so it is found at `path` from now on."""


class DirectoryLock(Protocol):
    """An exclusive hold on a directory."""

    def release(self) -> None: ...


class FileSystem(Protocol):
    """Files and directories by path."""

    def open(self, path: str, *, create: bool = False) -> File:
        """The file at `path`; FileNotFoundError if it is missing and `create` is False."""
        ...

    def read(self, path: str) -> bytes:
        """The whole content of a (small) file."""
        ...

    def write(self, path: str, content: Buffer, *, sync: bool = True) -> None:
        """Create or replace a (small) file in place; not atomic."""

    def sync(self, path: str) -> None:
        """Make one file's content durable; harmless if the file
        is not there (any more). Any thread may call it.
        """

    def rename(self, old: str, new: str) -> None:
        """Give a file or directory another name at once; an existing file of that name is replaced."""

    def remove(self, path: str) -> None:
        """Remove a file; nothing happens if it is not there."""

    def remove_tree(self, path: str) -> None:
        """Remove a directory and all in it; nothing happens if it is not there."""

    def list(self, path: str) -> list[str]:
        """Names in a directory, sorted."""
        ...

    def make_directory(self, path: str) -> None:
        """Create a directory and those above it, as far as they are missing."""

    def sync_directory(self, path: str) -> None:
        """Make the names in a directory durable; harmless if it is gone. Any thread may call it."""

    def exists(self, path: str) -> bool: ...

    def is_directory(self, path: str) -> bool: ...

    def size(self, path: str) -> int:
        """Bytes of a file; FileNotFoundError if it is not there."""
        ...

    def modified_ms(self, path: str) -> int:
        """When the file was last written, in ms since the epoch."""
        ...

    def set_modified_ms(self, path: str, modified_ms: int) -> None: ...

    def lock(self, path: str) -> DirectoryLock:
        """Hold the lock file at `path`, creating it; BlockingIOError if somebody else holds it."""
        ...

    def space(self, path: str) -> tuple[int, int]:
        """(total, usable) bytes of the volume that holds `path`, or (-1, -1) if there is none."""
        ...

    def for_thread(self) -> "FileSystem":
        """The same files for another thread: `File` objects must not be shared between threads."""
        ...

    def take_over(self, other: Self) -> None:
        """`other`, made by `for_thread`, has left its thread: its files are among those of this one."""


def make_durable_directory(files: FileSystem, path: str) -> None:
    """Create a directory and those above it, as far as they are missing; a power failure keeps them."""
    above = path.rpartition("/")[0] or "/" * path.startswith("/")
    if above and not files.exists(path):
        make_durable_directory(files, above)
        files.make_directory(path)
        files.sync_directory(above)
    else:
        files.make_directory(path)


def replace_file(files: FileSystem, path: str, content: Buffer, *, sync: bool = True) -> None:
    """Atomically replace a small file: `<path>.tmp`, sync, rename, sync of the directory.

    With `sync=False` a power failure may leave the old content, the new or none; a crash of the process never
    does.
    """
    temporary = f"{path}.tmp"
    files.write(temporary, content, sync=sync)
    files.rename(temporary, path)
    if sync:
        files.sync_directory(path.rpartition("/")[0])
