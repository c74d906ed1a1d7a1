"""Descriptions say where each value comes from, with Kafka's quirks (all of it seen on Kafka 4.3)."""

from collections.abc import Sequence

import pytest

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.describe import (
    ConfigSource,
    Entry,
    describe_broker,
    describe_client_metrics,
    describe_cluster,
    describe_created_topic,
    describe_group,
    describe_topic,
)
from kafkapy.config.key import ConfigType

TOPIC, BROKER, CLUSTER = (
    ConfigSource.TOPIC_CONFIG,
    ConfigSource.DYNAMIC_BROKER_CONFIG,
    ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG,
)
STATIC, DEFAULT = ConfigSource.STATIC_BROKER_CONFIG, ConfigSource.DEFAULT_CONFIG


def only(entries: Sequence[Entry]) -> Entry:
    (entry,) = entries
    return entry


def layers(entry: Entry) -> list[tuple[str, str | None, ConfigSource]]:
    return [(synonym.name, synonym.value, synonym.source) for synonym in entry.synonyms]


@pytest.fixture
def config() -> BrokerConfig:
    return BrokerConfig.load({})


def test_a_broker_describes_every_public_key_by_name(config: BrokerConfig) -> None:
    names = [entry.name for entry in describe_broker(config)]
    assert names == sorted(names)
    assert len(names) == 340
    assert "num.partitions" in names
    assert "log.initial.task.delay.ms" not in names


def test_a_key_that_the_broker_was_started_with_is_static(config: BrokerConfig) -> None:
    entry = only(describe_broker(config, ["offsets.topic.replication.factor"]))
    assert (entry.value, entry.source, entry.read_only, entry.kind) == ("1", STATIC, True, ConfigType.SHORT)
    assert layers(entry) == [
        ("offsets.topic.replication.factor", "1", STATIC),
        ("offsets.topic.replication.factor", "3", DEFAULT),
    ]


def test_a_key_without_value_has_no_layers(config: BrokerConfig) -> None:
    entry = only(describe_broker(config, ["log.retention.ms"]))
    assert (entry.value, entry.source, entry.read_only, layers(entry)) == (None, DEFAULT, False, [])


def test_all_layers_of_a_dynamic_key_are_listed() -> None:
    config = BrokerConfig.load({"log.segment.bytes": "2000000"})
    config.apply_dynamic({"log.segment.bytes": "3000000"}, {"log.segment.bytes": " 4000000 "})
    entry = only(describe_broker(config, ["log.segment.bytes"]))
    assert (entry.value, entry.source) == ("4000000", BROKER)
    assert [value for _, value, _ in layers(entry)] == [" 4000000 ", "3000000", "2000000", "1073741824"]
    assert [source for _, _, source in layers(entry)] == [BROKER, CLUSTER, STATIC, DEFAULT]


def test_synonyms_in_front_of_the_keys_own_first_layer_are_dropped() -> None:
    config = BrokerConfig.load({"log.retention.minutes": "600"})
    config.apply_dynamic({}, {"log.retention.ms": "1000"})
    hours = only(describe_broker(config, ["log.retention.hours"]))
    assert layers(hours) == [("log.retention.hours", "168", DEFAULT)]
    ms = only(describe_broker(config, ["log.retention.ms"]))
    assert layers(ms) == [
        ("log.retention.ms", "1000", BROKER),
        ("log.retention.minutes", "600", STATIC),
        ("log.retention.hours", "168", DEFAULT),
    ]


def test_secrets_and_unknown_keys_are_not_shown() -> None:
    config = BrokerConfig.load({"ssl.key.password": "s", "super.users": "User:a", "foo.bar": "x"})
    for name, kind in (
        ("ssl.key.password", ConfigType.PASSWORD),
        ("super.users", ConfigType.UNKNOWN),
        ("foo.bar", ConfigType.UNKNOWN),
    ):
        entry = only(describe_broker(config, [name]))
        assert (entry.value, entry.sensitive, entry.kind, entry.source) == (None, True, kind, STATIC)
        assert layers(entry) == [(name, None, STATIC)]


def test_a_listeners_key_is_shown_once_it_is_set_before_the_one_for_all() -> None:
    config = BrokerConfig.load({"listener.name.outside.ssl.client.auth": "required"})
    entry = only(describe_broker(config, ["listener.name.outside.ssl.client.auth"]))
    assert (entry.value, entry.read_only, entry.kind) == ("required", True, ConfigType.STRING)
    assert layers(entry) == [
        ("listener.name.outside.ssl.client.auth", "required", STATIC),
        ("ssl.client.auth", "none", DEFAULT),
    ]


