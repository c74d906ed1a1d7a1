"""Changing configurations, with the checks of Kafka in their order and with their texts.

Two steps: what the broker that got the request checks (Kafka: `ConfigAdminManager.preprocess`), and what the
controller makes of it (`ConfigurationControlManager`). All resources of a request are changed together, but
for those that are refused.

An operation that does not exist is an INVALID_REQUEST here; Kafka's controller breaks on it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kafkapy.cluster.change import MAX_RECORDS_PER_CHANGE, Change
from kafkapy.cluster.image import ClusterImage, ResourceType
from kafkapy.cluster.record_types import ClearElrRecord, ConfigRecord, MetadataRecord
from kafkapy.cluster.topic_names import check_topic_name
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.broker_keys import KEYS
from kafkapy.config.client_metrics import ClientMetricsConfig
from kafkapy.config.group import GroupConfig
from kafkapy.config.key import ConfigError, ConfigKey, ConfigType, RequestError, text_of
from kafkapy.config.topic import TopicConfig
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

MAX_VALUE_LENGTH = 32_767
MIN_INSYNC_REPLICAS = "min.insync.replicas"
CORDONED_LOG_DIRS = "cordoned.log.dirs"
IV_4_3_0 = 30
"""The metadata.version with which log directories can be cordoned (KIP-1066)."""

_TABLES: Mapping[ResourceType, Mapping[str, ConfigKey]] = {
    ResourceType.TOPIC: TopicConfig.KEYS,
    ResourceType.BROKER: KEYS,
    ResourceType.CLIENT_METRICS: ClientMetricsConfig.KEYS,
    ResourceType.GROUP: GroupConfig.KEYS,
}


class Operation(IntEnum):
    """What is done to one key (KIP-339)."""

    SET = 0
    DELETE = 1
    APPEND = 2
    SUBTRACT = 3


OPERATIONS = frozenset(Operation)


@dataclass(frozen=True, slots=True)
class Alteration:
    """One key of a resource; `operation` is a number from the wire, `value` None only where it is deleted."""

    name: str
    operation: int
    value: str | None


@dataclass(frozen=True, slots=True)
class AlteredResource:
    """What is asked for one resource; `resource_type` is a number from the wire."""

    resource_type: int
    name: str
    alterations: Sequence[Alteration]


def alter_configs(
    image: ClusterImage, config: BrokerConfig, resources: Sequence[AlteredResource]
) -> Change[KafkaError | None]:
    """Single keys are set, deleted, extended or reduced; an outcome per resource, in order.

    For loggers of a broker there is nothing to record: they pass, and whoever owns them checks them.
    """

    def records_of(resource: AlteredResource) -> list[MetadataRecord]:
        if resource.resource_type == ResourceType.BROKER_LOGGER:
            return []
        kind = _kind(resource)
        current = image.config_of(kind, resource.name)
        if kind is ResourceType.BROKER:
            _check_broker_alterations(config, resource)
        values = {each.name: _new_value(kind, current.get(each.name), each) for each in resource.alterations}
        if kind is ResourceType.BROKER:
            _check_broker_texts(config, resource.name, _merged(_dynamic_texts(config, resource.name), values))
        return _checked_records(image, config, kind, resource.name, values, dropped=())

    return _changes(image, resources, records_of)


def replace_configs(
    image: ClusterImage, config: BrokerConfig, resources: Sequence[AlteredResource]
) -> Change[KafkaError | None]:
    """Every resource has what is set here, and nothing else; an outcome per resource, in order."""

    def records_of(resource: AlteredResource) -> list[MetadataRecord]:
        kind = _kind(resource)
        values = {each.name: each.value for each in resource.alterations}
        if kind is ResourceType.BROKER:
            _check_node(config, resource.name)
            _check_broker_texts(config, resource.name, _merged({}, values))
        dropped = [name for name in image.config_of(kind, resource.name) if name not in values]
        return _checked_records(image, config, kind, resource.name, values, dropped)

    return _changes(image, resources, records_of)


def _changes(
    image: ClusterImage,
    resources: Sequence[AlteredResource],
    records_of: Callable[[AlteredResource], list[MetadataRecord]],
) -> Change[KafkaError | None]:
    records: list[MetadataRecord] = []
    results: list[KafkaError | None] = []
    appearances = Counter((resource.resource_type, resource.name) for resource in resources)
    for resource in resources:
        try:
            if appearances[resource.resource_type, resource.name] > 1:
                raise _request_error("Each resource must appear at most once.")
            _check_alterations(resource.alterations)
            records += records_of(resource)
            results.append(None)
        except KafkaError as error:
            results.append(error)
    records += _cleared_leaders(image, records)
    if len(records) > MAX_RECORDS_PER_CHANGE:
        raise KafkaError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")
    return Change(records, results)


def _request_error(text: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REQUEST, text)


def _config_error(text: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_CONFIG, text)


def _check_alterations(alterations: Sequence[Alteration]) -> None:
    if len({each.name for each in alterations}) < len(alterations):
        raise _request_error("Error due to duplicate config keys")
    nulls = [each.name for each in alterations if each.value is None and each.operation != Operation.DELETE]
    if nulls:
        raise _request_error(f"Null value not supported for : {', '.join(nulls)}")


def _kind(resource: AlteredResource) -> ResourceType:
    kind = next((kind for kind in _TABLES if kind == resource.resource_type), None)
    if kind is None:
        raise _request_error(f"Unknown resource type {resource.resource_type}")
    return kind


# -- what a broker checks of its own settings --------------------------------------------------------------


def _check_node(config: BrokerConfig, name: str) -> None:
    if not name:
        return
    try:
        node_id = int(name)
    except ValueError:
        raise _request_error(f"Node id must be an integer, but it is: {name}") from None
    if node_id != config.node_id:
        raise _request_error(f"Unexpected broker id, expected {config.node_id}, but received {name}")


def _check_broker_alterations(config: BrokerConfig, resource: AlteredResource) -> None:
    _check_node(config, resource.name)
    for each in resource.alterations:
        if each.operation not in OPERATIONS:
            raise _request_error(f"Unknown operations type {each.operation}")
    for each in resource.alterations:
        if each.operation in (Operation.APPEND, Operation.SUBTRACT):
            key = KEYS.get(each.name)
            if key is None:
                raise _config_error(f"Unknown config name: {each.name}")
            if key.kind is not ConfigType.LIST:
                word = Operation(each.operation).name.lower()
                raise _config_error(f"Config value {word} is not allowed for config key: {each.name}")


def _dynamic_texts(config: BrokerConfig, name: str) -> Mapping[str, str]:
    return config.dynamic_broker if name else config.dynamic_cluster


def _check_broker_texts(config: BrokerConfig, name: str, texts: Mapping[str, str]) -> None:
    """Whatever is wrong with them is an INVALID_REQUEST in Kafka, for compatibility (KAFKA-13609)."""
    try:
        config.validate_dynamic(texts, per_broker=bool(name))
    except ConfigError as error:
        raise _request_error(str(error)) from None


def _merged(current: Mapping[str, str], values: Mapping[str, str | None]) -> dict[str, str]:
    kept = {name: value for name, value in current.items() if name not in values}
    return kept | {name: value for name, value in values.items() if value is not None}


# -- what the controller does ------------------------------------------------------------------------------


def _new_value(kind: ResourceType, current: str | None, alteration: Alteration) -> str | None:
    value = alteration.value or ""
    match alteration.operation:
        case Operation.SET:
            return value
        case Operation.DELETE:
            return None
        case Operation.APPEND | Operation.SUBTRACT:
            return _changed_list(kind, current, alteration, value.split(","))
    raise _request_error(f"Unknown operations type {alteration.operation}")


def _changed_list(
    kind: ResourceType, current: str | None, alteration: Alteration, items: Iterable[str]
) -> str:
    key = _TABLES[kind].get(alteration.name)
    operation = Operation(alteration.operation)
    if key is None or key.kind is not ConfigType.LIST:
        text = f"Can't {operation.name} to key {alteration.name} because its type is not LIST."
        raise _config_error(text)
    if current is None:
        current = text_of(key.default or ())
    kept = [item for item in current.split(",") if item]
    for item in items:
        if operation is Operation.APPEND and item not in kept:
            kept.append(item)
        elif operation is Operation.SUBTRACT and item in kept:
            kept.remove(item)
    return ",".join(kept)


def _checked_records(
    image: ClusterImage,
    config: BrokerConfig,
    kind: ResourceType,
    name: str,
    values: Mapping[str, str | None],
    dropped: Iterable[str],
) -> list[MetadataRecord]:
    """Records for what changes; for brokers also for what stays, which makes them look at files again."""
    current = image.config_of(kind, name)
    changed = {
        key: value
        for key, value in values.items()
        if kind is ResourceType.BROKER or value != current.get(key)
    } | dict.fromkeys(dropped)
    for key, value in changed.items():
        if kind is ResourceType.BROKER:
            _check_broker_record(image, name, key, value)
        if value is not None and len(value) > MAX_VALUE_LENGTH:
            raise _config_error(
                "The configuration value cannot be added because it exceeds the maximum value size of "
                f"{MAX_VALUE_LENGTH} bytes."
            )
    try:
        _validate(image, config, kind, name, _merged(current, changed))
    except ConfigError as error:
        invalid_request = isinstance(error, RequestError)
        raise (_request_error if invalid_request else _config_error)(str(error)) from None
    return [
        ConfigRecord(resource_type=kind, resource_name=name, name=key, value=value)
        for key, value in changed.items()
    ]


def _check_broker_record(image: ClusterImage, name: str, key: str, value: str | None) -> None:
    if key == MIN_INSYNC_REPLICAS and image.uses_eligible_leader_replicas:
        if name:
            raise _config_error(f"Broker-level {key} cannot be altered while ELR is enabled.")
        if value is None:
            raise _config_error(f"Cluster-level {key} cannot be removed while ELR is enabled.")
    if key == CORDONED_LOG_DIRS and image.metadata_version < IV_4_3_0:
        raise _config_error(
            f"The {key} configuration value cannot be set because it requires metadata.version >= 4.3-IV0"
        )


def _validate(
    image: ClusterImage, config: BrokerConfig, kind: ResourceType, name: str, texts: Mapping[str, str]
) -> None:
    match kind:
        case ResourceType.TOPIC:
            if not name:
                raise _request_error("Default topic resources are not allowed.")
            check_topic_name(name)
            TopicConfig.validate(texts, config)
            if name not in image.topics:
                raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"The topic '{name}' does not exist.")
        case ResourceType.GROUP:
            if not name:
                raise _request_error("Default group resources are not allowed.")
            GroupConfig.validate(texts, config)
        case ResourceType.CLIENT_METRICS:
            ClientMetricsConfig.validate(name, texts)
        case _:
            pass


def _cleared_leaders(image: ClusterImage, records: Iterable[MetadataRecord]) -> list[MetadataRecord]:
    """Who may become leader depends on min.insync.replicas (KIP-966): a change of it starts anew."""
    if not image.uses_eligible_leader_replicas:
        return []
    return [
        ClearElrRecord(topic_name=record.resource_name if record.resource_type == ResourceType.TOPIC else "")
        for record in records
        if isinstance(record, ConfigRecord) and record.name == MIN_INSYNC_REPLICAS
    ]
