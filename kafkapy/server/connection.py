"""One client connection: frames in, frames out, in order.

As in Kafka one request is in flight per connection. Requests that are answered at once are handled in the
read callback itself, and the responses of one read leave in one write. A request that waits is parked as
the one Task of the connection; what the client sends meanwhile stays unread, but for a few kilobytes that
let us see it go away. The same holds for a client that does not read its responses: no request is handled
while one is stuck. Only a request that has done all it does lets others pass while its answer is held back,
so that the producers of one connection can share a sync; answers keep the order of the requests.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from kafkapy.clock import Clock
from kafkapy.config.broker import BrokerConfig
from kafkapy.handlers.context import Address, Held, Peer
from kafkapy.server.buffers import ReadBuffers
from kafkapy.server.frames import FrameReader, InvalidFrameSize, Reply
from kafkapy.server.limits import ByteBudget, ConnectionCount

log = logging.getLogger(__name__)

JOIN_BYTES = 64 * 1024
BLOCKED_READ_BYTES = 16 * 1024
LONG_TURN_BYTES = 4 * 1024 * 1024
SHORT_TURN_BYTES = 256 * 1024
SHORT_TURNS = 256
"""After how much of one connection others have their turn. uvloop reads the same socket up to 32 times while
there is something, and a producer at full speed sees to that. Short turns cost large requests up to a fourth
of their throughput, so they are kept for when somebody has small ones, and for so many turns afterwards.
"""
MOST_HELD = 256
"""Answers of one connection that may wait at once."""

# Why a connection handles no request just now; several may hold.
NOT_ADMITTED, PARKED, UNREAD, MUTED, NO_BUDGET, CLOSING, HELD_BACK, GAVE_WAY = 1, 2, 4, 8, 16, 32, 64, 128
NEVER_READ = NOT_ADMITTED | NO_BUDGET | CLOSING | GAVE_WAY


class Refused(Exception):
    """A request that is not answered: the connection is closed, and the reason logged."""


class Dispatch(Protocol):
    """Handles one request frame."""

    def __call__(self, peer: Peer, frame: memoryview) -> "Reply | Held | Coroutine[Any, Any, Reply]":
        """The reply, or a coroutine that gives it when it is known. Refused: close the connection."""


@dataclass(slots=True)
class Edge:
    """What all connections of a server share."""

    config: BrokerConfig
    clock: Clock
    dispatch: Dispatch
    buffers: ReadBuffers = field(init=False, default_factory=ReadBuffers)
    budget: ByteBudget = field(init=False)
    count: ConnectionCount = field(init=False)
    connections: "set[Connection]" = field(init=False, default_factory=set)
    tick: int = field(init=False, default=0)
    short_turns: int = field(init=False, default=0)
    when_empty: "asyncio.Future[None] | None" = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.budget = ByteBudget(self.config.queued_max_request_bytes)
        self.count = ConnectionCount(self.config)

    def remove(self, connection: "Connection") -> None:
        """Nothing of this connection is left: no socket, no task."""
        self.connections.discard(connection)
        if not self.connections and self.when_empty is not None and not self.when_empty.done():
            self.when_empty.set_result(None)


class Connection(asyncio.BufferedProtocol):
    """The protocol of one accepted socket."""

    __slots__ = (
        "_advertised",
        "_at_eof",
        "_blocked",
        "_edge",
        "_frames",
        "_granted",
        "_held",
        "_is_lost",
        "_is_paused",
        "_is_releasing",
        "_last_tick",
        "_listener",
        "_peer",
        "_serving",
        "_task",
        "_transport",
        "_turn_bytes",
    )

    def __init__(self, edge: Edge, listener: str, advertised: Address) -> None:
        self._edge = edge
        self._listener = listener
        self._advertised = advertised
        self._frames = FrameReader(edge.buffers, edge.config.socket_request_max_bytes)
        self._peer: Peer
        self._transport: asyncio.Transport
        self._task: asyncio.Task[Reply] | None = None
        self._granted = 0
        self._held: deque[Held | Reply] = deque()
        self._blocked = NOT_ADMITTED
        self._serving = False
        self._is_paused = False
        self._is_releasing = False
        self._is_lost = False
        self._at_eof = False
        self._last_tick = edge.tick
        self._turn_bytes = 0

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        address = _address(transport.get_extra_info("peername"))
        local = _address(transport.get_extra_info("sockname"))
        if address is None or local is None:  # the client has gone already
            self._transport.abort()
            return
        host, port = self._advertised
        self._peer = Peer(
            address=address,
            local=local,
            advertised=(host or local[0], port or local[1]),
            listener=self._listener,
        )
        if not self._edge.count.may_connect(address[0]):
            log.warning("%s: refused, max.connections.per.ip is reached", self)
            self._transport.abort()
            return
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._edge.connections.add(self)
        self._edge.count.enter(address[0], self._listener, self._admit)
        self._adjust_reading()

    def get_buffer(self, sizehint: int) -> bytearray | memoryview:
        return self._frames.writable(BLOCKED_READ_BYTES if self._blocked else None)

    def buffer_updated(self, nbytes: int) -> None:
        self._last_tick = self._edge.tick
        self._frames.received(nbytes)
        self._go_on()
        if self._frames.is_at_rest:
            self._edge.short_turns = SHORT_TURNS
            return
        self._turn_bytes += nbytes
        if self._turn_bytes >= (SHORT_TURN_BYTES if self._edge.short_turns else LONG_TURN_BYTES):
            self._give_way()

    def eof_received(self) -> bool:
        """Nobody waits for the parked request any more, but what came behind it is still handled."""
        self._at_eof = True
        if self._task is not None:
            self._task.cancel()
        return self._task is not None or bool(self._held)

    def pause_writing(self) -> None:
        self._blocked |= UNREAD

    def resume_writing(self) -> None:
        self._last_tick = self._edge.tick
        self._unblock(UNREAD)

    def connection_lost(self, exc: Exception | None) -> None:
        self._blocked |= CLOSING
        if self not in self._edge.connections:
            return
        self._is_lost = True
        self._edge.count.leave(self._peer.address[0], self._listener, self._admit)
        self._frames.drop()
        self._held.clear()
        if self._task is not None:
            self._task.cancel()
        else:
            self._give_back()
            self._edge.remove(self)

    # Called by the server

    def sweep(self, ticks_allowed: int) -> None:
        """Close the connection if nothing has moved on it for so many ticks; free its buffer if for one."""
        idle_ticks = self._edge.tick - self._last_tick
        if idle_ticks > ticks_allowed:
            log.info("%s: closed after being idle", self)
            self._transport.abort()
        elif idle_ticks > 1:
            self._frames.release()

    def end(self) -> None:
        """Handle no more requests, and close when those in flight are answered and the responses sent."""
        self._blocked |= CLOSING
        if self._task is None and not self._held:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # Requests

    def _go_on(self) -> None:
        """Handle what has arrived, then leave the shared buffer to others."""
        if not self._blocked:
            self._serve()
        self._frames.settle()
        if (
            self._edge.budget.is_limited
            and not (self._blocked or self._granted)
            and self._frames.unread_bytes
        ):
            self._ask_for_budget()
        if self._blocked or self._is_paused:
            self._adjust_reading()

    def _serve(self) -> None:
        """Handle frames until there is none or something blocks; small replies leave together."""
        frames, peer, dispatch = self._frames, self._peer, self._edge.dispatch
        replies: list[bytes] = []
        self._serving = True
        try:
            while not self._blocked:
                frame = frames.next_frame()
                if frame is None:
                    break
                reply = dispatch(peer, frame)
                if isinstance(reply, Held) or (self._held and not isinstance(reply, Coroutine)):
                    self._write_small(replies)
                    self._hold(reply)
                elif isinstance(reply, bytes):
                    replies.append(reply)
                elif reply is not None:
                    self._write_small(replies)
                    if not isinstance(reply, list):
                        self._park(reply, len(frame))
                        break
                    self._write(reply)
                if self._granted or peer.mute_ms or peer.close_reason is not None:
                    self._write_small(replies)
                    self._finish_request()
        except (Refused, InvalidFrameSize) as refusal:
            self._write_small(replies)
            self._close(f"refused: {refusal}", logging.WARNING)
        self._write_small(replies)
        self._serving = False

    def _write_small(self, replies: list[bytes]) -> None:
        if replies:
            self._transport.write(replies[0] if len(replies) == 1 else b"".join(replies))
            replies.clear()

    def _write(self, reply: Reply) -> None:
        if isinstance(reply, bytes):
            self._transport.write(reply)
        elif reply is not None:
            # The last piece by itself: in Python 3.12 and 3.13 writelines() forgets to call pause_writing().
            self._transport.writelines(reply[:-1])
            self._transport.write(reply[-1])

    def _hold(self, reply: Held | Reply) -> None:
        """Send the reply when that is allowed, behind those that came before it."""
        self._held.append(reply)
        if isinstance(reply, Held):
            reply.on_release = self._release_soon
            if reply.is_released:
                self._release_soon()
        if len(self._held) >= MOST_HELD:
            self._blocked |= HELD_BACK

    def _release_soon(self) -> None:
        """A sync lets many go: they leave together when all have been told."""
        if not self._is_releasing:
            self._is_releasing = True
            asyncio.get_running_loop().call_soon(self._release)

    def _release(self) -> None:
        """Send the answers that nothing holds back any more; small ones leave together."""
        self._is_releasing = False
        held, small = self._held, []
        try:
            while held and not (isinstance(held[0], Held) and not held[0].is_released):
                first = held.popleft()
                reply = first.encode(first.response) if isinstance(first, Held) else first
                if isinstance(reply, bytes):
                    small.append(reply)
                else:
                    self._write_small(small)
                    self._write(reply)
        except Refused as refusal:
            held.clear()
            self._close(f"refused: {refusal}", logging.WARNING)
        self._write_small(small)
        self._last_tick = self._edge.tick
        if not held and self._task is None and (self._at_eof or self._blocked & CLOSING):
            self._transport.close()
        elif self._blocked & HELD_BACK and len(held) < MOST_HELD:
            self._unblock(HELD_BACK)

    def _finish_request(self) -> None:
        """The request in flight has been answered: give back its memory, do what its handler asked for."""
        self._give_back()
        peer = self._peer
        if peer.mute_ms:
            self._blocked |= MUTED
            self._edge.clock.call_later(peer.mute_ms, lambda: self._unblock(MUTED))
            peer.mute_ms = 0
        if peer.close_reason is not None:
            self._close(peer.close_reason, logging.INFO)

    def _park(self, coroutine: Coroutine[Any, Any, Reply], frame_bytes: int) -> None:
        """Let the request wait; it is resumed in a Task that ends with the connection."""
        self._blocked |= PARKED
        if not self._granted:
            self._edge.budget.take(frame_bytes)
            self._granted = frame_bytes
        self._task = asyncio.get_running_loop().create_task(coroutine)
        self._task.add_done_callback(self._resume)
        if self._at_eof:
            self._task.cancel()

    def _resume(self, task: asyncio.Task[Reply]) -> None:
        """The parked request has its reply, or was cancelled."""
        self._task = None
        if self._is_lost:
            self._give_back()
            self._edge.remove(self)
            return
        self._blocked &= ~PARKED
        self._last_tick = self._edge.tick
        if task.cancelled():
            if not self._at_eof:
                self._close("its request was cancelled", logging.WARNING)
        elif error := task.exception():
            self._close(f"refused: {error}", logging.WARNING)
        elif self._held:
            self._hold(task.result())
        else:
            self._write(task.result())
        self._finish_request()
        self._go_on()
        if self._task is None and not self._held and (self._at_eof or self._blocked & CLOSING):
            self._transport.close()

    def _close(self, reason: str, level: int) -> None:
        """Send what is due to the requests so far, then close."""
        if not self._blocked & CLOSING:
            log.log(level, "%s: closed, %s", self, reason)
            self._blocked |= CLOSING
        if not self._held:
            self._transport.close()

    # What blocks

    def _give_way(self) -> None:
        """Read on when other connections that have something to read have been read."""
        self._edge.short_turns = max(0, self._edge.short_turns - 1)
        self._turn_bytes = 0
        self._blocked |= GAVE_WAY
        self._adjust_reading()
        asyncio.get_running_loop().call_soon(self._unblock, GAVE_WAY)

    def _admit(self) -> None:
        self._unblock(NOT_ADMITTED)

    def _unblock(self, why: int) -> None:
        self._blocked &= ~why
        if not self._serving:
            self._go_on()

    def _ask_for_budget(self) -> None:
        """A request has begun to arrive: its bytes count from when its size is known."""
        size = self._frames.begun_frame_bytes
        if self._edge.budget.is_exhausted():
            self._blocked |= NO_BUDGET
            self._edge.budget.wait(lambda: self._unblock(NO_BUDGET))
        else:
            self._edge.budget.take(size)
            self._granted = size

    def _give_back(self) -> None:
        granted, self._granted = self._granted, 0
        if granted:
            self._edge.budget.give_back(granted)

    def _adjust_reading(self) -> None:
        """While something blocks, read on only a little: enough to notice when the client leaves."""
        blocked = self._blocked
        unread_bytes = self._frames.unread_bytes
        pause = bool(blocked & NEVER_READ) or (blocked != 0 and unread_bytes >= BLOCKED_READ_BYTES)
        if pause != self._is_paused and not self._transport.is_closing():
            self._is_paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def __str__(self) -> str:
        host, port = self._peer.address
        return f"connection from {host}:{port}"


def _address(name: tuple[Any, ...] | None) -> Address | None:
    """Host and port of a socket name; an IPv4 client of an IPv6 socket is shown as what it is."""
    if name is None:
        return None
    host, port = name[:2]
    return host.removeprefix("::ffff:") if "." in host else host, port
