"""A TCP proxy between clients and a broker that can lose requests and answers.

Clients stay behind the proxy because it puts its own port in place of the broker's wherever an answer names
it.
"""

import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

PRODUCE = 0
HOST = b"127.0.0.1"


class Proxy:
    """Forwards connections to `broker` (HOST:PORT); `bootstrap` is where clients connect."""

    def __init__(self, broker: str) -> None:
        self._broker = ("127.0.0.1", int(broker.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.cuts = 0
        self._rule: Callable[[bytes], str] = lambda frame: "pass"
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._spawn(self._accept)

    def on_request(self, rule: Callable[[bytes], str]) -> None:
        """`rule` sees each request's frame (from the API key on) and says what happens to it.

        "pass"; "lose-request": cut before the broker sees it; "lose-half": cut in the middle of it;
        "lose-answer": the broker gets it whole, the client gets no answer and a cut connection.
        """
        self._rule = rule

    def cut_all(self) -> None:
        """Cut every connection there is."""
        with self._lock:
            for one in self._sockets:
                _shut(one)

    def _spawn(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                broker = socket.create_connection(self._broker)
            except OSError:
                if self._closed:
                    return
                client.close()
                continue
            for one in (client, broker):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets |= {client, broker}
            connection = Connection(self, client, broker)
            self._spawn(connection.forward_requests)
            self._spawn(connection.forward_answers)

    def decide(self, frame: bytes) -> str:
        verdict = self._rule(frame)
        if verdict != "pass":
            self.cuts += 1
        return verdict

    def with_own_port(self, answer: bytes) -> bytes:
        return answer.replace(HOST + struct.pack(">i", self._broker[1]), HOST + struct.pack(">i", self.port))

    def forget(self, one: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(one)
        one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        _shut(self._listener)
        self._listener.close()
        self.cut_all()
        for thread in self._threads:
            thread.join()


class Connection:
    """One client's connection and its twin to the broker."""

    def __init__(self, proxy: Proxy, client: socket.socket, broker: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._broker = broker
        self._drop_after: int | None = None

    def forward_requests(self) -> None:
        try:
            while frame := _frame(self._client):
                verdict = self._proxy.decide(frame[4:])
                if verdict == "lose-request":
                    break
                if verdict == "lose-half":
                    self._broker.sendall(frame[: len(frame) // 2])
                    break
                if verdict == "lose-answer":
                    self._drop_after = struct.unpack_from(">i", frame, 8)[0]
                self._broker.sendall(frame)
        except OSError:
            pass
        finally:
            _shut(self._client)
            _shut(self._broker)

    def forward_answers(self) -> None:
        try:
            while frame := _frame(self._broker):
                if self._drop_after is not None and struct.unpack_from(">i", frame, 4)[0] >= self._drop_after:
                    break
                self._client.sendall(self._proxy.with_own_port(frame))
        except OSError:
            pass
        finally:
            _shut(self._client)
            _shut(self._broker)
            self._proxy.forget(self._client)
            self._proxy.forget(self._broker)


def _frame(source: socket.socket) -> bytes:
    """The next frame with its size; empty when the connection ends."""
    size = _exactly(source, 4)
    if not size:
        return b""
    body = _exactly(source, struct.unpack(">i", size)[0])
    return size + body if body else b""


def _exactly(source: socket.socket, count: int) -> bytes:
    received = bytearray()
    while len(received) < count:
        chunk = source.recv(count - len(received))
        if not chunk:
            return b""
        received += chunk
    return bytes(received)


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
