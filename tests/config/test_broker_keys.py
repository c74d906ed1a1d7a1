"""What the name of a broker key says about it."""

import pytest

from kafkapy.config.broker_keys import (
    dynamic_key,
    is_known,
    is_listener_only,
    is_per_broker,
    is_static,
    key_of,
    synonyms_of,
)


def test_keys_of_one_setting_are_synonyms_strongest_first() -> None:
    retention = ("log.retention.ms", "log.retention.minutes", "log.retention.hours")
    assert synonyms_of("log.retention.hours") == retention
    assert synonyms_of("num.partitions") == ("num.partitions",)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("listener.name.a.ssl.keystore.type", "ssl.keystore.type"),
        ("listener.name.a.scram-sha-256.sasl.jaas.config", "sasl.jaas.config"),
        ("listener.name.a.plain.connections.max.reauth.ms", "connections.max.reauth.ms"),
    ],
)
def test_a_listeners_key_is_followed_by_the_one_for_all(name: str, base: str) -> None:
    assert synonyms_of(name) == (name, base)
    key = key_of(name)
    assert key is not None
    assert key.name == base


def test_unknown_names_are_told_from_plugins_and_listeners() -> None:
    assert is_known("num.partitions")
    assert is_known("rsm.config.bucket")
    assert is_known("listener.name.a.max.connections")
    assert not is_known("listener.name.a.nonsense")
    assert not is_known("num.partition")


def test_where_a_key_may_change_while_the_broker_runs() -> None:
    assert is_static("num.partitions")
    assert not is_static("log.segment.bytes")
    assert not is_static("foo")
    assert is_listener_only("ssl.truststore.location")
    assert not is_listener_only("ssl.client.auth")
    assert is_per_broker("listeners")
    assert is_per_broker("listener.name.a.ssl.keystore.type")
    assert not is_per_broker("listener.name.a.max.connections")
    assert not is_per_broker("log.segment.bytes")


def test_only_dynamic_keys_are_checked_when_they_are_set_dynamically() -> None:
    assert dynamic_key("num.partitions") is None
    assert dynamic_key("foo") is None
    assert dynamic_key("log.segment.bytes") is not None
    assert dynamic_key("listener.name.a.ssl.client.auth") is not None
