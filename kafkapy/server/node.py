"""A broker and its network side, started and stopped together in the right order."""

import random

from kafkapy.broker.broker import Broker
from kafkapy.broker.jobs import WorkerThreads
from kafkapy.clock import Clock
from kafkapy.cluster.image import Endpoint
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.listeners import advertised_listeners
from kafkapy.handlers.registry import apis
from kafkapy.server.dispatch import Dispatcher
from kafkapy.server.listener import shown
from kafkapy.server.server import Server
from kafkapy.storage.files import FileSystem

WILDCARDS = ("", "0.0.0.0", "::")


class Node:
    """One broker that clients can connect to. Several may live in one process."""

    def __init__(self, config: BrokerConfig, files: FileSystem, clock: Clock, chance: random.Random) -> None:
        self._threads = WorkerThreads()
        self.broker = Broker(config, files, clock, chance, self._threads)
        self.server = Server(config, clock, Dispatcher(self.broker, apis()))

    async def start(self) -> None:
        """Take the ports, start the broker, and only then let clients in.

        CannotListen, or what the broker says about its log directories.
        """
        self.server.bind()
        try:
            await self.broker.start(self._endpoints())
        except BaseException:
            await self.server.stop()
            self._threads.close()
            raise
        await self.server.start()

    async def stop(self) -> None:
        """Send the clients away, then leave everything on disk as a clean start expects it."""
        await self.server.stop()
        await self.broker.stop()
        self._threads.close()

    @property
    def bootstrap(self) -> str:
        """`HOST:PORT` of the first listener, for clients on this machine."""
        listener = self.server.listeners[0]
        return shown((_reachable(listener.host), listener.port))

    def _endpoints(self) -> list[Endpoint]:
        """What the cluster's metadata says of this broker; an address left open is the one that was bound."""
        bound = {listener.name: listener for listener in self.server.listeners}
        return [
            Endpoint(name, _reachable(host or bound[name].host), port or bound[name].port, protocol.value)
            for name, host, port, protocol in advertised_listeners(self.broker.config)
        ]


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in WILDCARDS else host
