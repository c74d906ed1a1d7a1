"""Whole messages to and from bytes, where speed does not matter: tests, tools, small blobs."""

from typing import Any, TypeVar

from kafkapy.protocol.codegen import decoder, encoder
from kafkapy.protocol.primitives import Buffer

M = TypeVar("M")


def encode(message: Any, version: int) -> bytes:
    """The bytes of `message` in `version`; ValueError if that version cannot carry it."""
    return b"".join(encoder(type(message), version)(message))


def decode(cls: type[M], version: int, buffer: Buffer) -> M:
    """The message at the start of `buffer`; bytes behind it
    are ignored. MalformedMessage if it does not parse.
    """
    message, _ = decoder(cls, version)(buffer)
    return message
