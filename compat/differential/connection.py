"""One blocking connection to a broker: requests of kafkapy's messages, answered in order."""

import socket
from types import TracebackType
from typing import Any, Self

from kafkapy.protocol.api_key import messages_of
from kafkapy.protocol.codec import decode, encode
from kafkapy.protocol.headers import parse_response_header, request_header

SECONDS = 20.0


class Connection:
    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=SECONDS)
        self._stream = self._socket.makefile("rb")
        self._correlation_id = 0

    def ask(self, request: Any, version: int) -> Any:
        """The response. EOFError when the broker closes the connection instead."""
        self._correlation_id += 1
        frame = request_header(request.api_key, version, self._correlation_id, "differential")
        frame += encode(request, version)
        self._socket.sendall(len(frame).to_bytes(4) + frame)
        size = self._stream.read(4)
        if len(size) < 4:
            raise EOFError
        answer = self._stream.read(int.from_bytes(size))
        correlation_id, body = parse_response_header(request.api_key, version, answer)
        assert correlation_id == self._correlation_id
        _, response = messages_of(request.api_key)
        return decode(response, version, answer[body:])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()