def test_our_own_and_internal_keys_are_shown_once_they_are_set() -> None:
    config = BrokerConfig.load({"kafkapy.record.validation": "full", "log.initial.task.delay.ms": "1"})
    entries = describe_broker(config, ["kafkapy.record.validation", "log.initial.task.delay.ms"])
    assert [(entry.value, entry.sensitive) for entry in entries] == [("full", False), ("1", False)]


def test_the_cluster_describes_what_was_set_for_it(config: BrokerConfig) -> None:
    config.apply_dynamic({"min.insync.replicas": "1"}, {"log.segment.bytes": "4000000"})
    entry = only(describe_cluster(config))
    assert (entry.name, entry.value, entry.source) == ("min.insync.replicas", "1", CLUSTER)
    assert layers(entry) == [("min.insync.replicas", "1", CLUSTER)]


def test_a_topic_describes_its_keys_and_those_of_the_broker_behind_them(config: BrokerConfig) -> None:
    config.apply_dynamic({"min.insync.replicas": "1"}, {})
    entries = {entry.name: entry for entry in describe_topic({"retention.ms": " 77 "}, config)}
    assert len(entries) == 33
    assert layers(entries["retention.ms"]) == [("retention.ms", "77", TOPIC)]
    assert layers(entries["segment.ms"]) == []
    assert entries["segment.ms"].value == "604800000"
    assert entries["min.insync.replicas"].source is CLUSTER
    assert layers(entries["min.insync.replicas"]) == [
        ("min.insync.replicas", "1", CLUSTER),
        ("min.insync.replicas", "1", DEFAULT),
    ]
    assert layers(entries["max.message.bytes"]) == [("message.max.bytes", "1048588", DEFAULT)]
    assert not any(entry.read_only for entry in entries.values())


def test_a_list_without_repetitions_is_what_a_topic_shows(config: BrokerConfig) -> None:
    entry = only(describe_topic({"cleanup.policy": "compact,delete,compact"}, config, ["cleanup.policy"]))
    assert (entry.value, entry.synonyms[0].value) == ("compact,delete", "compact,delete")


def test_a_group_falls_back_to_the_broker_or_to_kafkas_default(config: BrokerConfig) -> None:
    entries = {entry.name: entry for entry in describe_group({"consumer.session.timeout.ms": "1"}, config)}
    assert len(entries) == 17
    session = entries["consumer.session.timeout.ms"]
    assert (session.value, session.source) == ("1", ConfigSource.GROUP_CONFIG)
    assert layers(session)[1:] == [("group.consumer.session.timeout.ms", "45000", DEFAULT)]
    assert layers(entries["share.isolation.level"]) == [
        ("share.isolation.level", "read_uncommitted", DEFAULT)
    ]


def test_a_subscription_describes_what_was_set() -> None:
    entries = {entry.name: entry for entry in describe_client_metrics({"interval.ms": "1000"})}
    assert list(entries) == ["interval.ms", "match", "metrics"]
    assert entries["interval.ms"].source is ConfigSource.CLIENT_METRICS_CONFIG
    assert (entries["match"].value, entries["match"].source, layers(entries["match"])) == ("", DEFAULT, [])


def test_names_that_do_not_exist_are_left_out(config: BrokerConfig) -> None:
    assert [entry.name for entry in describe_topic({}, config, ["nope", "segment.ms"])] == ["segment.ms"]
    assert len(describe_topic({}, config, [])) == 33


def test_documentation_belongs_to_the_key_itself() -> None:
    config = BrokerConfig.load({"listener.name.outside.ssl.client.auth": "required"})
    documented = only(describe_broker(config, ["num.partitions"]))
    assert documented.documentation == "The partitions of a topic that is created without saying how many."
    assert only(describe_broker(config, ["listener.name.outside.ssl.client.auth"])).documentation is None


def test_a_created_topic_shows_the_layer_that_set_a_value_under_any_name() -> None:
    config = BrokerConfig.load({"log.retention.hours": "2"})
    config.apply_dynamic({"log.roll.ms": "5"}, {})
    entries = {entry.name: entry for entry in describe_created_topic({"flush.ms": " 9 "}, config)}
    assert (entries["retention.ms"].value, entries["retention.ms"].source) == ("7200000", STATIC)
    assert (entries["segment.ms"].value, entries["segment.ms"].source) == ("5", CLUSTER)
    assert (entries["flush.ms"].value, entries["flush.ms"].source) == (" 9 ", TOPIC)
    assert (entries["cleanup.policy"].value, entries["cleanup.policy"].source) == ("delete", DEFAULT)
    assert list(entries) == sorted(entries)
