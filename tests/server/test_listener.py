"""Which sockets a listener opens."""

import socket

import pytest

from kafkapy.config.listeners import Listener, SecurityProtocol
from kafkapy.server.listener import CannotListen, bind, shown


def bound_addresses(host: str, port: int = 0) -> list[tuple[str, int]]:
    sockets = bind(Listener("PLAINTEXT", host, port, SecurityProtocol.PLAINTEXT))
    try:
        return [sock.getsockname()[:2] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()


def test_port_zero_takes_a_free_port() -> None:
    ((host, port),) = bound_addresses("127.0.0.1")
    assert host == "127.0.0.1"
    assert port > 0


def test_a_name_with_several_addresses_has_one_port() -> None:
    addresses = bound_addresses("localhost")
    assert ("127.0.0.1", addresses[0][1]) in addresses
    assert len({port for _, port in addresses}) == 1


def test_an_empty_host_stands_for_every_interface_of_both_families() -> None:
    sockets = bind(Listener("PLAINTEXT", "", 0, SecurityProtocol.PLAINTEXT))
    try:
        sockets[0].listen()
        port = sockets[0].getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()
        if socket.has_dualstack_ipv6():
            socket.create_connection(("::1", port)).close()
    finally:
        for sock in sockets:
            sock.close()


def test_the_ipv4_wildcard_stays_ipv4() -> None:
    ((host, _),) = bound_addresses("0.0.0.0")
    assert host == "0.0.0.0"


def test_an_address_of_another_machine_is_refused_in_one_line() -> None:
    with pytest.raises(CannotListen, match=r"cannot listen on 192\.0\.2\.1:0: "):
        bound_addresses("192.0.2.1")


def test_a_port_that_is_none_is_refused_in_one_line() -> None:
    with pytest.raises(CannotListen, match="port must be 0-65535"):
        bound_addresses("127.0.0.1", 65_536)


def test_an_unknown_host_is_refused_in_one_line() -> None:
    with pytest.raises(CannotListen, match=r"cannot listen on no-such-host\.invalid:9092: "):
        bound_addresses("no-such-host.invalid", 9092)


def test_addresses_are_shown_as_clients_write_them() -> None:
    assert shown(("127.0.0.1", 9092)) == "127.0.0.1:9092"
    assert shown(("::1", 9092)) == "[::1]:9092"
