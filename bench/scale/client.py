"""Connections by the thousand, and requests that are made from the declarations of the protocol.

The load of these measurements is prepared before the clock runs or is small, so that it may share the codecs
with the broker; what has to be fast comes from `bench.frames`.
"""

import contextlib
import struct
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from bench.load import Broker, Connection, connected, fill
from kafkapy.protocol.codec import decode, encode
from kafkapy.protocol.headers import parse_response_header, request_header

M = TypeVar("M")
SECONDS = 120.0


class Client(Connection):
    """A connection without buffers of its own, since there are thousands."""

    def __init__(self, broker: Broker) -> None:
        self._socket = connected(broker, SECONDS)

    def close(self) -> None:
        self._socket.close()

    def _read(self, size: int) -> memoryview:
        view = memoryview(bytearray(size))
        fill(view, self._socket.recv_into)
        return view


@contextlib.contextmanager
def clients(broker: Broker, count: int) -> Iterator[list[Client]]:
    opened: list[Client] = []
    try:
        while len(opened) < count:
            opened.append(Client(broker))
        yield opened
    finally:
        for client in opened:
            client.close()


def ask_all(asking: Sequence[Client], requests: Sequence[bytes]) -> list[memoryview]:
    """Send one request over each connection, then read the answers."""
    for client, request in zip(asking, requests, strict=True):
        client.send(request)
    return [client.answer() for client in asking]


def framed(message: Any, version: int) -> bytes:
    """A request with its size in front."""
    frame = request_header(message.api_key, version, 1, "bench") + encode(message, version)
    return struct.pack(">i", len(frame)) + frame


def parsed(response: type[M], version: int, answer: memoryview) -> M:
    """The answer without its size; RuntimeError if it carries an error as a whole."""
    api_key: int = response.api_key  # type: ignore[attr-defined]
    _, body = parse_response_header(api_key, version, answer)
    message = decode(response, version, answer[body:])
    if error_code := getattr(message, "error_code", 0):
        raise RuntimeError(f"{response.__name__}: error {error_code}")
    return message
