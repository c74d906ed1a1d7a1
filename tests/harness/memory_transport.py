"""A connection without a socket: what a client sends goes straight into the protocol."""

import asyncio
from collections.abc import Iterable
from typing import Any

from kafkapy.server.connection import Connection
from kafkapy.server.frames import SIZE

CLIENT = ("127.0.0.1", 50_000)


class ConnectionClosed(Exception):
    """The broker closed the connection instead of answering."""


class MemoryTransport(asyncio.Transport):
    """The transport of a Connection, and its client: bytes are delivered at once, answers kept as frames."""

    def __init__(self, protocol: Connection, broker_address: tuple[str, int]) -> None:
        super().__init__({"peername": CLIENT, "sockname": broker_address})
        self._protocol = protocol
        self._unsent = bytearray()
        self._received = bytearray()
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._reads = True
        self._closing = False
        protocol.connection_made(self)

    # The client's side

    def send(self, frame: bytes) -> None:
        """A request, without its size."""
        self.send_all([frame])

    def send_all(self, frames: Iterable[bytes]) -> None:
        """Requests that arrive together, as far as they are read."""
        for frame in frames:
            self._unsent += SIZE.pack(len(frame)) + frame
        self._deliver()

    async def receive(self) -> bytes:
        """The next response, without its size. ConnectionClosed."""
        frame = await self._frames.get()
        if frame is None:
            self._frames.put_nowait(None)
            raise ConnectionClosed
        return frame

    def disconnect(self) -> None:
        """The client goes away."""
        self.abort()

    def _deliver(self) -> None:
        while self._unsent and self._reads and not self._closing:
            room = self._protocol.get_buffer(-1)
            count = min(len(room), len(self._unsent))
            with memoryview(room) as view:
                view[:count] = self._unsent[:count]
            del room
            del self._unsent[:count]
            self._protocol.buffer_updated(count)

    # The protocol's side

    def write(self, data: Any) -> None:
        self._received += data
        while len(self._received) >= SIZE.size:
            end = SIZE.size + SIZE.unpack_from(self._received)[0]
            if len(self._received) < end:
                break
            self._frames.put_nowait(bytes(self._received[SIZE.size : end]))
            del self._received[:end]

    def writelines(self, list_of_data: Any) -> None:
        for data in list_of_data:
            self.write(data)

    def is_reading(self) -> bool:
        return self._reads

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True
        asyncio.get_running_loop().call_soon(self._deliver)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self._closing:
            self._closing = True
            self._frames.put_nowait(None)
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)
