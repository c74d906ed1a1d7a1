"""Connections that keep a number of requests in flight, and what the broker's process used meanwhile.

Blocking sockets in turn: an answer is read, the next request sent, then the next connection. While one
connection is waited for, the others still have requests in flight, so the broker is never idle.
"""

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from io import BufferedReader
from math import inf
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, cast

SECONDS = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


class Broker(NamedTuple):
    """What is measured: where it listens and, when it runs on this machine, its process."""

    host: str
    port: int
    pid: int | None


class Usage(NamedTuple):
    """CPU seconds so far, and memory in bytes: resident, and the anonymous part of it."""

    cpu_s: float
    resident_bytes: int
    anonymous_bytes: int


def usage(broker: Broker) -> Usage | None:
    if broker.pid is None:
        return None
    fields = Path(f"/proc/{broker.pid}/stat").read_text().rpartition(")")[2].split()
    status = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{broker.pid}/status").read_text().splitlines()
        if ":" in line
    )
    kilobytes = {name: int(status[name].split()[0]) for name in ("VmRSS", "RssAnon")}
    cpu_s = (int(fields[11]) + int(fields[12])) / TICKS
    return Usage(cpu_s, kilobytes["VmRSS"] * 1024, kilobytes["RssAnon"] * 1024)


def connected(broker: Broker, seconds: float) -> socket.socket:
    """A socket to the broker; nothing on it takes longer than so many seconds."""
    made = socket.create_connection((broker.host, broker.port), timeout=seconds)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def fill(view: memoryview, read_into: Callable[[memoryview], int]) -> None:
    """Read until the view is full. ConnectionError: the broker has closed."""
    filled = 0
    while filled < len(view):
        count = read_into(view[filled:])
        if not count:
            raise ConnectionError("the broker closed the connection")
        filled += count


class Connection:
    """One connection; answers come in the order of the requests."""

    def __init__(self, broker: Broker) -> None:
        self._socket = connected(broker, SECONDS)
        self._stream = cast(BufferedReader, self._socket.makefile("rb", buffering=1 << 16))
        self._answer = bytearray(1 << 16)

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def answer(self) -> memoryview:
        """The next answer without its size; the view is good until the next call."""
        (size,) = struct.unpack(">i", self._read(4))
        return self._read(size)

    def ask(self, request: bytes) -> memoryview:
        self.send(request)
        return self.answer()

    def fileno(self) -> int:
        return self._socket.fileno()

    def _read(self, size: int) -> memoryview:
        if size > len(self._answer):
            self._answer = bytearray(size)
        view = memoryview(self._answer)[:size]
        fill(view, self._stream.readinto)
        return view

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Flow(NamedTuple):
    """What one connection does: its next request, and what an answer is worth (this is summed up)."""

    next_request: Callable[[], bytes]
    value_of: Callable[[memoryview], int]


class Pushed(NamedTuple):
    """Answers, what they were worth, and how long it took."""

    answers: int
    value: int
    seconds: float
    cpu_s: float


def push(broker: Broker, flows: Sequence[Flow], in_flight: int, seconds: float, most: float = inf) -> Pushed:
    """Keep `in_flight` requests of every flow under way for so long, but stop when answers are worth `most`;
    then wait for the rest.
    """
    connections = [Connection(broker) for _ in flows]
    before = usage(broker)
    started = time.perf_counter()
    answers = value = 0
    for connection, flow in zip(connections, flows, strict=True):
        for _ in range(in_flight):
            connection.send(flow.next_request())
    pairs = list(zip(connections, flows, strict=True))
    while time.perf_counter() - started < seconds and value < most:
        for connection, flow in pairs:
            value += flow.value_of(connection.answer())
            connection.send(flow.next_request())
        answers += len(pairs)
    for connection, flow in pairs:
        for _ in range(in_flight):
            value += flow.value_of(connection.answer())
        answers += in_flight
    elapsed = time.perf_counter() - started
    after = usage(broker)
    close_all(connections)
    cpu_s = after.cpu_s - before.cpu_s if before and after else float("nan")
    return Pushed(answers, value, elapsed, cpu_s)


def close_all(connections: Iterable[Connection]) -> None:
    for connection in connections:
        connection.close()


def percentile(values: Sequence[float], fraction: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))]
