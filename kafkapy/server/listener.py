"""The sockets that a listener stands for."""

import errno
import socket
import sys

from kafkapy.config.listeners import Listener
from kafkapy.handlers.context import Address

NOT_OF_THIS_MACHINE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class CannotListen(Exception):
    """The address is taken, or not of this machine."""


def shown(address: Address) -> str:
    """`127.0.0.1:9092`, `[::1]:9092`."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def bind(listener: Listener) -> list[socket.socket]:
    """Sockets on every address that the listener's host stands for, with one port. They do not listen yet.

    CannotListen.
    """
    bound: list[socket.socket] = []
    port = listener.port
    failure: OSError | None = None
    try:
        for family, host in _addresses(listener):
            try:
                bound.append(_bind_one(family, host, port))
            except OSError as error:
                if error.errno not in NOT_OF_THIS_MACHINE:
                    raise
                failure = error
            else:
                port = bound[0].getsockname()[1]
        if failure is not None and not bound:
            raise failure
    except (OSError, OverflowError) as error:
        for sock in bound:
            sock.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotListen(f"cannot listen on {shown((listener.host, listener.port))}: {reason}") from None
    return bound


def _addresses(listener: Listener) -> list[tuple[int, str]]:
    if listener.host in ("", "::") and socket.has_dualstack_ipv6():
        return [(socket.AF_INET6, "::")]
    found = socket.getaddrinfo(
        listener.host or "0.0.0.0", listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bind_one(family: int, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":  # where SO_REUSEADDR would let two brokers share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
        sock.bind((host, port))
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock
