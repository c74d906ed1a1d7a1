"""Read buffers: one that all connections share, and private ones for frames that have not arrived in full.

Most reads bring whole requests, which are handled before the next read of any connection: they need no
memory of their own, so an idle connection costs no buffer. What is left over moves to a buffer of the
connection.

Handlers get memoryviews of these buffers. A buffer is written again only when nobody holds a view of it.
"""

import mmap
import sys
from contextlib import suppress

SHARED_BYTES = 256 * 1024
KEPT_BYTES = 2 * 1024 * 1024
KEPT_TOTAL_BYTES = 32 * 1024 * 1024
Buffer = bytearray | mmap.mmap


def is_unshared(buffer: Buffer) -> bool:
    """Whether no memoryview of `buffer` is alive: CPython lets its size change only then. Nobody asks this
    of memory of the system, which is not used twice: False.
    """
    if isinstance(buffer, mmap.mmap):
        return False
    try:
        buffer.append(buffer.pop())
    except BufferError:
        return False
    return True


class ReadBuffers:
    """The shared buffer of a server, and how many bytes its connections hold in private ones."""

    def __init__(self) -> None:
        self._shared = bytearray(SHARED_BYTES)
        self.private_bytes = 0

    def shared(self) -> bytearray:
        """A buffer to read into; its content is lost at the next call."""
        if not is_unshared(self._shared):
            self._shared = bytearray(SHARED_BYTES)
        return self._shared

    def private(self, size: int) -> Buffer:
        """A buffer of `size` bytes for one connection; `release` takes it back.

        One that will not be kept is memory of the system, which takes room only as it is written to.
        """
        self.private_bytes += size
        return bytearray(size) if size <= KEPT_BYTES else _system_memory(size)

    def release(self, buffer: Buffer) -> None:
        """The connection has no use for its private buffer any more."""
        self.private_bytes -= len(buffer)

    def may_keep(self, buffer: Buffer) -> bool:
        """Whether a busy connection keeps its empty buffer, to read the next large request in one piece."""
        return len(buffer) <= KEPT_BYTES and self.private_bytes <= KEPT_TOTAL_BYTES


def _system_memory(size: int) -> mmap.mmap:
    """In huge pages where there are some: that makes it five times as cheap to touch for the first time."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
