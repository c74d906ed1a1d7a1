"""A whole broker in memory, with a clock that stands still: requests in, responses out, no sockets."""

import asyncio
import random
from typing import Any

from kafkapy.broker.broker import Broker
from kafkapy.broker.jobs import Threads, WorkerThreads
from kafkapy.cluster.image import Endpoint
from kafkapy.config.broker import BrokerConfig
from kafkapy.handlers.registry import apis
from kafkapy.protocol.codec import decode, encode
from kafkapy.protocol.headers import parse_response_header, request_header
from kafkapy.server.connection import Connection, Edge
from kafkapy.server.dispatch import Dispatcher
from kafkapy.storage.files import FileSystem
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from kafkapy.testing.virtual_clock import VirtualClock
from tests.harness.memory_transport import MemoryTransport

ADDRESS = ("127.0.0.1", 9092)
THREADS = WorkerThreads()
"""Of all brokers: a test that kills one leaves none behind."""


class Client:
    """One connection: requests are answered in order."""

    def __init__(self, transport: MemoryTransport, client_id: str) -> None:
        self._transport = transport
        self._client_id = client_id
        self._correlation_id = 0
        self._answered = 0

    def write(self, request: Any, version: int) -> None:
        """Send a request without waiting for its answer."""
        self._correlation_id += 1
        header = request_header(request.api_key, version, self._correlation_id, self._client_id)
        self._transport.send(header + encode(request, version))

    async def send(self, request: Any, version: int | None = None) -> Any:
        """The response to `request`, sent in `version` or the highest there is. ConnectionClosed."""
        api = apis()[request.api_key]
        version = api.versions[-1] if version is None else version
        self.write(request, version)
        response = await self.receive(api.key, version)
        assert self._answered == self._correlation_id
        return response

    async def receive(self, api_key: int, version: int) -> Any:
        """The next response; requests without one are skipped. ConnectionClosed."""
        frame = await self._transport.receive()
        correlation_id, body = parse_response_header(api_key, version, frame)
        assert self._answered < correlation_id <= self._correlation_id
        self._answered = correlation_id
        return decode(apis()[api_key].response, version, frame[body:])

    def disconnect(self) -> None:
        """Go away, without waiting for anything."""
        self._transport.disconnect()


class MemoryBroker:
    """`send` a request, `advance` the clock, `restart` on what was written; nothing happens meanwhile.

    Settings are written with "_" for "."; `files`, `clock`, `chance` and `threads` replace those of its own.
    """

    def __init__(
        self,
        *,
        files: FileSystem | None = None,
        clock: VirtualClock | None = None,
        chance: random.Random | None = None,
        threads: Threads = THREADS,
        **settings: object,
    ) -> None:
        self.files: Any = MemoryFiles() if files is None else files
        self.clock = VirtualClock() if clock is None else clock
        self.settings = {name.replace("_", "."): str(value) for name, value in settings.items()}
        self._chance = random.Random(0) if chance is None else chance
        self._threads = threads
        self._make()

    def _make(self) -> None:
        config = BrokerConfig.load(
            {"listeners": "PLAINTEXT://127.0.0.1:9092", "log.dirs": "/data", **self.settings}
        )
        self.broker = Broker(config, self.files, self.clock, self._chance, self._threads)
        self.edge = Edge(config, self.clock, Dispatcher(self.broker, apis()))

    async def start(self) -> None:
        """Ready when this returns: coordinators that load much take turns, while the clock stands still.

        PowerCut if that is when the power fails, even if only a thread has met it.
        """
        starting = asyncio.ensure_future(self.broker.start([Endpoint("PLAINTEXT", *ADDRESS, 0)]))
        try:
            while not starting.done():
                await asyncio.sleep(0)
                self.clock.advance(0)
                if isinstance(self.files, MemoryFiles) and self.files.is_down:
                    raise PowerCut
        finally:
            starting.cancel()
        await starting

    async def stop(self) -> None:
        """Disconnect everybody, then a clean stop."""
        for connection in list(self.edge.connections):
            connection.abort()
        if self.edge.connections:
            self.edge.when_empty = asyncio.get_running_loop().create_future()
            await self.edge.when_empty
        await self.broker.stop()

    async def restart(self, *, after_ms: float = 0) -> None:
        """A clean stop and, some time later, a start on the same files."""
        await self.stop()
        self.clock.advance(after_ms)
        await self.begin_anew()

    async def begin_anew(self) -> None:
        """Another broker starts on what a stopped one has left."""
        self._make()
        await self.start()

    async def kill(self, *, dies_at: int | None = None) -> None:
        """The process dies where it is, and another starts on what it had written. `dies_at`: that one is
        stopped, with PowerCut, at its n-th change of a file.
        """
        self.files.kill()
        if dies_at is not None:
            self.files.cut_at = self.files.calls + dies_at
        self.clock = VirtualClock(self.clock.now_ms())
        self._make()
        await self.start()

    def connect(self, client_id: str = "test") -> Client:
        """A new connection."""
        return Client(self.open(), client_id)

    def open(self) -> MemoryTransport:
        """A new connection, for those who make their own frames."""
        return MemoryTransport(Connection(self.edge, "PLAINTEXT", ("", 0)), ADDRESS)

    async def send(self, request: Any, version: int | None = None, *, client_id: str = "test") -> Any:
        """The response to a request over a connection of its own; in the highest version if none is given."""
        client = self.connect(client_id)
        try:
            return await client.send(request, version)
        finally:
            client.disconnect()

    def begin(
        self, request: Any, version: int | None = None, *, client_id: str = "test"
    ) -> "asyncio.Task[Any]":
        """As `send`, for a request that will wait."""
        return asyncio.ensure_future(self.send(request, version, client_id=client_id))

    async def advance(self, by_ms: float) -> None:
        """Let time pass, and let whoever it wakes run."""
        self.clock.advance(by_ms)
        for _ in range(10):
            await asyncio.sleep(0)
