"""What a server allows: numbers of connections, and bytes of requests that have not been answered."""

from collections import Counter, deque
from collections.abc import Callable
from functools import lru_cache

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.listeners import pairs_of


class ByteBudget:
    """Bytes of requests in memory, over all connections (`queued.max.request.bytes`; not positive: no limit).

    As in Kafka a request may begin while any byte is left, so the limit can be passed by one request, and
    one that has begun can always go on. The others wait, in the order in which they asked.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.is_limited = limit_bytes > 0
        self._left = limit_bytes
        self._waiting: deque[Callable[[], object]] = deque()

    def is_exhausted(self) -> bool:
        return self.is_limited and self._left <= 0

    def take(self, size: int) -> None:
        """A request of `size` bytes is in memory, or about to be."""
        self._left -= size

    def give_back(self, size: int) -> None:
        """It has been answered or dropped."""
        self._left += size
        while self._waiting and not self.is_exhausted():
            self._waiting.popleft()()

    def wait(self, when_possible: Callable[[], object]) -> None:
        """Have `when_possible` called once, when a request may begin again."""
        self._waiting.append(when_possible)


class ConnectionCount:
    """Who is connected, and who may be.

    Beyond `max.connections`, of the broker or of a listener, Kafka leaves new connections in the accept
    queue; here they are accepted and wait, in order, until another one ends. Beyond the limit of one
    address they are closed.
    """

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._by_host: Counter[str] = Counter()
        self._served: Counter[str] = Counter()
        self._waiting: list[tuple[str, Callable[[], object]]] = []

    def may_connect(self, host: str) -> bool:
        """Whether one more connection from `host` is within the limit of that address."""
        overrides = _overrides(self._config.max_connections_per_ip_overrides)
        return self._by_host[host] < int(overrides.get(host, self._config.max_connections_per_ip))

    def enter(self, host: str, listener: str, serve: Callable[[], object]) -> None:
        """Count a connection; `serve` is called as soon as there is a place for it, perhaps now."""
        self._by_host[host] += 1
        self._waiting.append((listener, serve))
        self._fill_places()

    def leave(self, host: str, listener: str, serve: Callable[[], object]) -> None:
        """The connection that entered with these arguments has ended; another one may get its place."""
        self._by_host[host] -= 1
        if not self._by_host[host]:
            del self._by_host[host]
        if (listener, serve) in self._waiting:
            self._waiting.remove((listener, serve))
        else:
            self._served[listener] -= 1
            self._fill_places()

    def _fill_places(self) -> None:
        for entry in list(self._waiting):
            listener, serve = entry
            if self._served.total() >= self._config.max_connections:
                return
            if self._served[listener] < self._limit_of(listener):
                self._waiting.remove(entry)
                self._served[listener] += 1
                serve()

    def _limit_of(self, listener: str) -> int:
        text = self._config.texts.get(f"listener.name.{listener.lower()}.max.connections")
        return self._config.max_connections if text is None else int(text)


@lru_cache(maxsize=1)
def _overrides(text: str) -> dict[str, str]:
    return pairs_of("max.connections.per.ip.overrides", text)
