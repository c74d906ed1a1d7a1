"""One connection on which requests are answered without the retries of a client library: every error is seen.

The messages are kafka-python's, so that nothing here depends on the broker's own codec.
"""

import socket
import struct
import time
from types import TracebackType
from typing import Self, TypeVar

from kafka.protocol.api_message import ApiMessage
from kafka.record.memory_records import MemoryRecordsBuilder

Answer = TypeVar("Answer")
SECONDS = 20.0


class RawConnection:
    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=SECONDS)
        self._stream = self._socket.makefile("rb")
        self._correlation_id = 0

    def ask(self, request: ApiMessage, answer: type[Answer], version: int) -> Answer:
        """Send it and wait for the answer, of the class that belongs to the request."""
        self._correlation_id += 1
        request.API_VERSION = version
        request.with_header(correlation_id=self._correlation_id, client_id="raw")
        self._socket.sendall(request.encode(header=True, framed=True))
        (size,) = struct.unpack(">i", self._stream.read(4))
        decoded: Answer = answer.decode(self._stream.read(size), version=version, header=True)
        assert decoded.header.correlation_id == self._correlation_id
        return decoded

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def batch(*values: bytes) -> bytes:
    """A record batch of these values, without keys and compression."""
    now_ms = int(time.time() * 1000)
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=10_000_000)
    for value in values:
        builder.append(timestamp=now_ms, key=None, value=value)
    builder.close()
    return bytes(builder.buffer())
