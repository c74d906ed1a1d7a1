"""From bytes to frames: an int32 size, then that many bytes. Knows buffers, but no sockets.

The size is checked before anything is allocated for it, and a buffer grows with what has arrived, never
with what a peer announces: one that promises 100 MB and sends 10 bytes costs 4 kB. From half a megabyte on
a very large frame gets addresses for all of it, and memory as it arrives.
"""

import struct

from kafkapy.server.buffers import KEPT_BYTES, Buffer, ReadBuffers, is_unshared

SIZE = struct.Struct(">i")
SIZE_BYTES = SIZE.size
SMALLEST_BUFFER_BYTES = 4 * 1024
READ_AHEAD_BYTES = 512 * 1024
LOOKALIKES = ((b"\x16\x03", "TLS"), (b"GET ", "HTTP"), (b"POST", "HTTP"), (b"SSH-", "SSH"))


class InvalidFrameSize(Exception):
    """The peer announced a frame that is negative or larger than allowed; nothing after it can be read."""

    def __init__(self, size: int, allowed: int) -> None:
        start = SIZE.pack(size)
        hint = next((f", which looks like {name}" for sign, name in LOOKALIKES if start.startswith(sign)), "")
        super().__init__(f"a frame of {size} bytes{hint}; allowed are 0 to {allowed}")


class FrameReader:
    """The unread bytes of one connection.

    Use: read into `writable()`, tell `received(count)`, take frames with `next_frame()` until it returns
    None, then `settle()` before any other connection reads.
    """

    __slots__ = ("_buffer", "_buffers", "_end", "_private", "_start", "max_frame_bytes")

    def __init__(self, buffers: ReadBuffers, max_frame_bytes: int) -> None:
        self._buffers = buffers
        self._buffer: Buffer | None = None
        self._private = False
        self._start = 0
        self._end = 0
        self.max_frame_bytes = max_frame_bytes

    @property
    def unread_bytes(self) -> int:
        """How many bytes are here that `next_frame` has not handed out."""
        return self._end - self._start

    @property
    def is_at_rest(self) -> bool:
        """Whether there are no unread bytes and no private buffer: the last read has brought small requests,
        and whole ones.
        """
        return self._buffer is None

    @property
    def begun_frame_bytes(self) -> int:
        """The size of the frame that has begun to arrive; 0 when its size is not known yet."""
        if self._buffer is None or self._end - self._start < SIZE_BYTES:
            return 0
        size: int = SIZE.unpack_from(self._buffer, self._start)[0]
        return size

    def writable(self, at_most: int | None = None) -> bytearray | memoryview:
        """Where the next bytes of the connection go: at least one, and not more than `at_most`."""
        if self._private:
            self._make_room()
        if not self._private:
            self._buffer = self._buffers.shared()
            return self._buffer if at_most is None else memoryview(self._buffer)[:at_most]
        assert self._buffer is not None
        last = None if at_most is None else self._end + at_most
        return memoryview(self._buffer)[self._end : last]

    def received(self, count: int) -> None:
        """`count` bytes were written to what `writable` returned last."""
        self._end += count

    def next_frame(self) -> memoryview | None:
        """The next whole frame without its size, or None. The view stays valid for as long as it is held.

        InvalidFrameSize: the connection cannot go on.
        """
        body = self._start + SIZE_BYTES
        if self._end < body:
            return None
        assert self._buffer is not None
        size: int = SIZE.unpack_from(self._buffer, self._start)[0]
        if not 0 <= size <= self.max_frame_bytes:
            raise InvalidFrameSize(size, self.max_frame_bytes)
        end = body + size
        if self._end < end:
            return None
        self._start = end
        return memoryview(self._buffer)[body:end]

    def settle(self) -> None:
        """Leave the shared buffer, and a private one that is empty and too much to keep."""
        if self._start == self._end:
            if not self._private or (self._buffer and not self._buffers.may_keep(self._buffer)):
                self.drop()
            elif self._buffer and self._end == len(self._buffer) <= READ_AHEAD_BYTES // 2:
                self._read_ahead(self._buffer)
        elif not self._private:
            self._move()

    def release(self) -> None:
        """Give the private buffer back if it holds nothing unread: the connection is idle."""
        if self._start == self._end:
            self.drop()

    def drop(self) -> None:
        """Forget everything."""
        if self._private and self._buffer is not None:
            self._buffers.release(self._buffer)
        self._buffer = None
        self._private = False
        self._start = self._end = 0

    def _make_room(self) -> None:
        """Have free bytes behind the unread ones that nobody holds a view of; move if that needs it."""
        assert self._buffer is not None
        if self._start == self._end:
            if is_unshared(self._buffer):
                self._start = self._end = 0
            else:
                self.drop()
            return
        wanted = SIZE_BYTES + max(0, self.begun_frame_bytes)
        if self._start + wanted <= len(self._buffer) and self._end < len(self._buffer):
            return
        unread = self._end - self._start
        if max(wanted, unread + 1) <= len(self._buffer) and is_unshared(self._buffer):
            with memoryview(self._buffer) as view:
                view[:unread] = view[self._start : self._end]
            self._start, self._end = 0, unread
        else:
            self._move()

    def _read_ahead(self, full: Buffer) -> None:
        """A read has filled the whole buffer, so there may be more: let the next ones bring several frames,
        whose answers then leave together.
        """
        self.drop()
        self._buffer, self._private = self._buffers.private(2 * len(full)), True

    def _move(self) -> None:
        """Go on in a new private buffer: of the frame's size if half of it is here, else of twice what is.

        To grow like this would touch twice the memory of a very large frame.
        """
        assert self._buffer is not None
        unread = self._end - self._start
        wanted = SIZE_BYTES + max(0, self.begun_frame_bytes)
        room = min(wanted, 2 * unread) if wanted > unread else 2 * unread
        if wanted > KEPT_BYTES and unread >= READ_AHEAD_BYTES:
            room = max(room, wanted)
        new = self._buffers.private(max(SMALLEST_BUFFER_BYTES, room))
        with memoryview(self._buffer) as view:
            new[:unread] = view[self._start : self._end]
        self.drop()
        self._buffer, self._private, self._end = new, True, unread


Chunk = bytes | bytearray | memoryview
Reply = bytes | list[Chunk] | None
"""A response frame with its size, in pieces when it is large; None when the request gets no response."""
JOIN_BYTES = 64 * 1024


def response_frame(chunks: list[Chunk]) -> bytes | list[Chunk]:
    """A size, then `chunks`: in one piece when that is small, else with large chunks left uncopied."""
    size = sum(map(len, chunks))
    if size <= JOIN_BYTES:
        return b"".join((SIZE.pack(size), *chunks))
    pieces: list[Chunk] = []
    small: list[Chunk] = [SIZE.pack(size)]
    for chunk in chunks:
        if len(chunk) <= JOIN_BYTES // 16:
            small.append(chunk)
        else:
            if small:
                pieces.append(b"".join(small))
                small = []
            pieces.append(chunk)
    if small:
        pieces.append(b"".join(small))
    return pieces
