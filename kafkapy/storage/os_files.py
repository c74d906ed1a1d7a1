"""Files of the operating system, with few open descriptors and reads that need no copy.

Descriptors are opened on first use and closed again, least used first, beyond `max_open_files`: ten thousand
partitions have thirty thousand files. When connections have taken all descriptors, files go on with fewer of
their own and with the spare ones. A read that only passes bytes on comes from a mapping of the file if it
is large, and from `pread` if it is small or reaches into the part that grew since the file was mapped; a
growing file is mapped anew only every `REMAP_BYTES`, because a new mapping costs as much as reading some
hundred kilobytes (measured: 25-40 us).

A mapping is never touched after its file got shorter, which would be a bus error: `truncate` moves the
content to a new file when bytes behind the cut have been handed out. On Windows nothing is mapped, because a
mapped file cannot be renamed.
"""

import errno
import mmap
import os
import shutil
import sys
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from kafkapy.storage.directory_lock import OsDirectoryLock
from kafkapy.storage.files import Buffer
from kafkapy.storage.spare_descriptors import SpareDescriptors, is_lack_of_descriptors

MAP_BYTES = 64 * 1024
REMAP_BYTES = 8 * 1024 * 1024
_COPY_BYTES = 1024 * 1024
ATTEMPTS = 8
"""How often room is made for one descriptor: other threads may be faster than the one that made it."""

Result = TypeVar("Result")
_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

if sys.platform != "win32":
    import resource

_POSIX = os.name == "posix"
_MAP_OPTIONS = {"trackfd": False} if sys.version_info >= (3, 13) else {}

_fdatasync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


def _sync_data(descriptor: int) -> None:
    """Whatever the reason of a failure, "disk full" included: what was written before may be lost."""
    try:
        _fdatasync(descriptor)
    except OSError as error:
        raise OSError(errno.EIO, f"cannot be synced: {error.strerror}") from error


class OsFile:
    """Implements `kafkapy.storage.files.File`."""

    __slots__ = ("_descriptor", "_files", "_mapping", "_shown", "path", "size", "used")

    def __init__(self, files: "OsFiles", path: str, size: int, descriptor: int = -1) -> None:
        self.path = path
        self.size = size
        self.used = True
        self._files = files
        self._descriptor = descriptor
        self._mapping: memoryview | None = None
        self._shown = 0  # no slice of a mapping that was handed out ends after this
        if descriptor >= 0:
            files.remember(self)

    def append(self, buffer: Buffer) -> None:
        self.used = True
        descriptor = self._descriptor
        if descriptor < 0:
            descriptor = self._open()
        count = len(buffer)
        written = _write(descriptor, buffer, self.size)
        if written != count:
            _write_rest(descriptor, buffer, self.size, written)
        self.size += count

    def write_at(self, position: int, buffer: Buffer) -> None:
        _write_rest(self._open(), buffer, position, 0)
        self.size = max(self.size, position + len(buffer))

    def read(self, position: int, count: int) -> bytes:
        self.used = True
        descriptor = self._descriptor
        if descriptor < 0:
            descriptor = self._open()
        count = min(count, self.size - position)
        return _read(descriptor, count, position) if count > 0 else b""

    def view(self, position: int, count: int) -> bytes | memoryview:
        if count < MAP_BYTES or not self._files.map_reads:
            return self.read(position, count)
        end = min(position + count, self.size)
        mapping = self._mapping
        if mapping is None or end > len(mapping):
            if self.size - (0 if mapping is None else len(mapping)) < REMAP_BYTES:
                return self.read(position, count)
            try:
                mapping = self._map()
            except OSError as error:  # a mapping holds a descriptor
                if is_lack_of_descriptors(error):
                    return self.read(position, count)
                raise
        self.used = True
        if end > self._shown:
            self._shown = end
        return mapping[position:end]

    def truncate(self, size: int) -> None:
        self._mapping = None
        if size < self._shown:
            self._replace_with_prefix(size)
            self._shown = 0
        else:
            os.ftruncate(self._open(), size)
        self.size = size

    def preallocate(self, size: int) -> None:
        if size > self.size:
            os.ftruncate(self._open(), size)

    def sync(self) -> None:
        _sync_data(self._open())

    def sync_job(self) -> Callable[[], None]:
        try:
            duplicate = os.dup(self._open())
        except OSError as error:
            if not is_lack_of_descriptors(error):
                raise
            self.sync()
            return _nothing

        def job() -> None:
            try:
                _sync_data(duplicate)
            finally:
                os.close(duplicate)

        return job

    def close(self) -> None:
        self._mapping = None
        if self._descriptor >= 0:
            self._files.forget(self)
            self.close_descriptor()

    def renamed(self, path: str) -> None:
        self.path = path

    def close_descriptor(self) -> None:
        """For the pool: close without telling it."""
        descriptor, self._descriptor = self._descriptor, -1
        self._mapping = None
        os.close(descriptor)

    def _open(self) -> int:
        if self._descriptor < 0:
            self._descriptor = self._files.with_room(lambda: os.open(self.path, _FLAGS))
            self._files.remember(self)
        return self._descriptor

    def _map(self) -> memoryview:
        self._mapping = memoryview(
            mmap.mmap(self._open(), self.size, access=mmap.ACCESS_READ, **_MAP_OPTIONS)
        )
        return self._mapping

    def _replace_with_prefix(self, size: int) -> None:
        """Slices of a mapping may still be in somebody's hands:
        leave that file to them and go on with a shorter copy.
        """
        temporary = f"{self.path}.truncated"
        copy = self._files.with_room(lambda: os.open(temporary, _FLAGS | os.O_CREAT | os.O_TRUNC, 0o644))
        try:
            position = 0
            while position < size:
                chunk = self.read(position, min(_COPY_BYTES, size - position))
                _write_rest(copy, chunk, position, 0)
                position += len(chunk)
            _sync_data(copy)
        finally:
            os.close(copy)
        self.close()
        os.replace(temporary, self.path)
        self._files.sync_directory(os.path.dirname(self.path))


