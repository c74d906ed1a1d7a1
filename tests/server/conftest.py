"""Every test of the network side runs on each event loop that the broker may run on."""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest

from kafkapy.clock import Clock, LoopClock
from kafkapy.config.broker import BrokerConfig
from kafkapy.server.server import Server
from tests.harness.edge import RawClient, Script


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if importlib.util.find_spec("uvloop"):
        import uvloop

        factories["uvloop"] = uvloop.new_event_loop
    return factories


@pytest.fixture
def script() -> Script:
    """What the server does with each request."""
    return Script()


StartServer = Callable[..., Awaitable[Server]]


@pytest.fixture
async def serve(script: Script) -> AsyncIterator[StartServer]:
    """Start scripted servers, with settings such as `max_connections=2`; the end of the test stops them."""
    servers: list[Server] = []

    async def start(*, clock: Clock | None = None, **settings: object) -> Server:
        texts = {name.replace("_", "."): str(value) for name, value in settings.items()}
        config = BrokerConfig.load({"listeners": "PLAINTEXT://127.0.0.1:0", **texts})
        server = Server(config, clock or LoopClock(), script)
        servers.append(server)
        server.bind()
        await server.start()
        return server

    yield start
    for server in servers:
        await server.stop(grace_seconds=0)
        assert server.connection_count == 0


Connect = Callable[..., Awaitable[RawClient]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connect raw clients; they are closed when the test ends."""
    clients: list[RawClient] = []

    async def connect_to(server: Server, **options: Any) -> RawClient:
        listener = server.listeners[0]
        clients.append(await RawClient.connect(listener.host, listener.port, **options))
        return clients[-1]

    yield connect_to
    for client in clients:
        client.close()
