"""The network side without a broker: a server whose answers a test scripts, and a raw client.

A request frame is one word of ASCII; the first letters say what the server does with it:

    echo...    answers with the frame
    none...    gets no answer
    wait...    is parked until the test calls `script.answer(frame)`
    hold...    has done all it does, and is answered when the test calls `script.answer(frame)`
    big<n>     answers with n bytes in several chunks
    keep...    is parked like wait, while the server holds a view of the frame
    bad...     is refused: the connection closes
    last...    answers, then closes
    mute<ms>   answers, then handles nothing for so long
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from kafkapy.handlers.context import Held, Peer
from kafkapy.server.connection import Refused
from kafkapy.server.frames import Reply, response_frame

SIZE = struct.Struct(">i")
CHUNK_BYTES = 100_000


def framed(body: bytes) -> bytes:
    """A frame: size and body."""
    return SIZE.pack(len(body)) + body


def content(size: int) -> bytes:
    """`size` bytes in which a lost, doubled or exchanged piece shows."""
    return b"".join(number.to_bytes(4) for number in range(size // 4 + 1))[:size]


class Script:
    """The dispatch of a scripted server."""

    def __init__(self) -> None:
        self.handled: list[bytes] = []
        self.cancelled: list[bytes] = []
        self.peers: list[Peer] = []
        self._parked: dict[bytes, asyncio.Future[None]] = {}
        self._held: dict[bytes, Held] = {}

    def __call__(self, peer: Peer, frame: memoryview) -> Reply | Held | Coroutine[Any, Any, Reply]:
        body = bytes(frame)
        self.handled.append(body)
        self.peers.append(peer)
        if body.startswith((b"wait", b"keep")):
            self._parked[body] = asyncio.get_running_loop().create_future()
            return self._wait(body, frame if body.startswith(b"keep") else None)
        if body.startswith(b"hold"):
            self._held[body] = held = Held([body])
            held.encode = response_frame
            return held
        if body.startswith(b"none"):
            return None
        if body.startswith(b"bad"):
            raise Refused("a bad request")
        if body.startswith(b"big"):
            answer = memoryview(content(int(body[3:])))
            return response_frame([answer[i : i + CHUNK_BYTES] for i in range(0, len(answer), CHUNK_BYTES)])
        if body.startswith(b"last"):
            peer.close("it was the last request")
        if body.startswith(b"mute"):
            peer.mute(int(body[4:]))
        return response_frame([body])

    async def _wait(self, body: bytes, held: memoryview | None) -> Reply:
        try:
            await self._parked[body]
        except asyncio.CancelledError:
            self.cancelled.append(body)
            raise
        finally:
            del self._parked[body]
        return response_frame([body if held is None else bytes(held)])

    def answer(self, body: bytes) -> None:
        """Let the parked request `body` go on, or its answer go out."""
        if body in self._held:
            self._held.pop(body).release()
        else:
            self._parked[body].set_result(None)

    def break_off(self, body: bytes) -> None:
        """Cancel what the parked request `body` waits for."""
        self._parked[body].cancel()


async def until(condition: Callable[[], object]) -> None:
    """Give the event loop turns until `condition()` holds; the test's own timeout ends it otherwise."""
    while not condition():  # noqa: ASYNC110 - the state of others, who signal nothing
        await asyncio.sleep(0.001)


class RawClient:
    """A socket, and frames over it."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock

    @classmethod
    async def connect(cls, host: str, port: int, *, receive_buffer_bytes: int | None = None) -> Self:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family)
        sock.setblocking(False)
        if receive_buffer_bytes is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        try:
            await asyncio.get_running_loop().sock_connect(sock, (host, port))
        except OSError:
            sock.close()
            raise
        return cls(sock)

    async def send_bytes(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def send(self, *bodies: bytes) -> None:
        """All frames in one write."""
        await self.send_bytes(b"".join(map(framed, bodies)))

    async def receive_bytes(self, count: int) -> bytes:
        """Exactly `count` bytes, or fewer when the server closes first."""
        loop = asyncio.get_running_loop()
        received = bytearray()
        while len(received) < count:
            piece = await loop.sock_recv(self.socket, count - len(received))
            if not piece:
                break
            received += piece
        return bytes(received)

    async def receive(self) -> bytes:
        """The body of the next frame."""
        (size,) = SIZE.unpack(await self.receive_bytes(SIZE.size))
        return await self.receive_bytes(size)

    async def ask(self, body: bytes) -> bytes:
        await self.send(body)
        return await self.receive()

    async def is_closed_by_server(self) -> bool:
        """Whether nothing but the end of the stream is left to receive; waits for either."""
        try:
            return not await self.receive_bytes(1)
        except ConnectionResetError:
            return True

    def half_close(self) -> None:
        """Send no more, but go on receiving."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Close with a reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