class OsFiles:
    """Implements `kafkapy.storage.files.FileSystem`."""

    def __init__(
        self,
        max_open_files: int | None = None,
        *,
        map_reads: bool = True,
        spares: SpareDescriptors | None = None,
    ) -> None:
        """By default a quarter of the descriptors that the process may have (a mapping holds one as well).
        `spares` are those of another thread's files.
        """
        self.max_open_files = max(1, max_open_files or _descriptor_limit() // 4)
        self.map_reads = map_reads and _POSIX
        self._opened: deque[OsFile] = deque()
        self._spares = SpareDescriptors() if spares is None else spares

    @property
    def open_files(self) -> int:
        """How many descriptors are held now."""
        return len(self._opened)

    def open(self, path: str, *, create: bool = False) -> OsFile:
        if not create:
            return OsFile(self, path, os.stat(path).st_size)
        descriptor = self.with_room(lambda: os.open(path, _FLAGS | os.O_CREAT, 0o644))
        return OsFile(self, path, os.fstat(descriptor).st_size, descriptor)

    def remember(self, file: OsFile) -> None:
        """A file has got a descriptor; one that was not used
        since the last round may have to give its own back.
        """
        opened = self._opened
        opened.append(file)
        while len(opened) > self.max_open_files:
            oldest = opened.popleft()
            if oldest is file or oldest.used:
                oldest.used = False
                opened.append(oldest)
            else:
                oldest.close_descriptor()

    def forget(self, file: OsFile) -> None:
        """A file is about to close its descriptor."""
        self._opened.remove(file)

    def with_room(self, call: Callable[[], Result]) -> Result:
        """Do what needs one descriptor for itself: where there is none, an open file gives its own, or a
        spare one goes.
        """
        self._spares.refill()
        for _ in range(ATTEMPTS):
            try:
                return call()
            except OSError as error:
                if not is_lack_of_descriptors(error) or not self._make_room():
                    raise
        return call()

    def _make_room(self) -> bool:
        if not self._opened:
            return self._spares.give_one()
        self._opened.popleft().close_descriptor()
        return True

    def read(self, path: str) -> bytes:
        with self.with_room(lambda: open(path, "rb", buffering=0)) as file:
            return file.readall()

    def write(self, path: str, content: Buffer, *, sync: bool = True) -> None:
        descriptor = self.with_room(lambda: os.open(path, _FLAGS | os.O_CREAT | os.O_TRUNC, 0o644))
        try:
            _write_rest(descriptor, content, 0, 0)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync(self, path: str) -> None:
        try:
            descriptor = self.with_room(lambda: os.open(path, _FLAGS))
        except FileNotFoundError:
            return
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: str, new: str) -> None:
        os.replace(old, new)

    def remove(self, path: str) -> None:
        try:
            os.remove(path)
        except FileNotFoundError:
            return

    def remove_tree(self, path: str) -> None:
        if os.path.isdir(path):
            self.with_room(lambda: shutil.rmtree(path))

    def list(self, path: str) -> list[str]:
        return sorted(self.with_room(lambda: os.listdir(path)))

    def make_directory(self, path: str) -> None:
        os.makedirs(path, exist_ok=True)

    def sync_directory(self, path: str) -> None:
        if not _POSIX or not os.path.isdir(path or "."):
            return
        descriptor = self.with_room(lambda: os.open(path or ".", os.O_RDONLY))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def is_directory(self, path: str) -> bool:
        return os.path.isdir(path)

    def size(self, path: str) -> int:
        return os.stat(path).st_size

    def modified_ms(self, path: str) -> int:
        return os.stat(path).st_mtime_ns // 1_000_000

    def set_modified_ms(self, path: str, modified_ms: int) -> None:
        os.utime(path, ns=(modified_ms * 1_000_000, modified_ms * 1_000_000))

    def lock(self, path: str) -> OsDirectoryLock:
        return OsDirectoryLock(path)

    def space(self, path: str) -> tuple[int, int]:
        usage = shutil.disk_usage(path)
        return usage.total, usage.free

    def for_thread(self) -> "OsFiles":
        return OsFiles(self.max_open_files, map_reads=self.map_reads, spares=self._spares)

    def take_over(self, other: "OsFiles") -> None:
        for file in other._opened:
            file.close_descriptor()
        other._opened = self._opened


def _nothing() -> None:
    """The job of a file that has been synced already."""


def _descriptor_limit() -> int:
    if sys.platform == "win32":
        return 8192
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 65536 if limit == resource.RLIM_INFINITY else limit


def _seek_and_write(descriptor: int, buffer: Buffer, position: int) -> int:
    os.lseek(descriptor, position, os.SEEK_SET)
    return os.write(descriptor, buffer)


def _seek_and_read(descriptor: int, count: int, position: int) -> bytes:
    os.lseek(descriptor, position, os.SEEK_SET)
    return os.read(descriptor, count)


_write: Callable[[int, Buffer, int], int] = getattr(os, "pwrite", _seek_and_write)
_read: Callable[[int, int, int], bytes] = getattr(os, "pread", _seek_and_read)


def _write_rest(descriptor: int, buffer: Buffer, position: int, written: int) -> None:
    rest = memoryview(buffer)
    while written < len(rest):
        written += _write(descriptor, rest[written:], position + written)
