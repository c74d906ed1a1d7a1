"""What a handler may touch: the broker, the request's header, and the connection it came over;
and a response that has to wait.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from kafkapy.config.listeners import SecurityProtocol
from kafkapy.security.principals import ANONYMOUS, Principal

if TYPE_CHECKING:
    from kafkapy.broker.broker import Broker

Address = tuple[str, int]


@dataclass(slots=True, kw_only=True)
class Peer:
    """One client connection, as handlers see it.

    `advertised` is what clients of this listener are told to connect to: the address that this client
    connected to, unless `advertised.listeners` names another.
    """

    address: Address
    local: Address
    advertised: Address
    listener: str
    security_protocol: SecurityProtocol = SecurityProtocol.PLAINTEXT
    principal: Principal = ANONYMOUS
    client_software_name: str = "unknown"
    client_software_version: str = "unknown"
    close_reason: str | None = None
    mute_ms: int = 0

    @property
    def client_host(self) -> str:
        """The client's address as Kafka shows it in group descriptions: `/127.0.0.1`, `/0:0:0:0:0:0:0:1`."""
        host = self.address[0]
        if ":" in host:
            words = ip_address(host.partition("%")[0]).exploded.split(":")
            host = ":".join(f"{int(word, 16):x}" for word in words)
        return "/" + host

    def close(self, reason: str) -> None:
        """Close the connection when the response to the current request, if it gets one, has gone out."""
        self.close_reason = reason

    def mute(self, for_ms: int) -> None:
        """Answer the current request now, and handle no other for a while: throttling as of KIP-219."""
        self.mute_ms = for_ms


class RequestContext:
    """One request: what its header says, who sent it, and the broker that serves it."""

    __slots__ = ("api_key", "api_version", "broker", "client_id", "peer")

    def __init__(self, broker: "Broker", peer: Peer, api_key: int, api_version: int, client_id: str) -> None:
        self.broker = broker
        self.peer = peer
        self.api_key = api_key
        self.api_version = api_version
        self.client_id = client_id

    @property
    def client_host(self) -> str:
        """`/127.0.0.1`: as groups describe their members."""
        return self.peer.client_host

    @property
    def listener(self) -> str:
        """The name of the listener that the client connected to."""
        return self.peer.listener

    @property
    def security_protocol(self) -> SecurityProtocol:
        """How that listener speaks."""
        return self.peer.security_protocol

    @property
    def principal(self) -> Principal:
        """Who the client is."""
        return self.peer.principal

    @property
    def local(self) -> Address:
        """The address that the client connected to."""
        return self.peer.local

    @property
    def advertised(self) -> Address:
        """The address that clients of this listener are told to use."""
        return self.peer.advertised

    @property
    def now_ms(self) -> int:
        """The wall clock, in milliseconds since the epoch."""
        return self.broker.clock.now_ms()


class Held:
    """A response that is complete but must not be given yet; meanwhile the next request may be handled.

    It keeps nothing of its own request, whose records may be many.
    """

    __slots__ = ("encode", "is_released", "on_release", "response")

    def __init__(self, response: Any) -> None:
        self.response = response
        self.is_released = False
        self.on_release: Callable[[], object] = lambda: None
        """Called at the release. Who sets it looks first whether that has been."""
        self.encode: Callable[[Any], Any]
        """From the response to what is sent; set by whoever sends it."""

    def release(self) -> None:
        """It may be given now; a second time is harmless."""
        if not self.is_released:
            self.is_released = True
            self.on_release()

    async def released(self) -> Any:
        """The response, once it may be given."""
        if not self.is_released:
            waiting = asyncio.get_running_loop().create_future()
            self.on_release = lambda: None if waiting.done() else waiting.set_result(None)
            await waiting
        return self.response
