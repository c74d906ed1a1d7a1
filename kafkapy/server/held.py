"""Answers that are held back: their requests have done all they do, so the next ones may be handled."""

import asyncio
from collections.abc import Callable
from typing import Any

from kafkapy.server.frames import Reply


class Held:
    """A reply that can be made when `response` is done."""

    __slots__ = ("_encode", "response")

    def __init__(
        self, response: "asyncio.Future[Any]", encode: Callable[["asyncio.Future[Any]"], Reply]
    ) -> None:
        self.response = response
        self._encode = encode

    def reply(self) -> Reply:
        """The reply, once `response` is done. Refused."""
        return self._encode(self.response)
