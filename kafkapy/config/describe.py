"""What DescribeConfigs says: names, values, and the layers each value comes from. Kafka: ConfigHelper."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.broker_keys import KEYS, key_of, synonyms_of
from kafkapy.config.broker_values import HOUR_MS, MINUTE_MS
from kafkapy.config.client_metrics import ClientMetricsConfig
from kafkapy.config.group import GroupConfig
from kafkapy.config.key import REQUIRED, ConfigKey, ConfigType, Dynamic, Value, text_of
from kafkapy.config.loggers import logger_levels
from kafkapy.config.table import Table
from kafkapy.config.topic import TopicConfig


class ConfigSource(IntEnum):
    """Where a value was set; the number is the one DescribeConfigs sends."""

    UNKNOWN = 0
    TOPIC_CONFIG = 1
    DYNAMIC_BROKER_CONFIG = 2
    DYNAMIC_DEFAULT_BROKER_CONFIG = 3
    STATIC_BROKER_CONFIG = 4
    DEFAULT_CONFIG = 5
    DYNAMIC_BROKER_LOGGER_CONFIG = 6
    CLIENT_METRICS_CONFIG = 7
    GROUP_CONFIG = 8


class Synonym(NamedTuple):
    """One layer that sets the value, under the name it has there. `value` is None where it is secret."""

    name: str
    value: str | None
    source: ConfigSource


class Entry(NamedTuple):
    """One key of a description. `value` is None where there is none or it is secret."""

    name: str
    value: str | None
    source: ConfigSource
    read_only: bool
    sensitive: bool
    synonyms: list[Synonym]
    kind: ConfigType
    documentation: str | None


def describe_broker(config: BrokerConfig, names: Collection[str] | None = None) -> list[Entry]:
    """Every key of a broker and whatever else it was given, by name. `names`: only these, unless empty."""
    set_names = (
        name for name in config.texts if name not in KEYS or KEYS[name].internal or KEYS[name].foreign
    )
    all_names = [*set_names, *(key.name for key in KEYS.values() if not key.internal and not key.foreign)]
    return [_broker_entry(config, name) for name in _wanted(all_names, names)]


def _broker_entry(config: BrokerConfig, name: str) -> Entry:
    key = key_of(name)
    sensitive = key is None or key.sensitive
    if sensitive:
        value = None
    else:
        value = _text(config.value_of(name)) if name in KEYS else config.texts[name]
    return _entry(name, value, _layers(config, name, sensitive), key, read_only=_is_read_only(name))


def describe_cluster(config: BrokerConfig, names: Collection[str] | None = None) -> list[Entry]:
    """What was set for the whole cluster while it ran, by name."""
    entries = []
    for name in _wanted(config.dynamic_cluster, names):
        key = key_of(name)
        sensitive = key is None or key.sensitive
        synonyms = [
            synonym
            for synonym in _layers(config, name, sensitive)
            if synonym.source is ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG
        ]
        value = None if sensitive else config.dynamic_cluster[name]
        entries.append(_entry(name, value, synonyms, key, read_only=_is_read_only(name)))
    return entries


def describe_topic(
    overrides: Mapping[str, str], config: BrokerConfig, names: Collection[str] | None = None
) -> list[Entry]:
    """Every key of a topic with the settings `overrides`, by name."""
    topic = TopicConfig.resolve(overrides, config)
    return [
        _resource_entry(topic, key, overrides, ConfigSource.TOPIC_CONFIG, _broker_layers(config, key))
        for key in _described(TopicConfig, overrides, names)
    ]


def describe_group(
    overrides: Mapping[str, str], config: BrokerConfig, names: Collection[str] | None = None
) -> list[Entry]:
    """Every key of a group with the settings `overrides`, by name, as they were set and without bounds."""
    group = GroupConfig.unbounded(overrides, config)
    return [
        _resource_entry(
            group,
            key,
            overrides,
            ConfigSource.GROUP_CONFIG,
            _broker_layers(config, key) if key.synonym else [_default(key)],
        )
        for key in _described(GroupConfig, overrides, names)
    ]


def describe_client_metrics(
    overrides: Mapping[str, str], names: Collection[str] | None = None
) -> list[Entry]:
    """Every key of a subscription to metrics of clients, by name."""
    subscription = ClientMetricsConfig(overrides)
    return [
        _resource_entry(subscription, key, overrides, ConfigSource.CLIENT_METRICS_CONFIG, [])
        for key in _described(ClientMetricsConfig, overrides, names)
    ]


def describe_loggers(names: Collection[str] | None = None) -> list[Entry]:
    """The level of every logger of the process, by name."""
    levels = logger_levels()
    source = ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG
    return [
        Entry(name, levels[name], source, False, False, [], ConfigType.UNKNOWN, "")
        for name in _wanted(levels, names)
    ]


def _wanted(all_names: Iterable[str], names: Collection[str] | None) -> list[str]:
    return sorted(name for name in all_names if not names or name in names)


def _described(
    table: type[Table], overrides: Mapping[str, str], names: Collection[str] | None
) -> Iterator[ConfigKey]:
    shown = (key.name for key in table.KEYS.values() if not key.internal or key.name in overrides)
    return (table.KEYS[name] for name in _wanted(shown, names))


def _resource_entry(
    values: Table,
    key: ConfigKey,
    overrides: Mapping[str, str],
    own_source: ConfigSource,
    inherited: list[Synonym],
) -> Entry:
    value = _text(values.value_of(key.name))
    own = [Synonym(key.name, value, own_source)] if key.name in overrides else []
    return _entry(key.name, value, own + inherited, key, read_only=False)


def _entry(
    name: str, value: str | None, synonyms: list[Synonym], key: ConfigKey | None, *, read_only: bool
) -> Entry:
    known = key is not None and not key.foreign
    return Entry(
        name,
        value,
        synonyms[0].source if synonyms else ConfigSource.DEFAULT_CONFIG,
        read_only,
        key is None or key.sensitive,
        synonyms,
        key.kind if key and known else ConfigType.UNKNOWN,
        key.doc if key and known and name == key.name else None,
    )


def _broker_layers(config: BrokerConfig, key: ConfigKey) -> list[Synonym]:
    return _layers(config, key.synonym, key.sensitive) if key.synonym else []


def _layers(config: BrokerConfig, name: str, sensitive: bool) -> list[Synonym]:
    """The layers that set a broker key, strongest first.

    Kafka drops what stands before the first layer that names the key itself. Therefore `retention.ms` of a
    topic shows no broker key unless `log.retention.ms` is set, even if it comes from `log.retention.hours`.
    """
    synonyms = synonyms_of(name)
    layers: list[Synonym] = []
    for texts, source in (
        (config.dynamic_broker, ConfigSource.DYNAMIC_BROKER_CONFIG),
        (config.dynamic_cluster, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG),
        (config.static, ConfigSource.STATIC_BROKER_CONFIG),
    ):
        layers += [
            Synonym(synonym, None if sensitive else texts[synonym], source)
            for synonym in synonyms
            if synonym in texts
        ]
    layers += [
        _default(KEYS[synonym]) for synonym in synonyms if synonym in KEYS and _has_default(KEYS[synonym])
    ]
    first = next((i for i, layer in enumerate(layers) if layer.name == name), len(layers))
    return layers[first:]


def _has_default(key: ConfigKey) -> bool:
    return key.default is not None and key.default is not REQUIRED and not key.foreign


def _default(key: ConfigKey) -> Synonym:
    return Synonym(key.name, text_of(key.default), ConfigSource.DEFAULT_CONFIG)


def _text(value: Value) -> str | None:
    return None if value is None else text_of(value)


def _is_read_only(name: str) -> bool:
    return name not in KEYS or KEYS[name].dynamic is Dynamic.READ_ONLY


_FACTORS = {"log.roll.hours": HOUR_MS, "log.roll.jitter.hours": HOUR_MS, "log.retention.hours": HOUR_MS} | {
    "log.retention.minutes": MINUTE_MS
}


def describe_created_topic(overrides: Mapping[str, str], config: BrokerConfig) -> list[Entry]:
    """What CreateTopics answers: every key of the new topic by name, without synonyms and documentation.

    Unlike DescribeConfigs it gives the layer where the value was set under any of its names. Kafka:
    KafkaConfigSchema.resolveEffectiveTopicConfigs.
    """
    return [_created_entry(key, overrides, config) for key in _described(TopicConfig, overrides, None)]


def _created_entry(key: ConfigKey, overrides: Mapping[str, str], config: BrokerConfig) -> Entry:
    value, source = _text(key.default), ConfigSource.DEFAULT_CONFIG
    names = synonyms_of(key.synonym) if key.synonym else ()
    for texts, layer in (
        (config.static, ConfigSource.STATIC_BROKER_CONFIG),
        (config.dynamic_cluster, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG),
        (config.dynamic_broker, ConfigSource.DYNAMIC_BROKER_CONFIG),
    ):
        name = next((name for name in names if name in texts), None)
        if name is not None:
            text = texts[name]
            value, source = str(int(text) * _FACTORS[name]) if name in _FACTORS else text, layer
    if key.name in overrides:
        value, source = overrides[key.name], ConfigSource.TOPIC_CONFIG
    return Entry(key.name, value, source, False, key.sensitive, [], key.kind, None)
