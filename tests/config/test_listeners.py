"""Listeners are read as Kafka reads them."""

import pytest

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import ConfigError
from kafkapy.config.listeners import (
    Listener,
    SecurityProtocol,
    advertised_listeners,
    broker_listeners,
    controller_listeners,
    inter_broker_listener,
    security_protocols,
)

PLAINTEXT, SSL = SecurityProtocol.PLAINTEXT, SecurityProtocol.SSL


def load(**properties: str) -> BrokerConfig:
    return BrokerConfig.load({name.replace("_", "."): text for name, text in properties.items()})


def test_the_default_is_every_interface_on_port_9092() -> None:
    assert broker_listeners(load()) == [Listener("PLAINTEXT", "", 9092, PLAINTEXT)]


def test_listeners_of_the_controller_are_told_apart() -> None:
    config = load(listeners="PLAINTEXT://127.0.0.1:1,CONTROLLER://:2")
    assert broker_listeners(config) == [Listener("PLAINTEXT", "127.0.0.1", 1, PLAINTEXT)]
    assert controller_listeners(config) == [Listener("CONTROLLER", "", 2, PLAINTEXT)]


def test_ipv6_stands_in_brackets_and_port_0_is_any() -> None:
    config = load(listeners="plaintext://[::1]:0, ssl://host.name:2")
    assert broker_listeners(config) == [
        Listener("PLAINTEXT", "::1", 0, PLAINTEXT),
        Listener("SSL", "host.name", 2, SSL),
    ]


def test_names_are_mapped_to_protocols() -> None:
    config = load(listeners="IN://:1,OUT://:2", listener_security_protocol_map="IN:PLAINTEXT, out:sasl_ssl")
    assert [listener.protocol for listener in broker_listeners(config)] == [
        PLAINTEXT,
        SecurityProtocol.SASL_SSL,
    ]


def test_the_controller_is_plaintext_only_while_no_other_protocol_is_used() -> None:
    assert security_protocols(load())["CONTROLLER"] is PLAINTEXT
    assert "CONTROLLER" not in security_protocols(load(listeners="SSL://:1"))


def test_what_is_advertised_is_what_is_set_or_the_listeners() -> None:
    assert advertised_listeners(load()) == broker_listeners(load())
    config = load(advertised_listeners="PLAINTEXT://kafka.example:29092")
    assert advertised_listeners(config) == [Listener("PLAINTEXT", "kafka.example", 29092, PLAINTEXT)]


def test_two_advertised_listeners_may_share_a_port() -> None:
    config = load(listeners="PLAINTEXT://:1,SSL://:2", advertised_listeners="PLAINTEXT://a:5,SSL://b:5")
    assert [listener.port for listener in advertised_listeners(config)] == [5, 5]


def test_protocols_know_what_they_use() -> None:
    assert [protocol.uses_tls for protocol in SecurityProtocol] == [False, True, False, True]
    assert [protocol.uses_sasl for protocol in SecurityProtocol] == [False, False, True, True]


@pytest.mark.parametrize(
    ("listeners", "message"),
    [
        ("PLAINTEXT", "Unable to parse PLAINTEXT to a broker endpoint"),
        ("FOO://:1", "No security protocol defined for listener FOO"),
        (
            "PLAINTEXT://:1,PLAINTEXT://:2",
            "Each listener must have a different name, listeners: [PLAINTEXT://:1, PLAINTEXT://:2]",
        ),
        (
            "PLAINTEXT://:1,SSL://:1",
            "Each listener must have a different port, listeners: [PLAINTEXT://:1, SSL://:1]",
        ),
        (
            "PLAINTEXT://1.1.1.1:1,SSL://2.2.2.2:1",
            "If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, "
            "listeners: "
            "[PLAINTEXT://1.1.1.1:1, SSL://2.2.2.2:1], port: 1",
        ),
        (
            "PLAINTEXT://1.1.1.1:1,SSL://[::1]:1,SASL_SSL://[::2]:1",
            "Each listener must have a different port unless exactly one listener has an IPv4 address and "
            "the "
            "other IPv6 address, listeners: [PLAINTEXT://1.1.1.1:1, SSL://[::1]:1, SASL_SSL://[::2]:1], "
            "port: 1",
        ),
    ],
)
def test_bad_listeners_are_refused(listeners: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(listeners=listeners)
    shown = ", ".join(listeners.split(","))
    assert str(caught.value) == f"Error creating broker listeners from '[{shown}]': {message}"


def test_one_ipv4_and_one_ipv6_listener_may_share_a_port() -> None:
    assert len(broker_listeners(load(listeners="PLAINTEXT://1.1.1.1:1,SSL://[::1]:1"))) == 2


def test_brokers_talk_by_name_or_by_protocol_but_not_by_both() -> None:
    assert inter_broker_listener(load()) == "PLAINTEXT"
    assert inter_broker_listener(load(inter_broker_listener_name="plaintext")) == "PLAINTEXT"
    with pytest.raises(ConfigError, match="Only one of"):
        load(inter_broker_listener_name="PLAINTEXT", security_inter_broker_protocol="PLAINTEXT")


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(ConfigError, match="Invalid security protocol `TLS` defined in"):
        load(listener_security_protocol_map="PLAINTEXT:TLS")
