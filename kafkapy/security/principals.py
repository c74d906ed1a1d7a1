"""Who a client is, once its connection has said so."""

from typing import NamedTuple


class Principal(NamedTuple):
    """A user, as Kafka writes it: `User:alice` has kind `User`."""

    kind: str
    name: str


USER = "User"
ANONYMOUS = Principal(USER, "ANONYMOUS")
"""Whoever need not say it, as on PLAINTEXT listeners. Source: `KafkaPrincipal.ANONYMOUS`."""
