"""The configuration of a group: its settings over the broker's, within the broker's bounds (KIP-1240)."""

from collections.abc import Iterator, Mapping

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import ConfigError
from kafkapy.config.table import Table, boolean, integer, string
from kafkapy.config.validators import SHARE_OFFSET_RESET, at_least, one_of


class GroupConfig(Table):
    """Typed values of one group, made by `resolve`; made anew when a setting of group or broker changes."""

    consumer_session_timeout_ms: int = integer(
        45_000,
        at_least(1),
        synonym="group.consumer.session.timeout.ms",
        doc="After how long without a heartbeat a member is removed.",
    )
    consumer_heartbeat_interval_ms: int = integer(
        5000,
        at_least(1),
        synonym="group.consumer.heartbeat.interval.ms",
        doc="How often members are told to send heartbeats.",
    )
    consumer_assignment_interval_ms: int = integer(
        1000,
        at_least(0),
        synonym="group.consumer.assignment.interval.ms",
        doc="The shortest time between two assignments of the group; 0 for none.",
    )
    share_session_timeout_ms: int = integer(
        45_000,
        at_least(1),
        synonym="group.share.session.timeout.ms",
        doc="After how long without a heartbeat a member is removed.",
    )
    share_heartbeat_interval_ms: int = integer(
        5000,
        at_least(1),
        synonym="group.share.heartbeat.interval.ms",
        doc="How often members are told to send heartbeats.",
    )
    share_record_lock_duration_ms: int = integer(
        30_000,
        at_least(1000),
        synonym="group.share.record.lock.duration.ms",
        doc="How long a delivered record is reserved for the consumer that got it.",
    )
    share_delivery_count_limit: int = integer(
        5,
        at_least(2),
        synonym="group.share.delivery.count.limit",
        doc="How often a record is delivered before it is given up.",
    )
    share_partition_max_record_locks: int = integer(
        2000,
        at_least(100),
        synonym="group.share.partition.max.record.locks",
        doc="How many records of a partition may be reserved at a time.",
    )
    share_auto_offset_reset: str = string(
        "latest",
        SHARE_OFFSET_RESET,
        doc=(
            "Where a share group begins in a partition it is new to: `latest`, `earliest`, or "
            "`by_duration:` and an ISO-8601 duration before now."
        ),
    )
    share_isolation_level: str = string(
        "read_uncommitted",
        one_of("read_committed", "read_uncommitted"),
        doc="Whether records of transactions are delivered before the transaction is committed.",
    )
    share_renew_acknowledge_enable: bool = boolean(
        True, doc="Whether consumers may prolong the reservation of a record."
    )
    share_assignment_interval_ms: int = integer(
        1000,
        at_least(0),
        synonym="group.share.assignment.interval.ms",
        doc="The shortest time between two assignments of the group; 0 for none.",
    )
    streams_session_timeout_ms: int = integer(
        45_000,
        at_least(1),
        synonym="group.streams.session.timeout.ms",
        doc="After how long without a heartbeat a member is removed.",
    )
    streams_heartbeat_interval_ms: int = integer(
        5000,
        at_least(1),
        synonym="group.streams.heartbeat.interval.ms",
        doc="How often members are told to send heartbeats.",
    )
    streams_num_standby_replicas: int = integer(
        0, at_least(0), synonym="group.streams.num.standby.replicas", doc="Standby copies of each task."
    )
    streams_initial_rebalance_delay_ms: int = integer(
        3000,
        at_least(0),
        synonym="group.streams.initial.rebalance.delay.ms",
        doc="How long the first assignment of the group waits for more members.",
    )
    streams_assignment_interval_ms: int = integer(
        1000,
        at_least(0),
        synonym="group.streams.assignment.interval.ms",
        doc="The shortest time between two assignments of the group; 0 for none.",
    )

    @classmethod
    def resolve(cls, overrides: Mapping[str, str], broker: BrokerConfig) -> "GroupConfig":
        """The values of a group with the settings `overrides`, moved into the bounds of the broker."""
        config = cls.unbounded(overrides, broker)
        for name, low, high in _bounds(broker):
            if name in overrides:
                attribute = cls.KEYS[name].attribute
                value = getattr(config, attribute)
                setattr(config, attribute, min(max(value, low), high))
        return config

    @classmethod
    def unbounded(cls, overrides: Mapping[str, str], broker: BrokerConfig) -> "GroupConfig":
        """The values as they were set, whatever the bounds; DescribeConfigs shows these."""
        config = cls(overrides)
        config.__dict__.update(
            {
                key.attribute: broker.value_of(key.synonym)
                for key in cls.KEYS.values()
                if key.synonym and key.name not in overrides
            }
        )
        return config

    @classmethod
    def validate(cls, overrides: Mapping[str, str], broker: BrokerConfig) -> None:
        """Raise ConfigError unless a group may have these settings. Kafka: GroupConfig.validate."""
        for name in overrides:
            if name not in cls.KEYS:
                raise ConfigError(f"Unknown group config name: {name}")
        config = cls.unbounded(overrides, broker)
        for name, low, high in _bounds(broker):
            value = getattr(config, cls.KEYS[name].attribute)
            if name.endswith(".assignment.interval.ms") and name not in overrides:
                continue
            least, most = bounds_of(name)
            if value < low:
                raise ConfigError(f"{name} must be greater than or equal to {least}")
            if value > high:
                raise ConfigError(f"{name} must be less than or equal to {most}")
        for kind in ("consumer", "share", "streams"):
            heartbeat, session = f"{kind}.heartbeat.interval.ms", f"{kind}.session.timeout.ms"
            if getattr(config, cls.KEYS[session].attribute) <= getattr(config, cls.KEYS[heartbeat].attribute):
                raise ConfigError(f"{session} must be greater than {heartbeat}")


BOUNDED = (
    "consumer.heartbeat.interval.ms",
    "consumer.session.timeout.ms",
    "consumer.assignment.interval.ms",
    "share.heartbeat.interval.ms",
    "share.session.timeout.ms",
    "share.record.lock.duration.ms",
    "share.delivery.count.limit",
    "share.partition.max.record.locks",
    "share.assignment.interval.ms",
    "streams.heartbeat.interval.ms",
    "streams.session.timeout.ms",
    "streams.num.standby.replicas",
    "streams.assignment.interval.ms",
)
"""In the order in which Kafka checks them."""


def bounds_of(name: str) -> tuple[str, str]:
    """The broker keys of a key's smallest and largest value, empty where there is none."""
    kind, _, setting = name.partition(".")
    if name not in BOUNDED:
        return "", ""
    if name == "streams.num.standby.replicas":
        return "", "group.streams.max.standby.replicas"
    return f"group.{kind}.min.{setting}", f"group.{kind}.max.{setting}"


def _bounds(broker: BrokerConfig) -> Iterator[tuple[str, int, int]]:
    for name in BOUNDED:
        least, most = bounds_of(name)
        yield name, _number(broker, least) if least else 0, _number(broker, most)


def _number(broker: BrokerConfig, name: str) -> int:
    value = broker.value_of(name)
    assert isinstance(value, int)
    return value
