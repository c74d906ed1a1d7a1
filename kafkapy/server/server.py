"""The network side of a broker: its listeners, and all its connections from the first to the last."""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from math import ceil

from kafkapy.clock import Clock, Timer
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.listeners import Listener, advertised_listeners, broker_listeners
from kafkapy.handlers.context import Address
from kafkapy.server.connection import Connection, Dispatch, Edge
from kafkapy.server.listener import bind, shown

log = logging.getLogger(__name__)

BACKLOG = 4096
THE_ONE_CONNECTED_TO = ("", 0)
BUFFER_SIZES = (
    (socket.SO_SNDBUF, "socket.send.buffer.bytes"),
    (socket.SO_RCVBUF, "socket.receive.buffer.bytes"),
)
LONGEST_SWEEP_MS = 5_000
SWEEPS_PER_IDLE_TIME = 10
GRACE_SECONDS = 0.1


class Server:
    """Listens for clients and answers them with `dispatch`.

    `bind` takes the ports, so that they are known, and refused, early; clients are let in by `start`, when
    the broker can serve them; `stop` sends them away again.
    """

    def __init__(self, config: BrokerConfig, clock: Clock, dispatch: Dispatch) -> None:
        self._edge = Edge(config, clock, dispatch)
        self._advertised: dict[str, Address] = {}
        if config.advertised_listeners is not None:
            self._advertised = {name: (host, port) for name, host, port, _ in advertised_listeners(config)}
        self._sockets: list[tuple[str, socket.socket]] = []
        self._servers: list[asyncio.Server] = []
        self._sweep: Timer | None = None
        self.listeners: list[Listener] = []

    def bind(self) -> None:
        """Take the addresses; `listeners` then tells the ports. CannotListen: none is taken."""
        try:
            for listener in broker_listeners(self._edge.config):
                sockets = bind(listener)
                for sock in sockets:
                    self._set_buffer_sizes(sock)
                self._sockets += [(listener.name, sock) for sock in sockets]
                self.listeners.append(listener._replace(port=sockets[0].getsockname()[1]))
        except BaseException:
            self._close_sockets()
            raise

    async def start(self) -> None:
        """Let clients in."""
        loop = asyncio.get_running_loop()
        backlog = max(BACKLOG, self._edge.config.socket_listen_backlog_size)
        for name, sock in self._sockets:
            self._servers.append(await loop.create_server(self._accept(name), sock=sock, backlog=backlog))
        self._sockets = []
        self._start_sweep()
        log.info(
            "listening on %s",
            ", ".join(f"{name}://{shown((host, port))}" for name, host, port, _ in self.listeners),
        )

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Let nobody in, read no more requests, and end every connection.

        Requests that wait get `grace_seconds` to be answered; those that are still waiting then are
        cancelled.
        """
        self._close_sockets()
        for server in self._servers:
            server.close()
        if self._sweep is not None:
            self._sweep.cancel()
        edge = self._edge
        if edge.connections:
            edge.when_empty = asyncio.get_running_loop().create_future()
            for connection in list(edge.connections):
                connection.end()
            await asyncio.wait([edge.when_empty], timeout=grace_seconds)
            for connection in list(edge.connections):
                connection.abort()
            await edge.when_empty

    @property
    def connection_count(self) -> int:
        """How many clients are connected."""
        return len(self._edge.connections)

    def _set_buffer_sizes(self, sock: socket.socket) -> None:
        """For accepted sockets. Only what is set counts; Kafka's defaults would slow clients down."""
        for option, key in BUFFER_SIZES:
            size = self._edge.config.value_of(key)
            if self._edge.config.is_set(key) and isinstance(size, int) and size > 0:
                sock.setsockopt(socket.SOL_SOCKET, option, size)

    def _accept(self, name: str) -> Callable[[], Connection]:
        advertised = self._advertised.get(name, THE_ONE_CONNECTED_TO)
        return lambda: Connection(self._edge, name, advertised)

    def _start_sweep(self) -> None:
        """One timer for all connections: an idle one gives its memory back, and is closed in the end."""
        idle_ms = self._edge.config.connections_max_idle_ms
        period_ms = min(
            LONGEST_SWEEP_MS, max(1, idle_ms // SWEEPS_PER_IDLE_TIME) if idle_ms >= 0 else sys.maxsize
        )
        ticks_allowed = ceil(idle_ms / period_ms) if idle_ms >= 0 else sys.maxsize

        def sweep() -> None:
            self._edge.tick += 1
            for connection in list(self._edge.connections):
                connection.sweep(ticks_allowed)
            self._sweep = self._edge.clock.call_later(period_ms, sweep)

        self._sweep = self._edge.clock.call_later(period_ms, sweep)

    def _close_sockets(self) -> None:
        for _, sock in self._sockets:
            sock.close()
        self._sockets = []
