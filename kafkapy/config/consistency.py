"""Rules between keys of a broker, with Kafka's messages. Kafka: KafkaConfig.validateValues and others."""

from kafkapy.config.broker_values import BrokerValues
from kafkapy.config.key import ConfigError
from kafkapy.config.listeners import (
    advertised_listeners,
    all_listeners,
    inter_broker_listener,
    pairs_of,
    security_protocols,
)


def check_consistency(config: BrokerValues) -> None:
    """Raise ConfigError for values that are fine one by one and contradict each other.

    More is allowed than in Kafka: a listener on 0.0.0.0 needs no advertised one, because clients are told the
    address they came to, and there need be no listener for traffic between brokers.
    """
    for kind in ("consumer", "share", "streams"):
        _check_groups(config, kind)
    _at_most(config, "group.streams.num.standby.replicas", "group.streams.max.standby.replicas")
    _check_share_groups(config)
    listening = [listener.name for listener in all_listeners(config)]
    if "classic" not in config.group_coordinator_rebalance_protocols:
        raise ConfigError("Disabling the 'classic' protocol is not supported.")
    if config.node_id != config.broker_id:
        raise ConfigError("You must set `node.id` to the same value as `broker.id`.")
    _check_logs(config)
    _check_listeners(config, listening)
    _check_connections(config)


def _require(condition: bool, text: str) -> None:
    """Scala's require, prefix and all."""
    if not condition:
        raise ConfigError(f"requirement failed: {text}")


def _check_logs(config: BrokerValues) -> None:
    _require(config.effective_log_roll_ms >= 1, "log.roll.ms must be greater than or equal to 1")
    _require(
        config.effective_log_roll_jitter_ms >= 0, "log.roll.jitter.ms must be greater than or equal to 0"
    )
    _require(
        config.effective_log_retention_ms != 0,
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
    )
    _require(
        config.log_cleaner_dedupe_buffer_size > (1 << 20) * config.log_cleaner_threads,
        "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.",
    )


def _check_cordoned(config: BrokerValues) -> None:
    dirs, cordoned = config.effective_log_dirs, config.cordoned_log_dirs or ()
    if "*" in cordoned:
        _require(len(cordoned) == 1, "When cordoned.log.dirs is set to *, it must not contain other values")
    else:
        missing = ", ".join(directory for directory in cordoned if directory not in dirs)
        _require(
            not missing,
            "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. "
            f"Missing entries : {missing}",
        )


def _check_connections(config: BrokerValues) -> None:
    _require(
        config.queued_max_request_bytes <= 0
        or config.queued_max_request_bytes >= config.socket_request_max_bytes,
        "queued.max.request.bytes must be larger or equal to socket.request.max.bytes",
    )
    overrides = pairs_of("max.connections.per.ip.overrides", config.max_connections_per_ip_overrides)
    for limit in overrides.values():
        if not limit.isdigit():
            raise ConfigError(f'For input string: "{limit}"')
    _require(
        config.max_connections_per_ip != 0 or bool(overrides),
        "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.",
    )
    delay, idle = config.connection_failed_authentication_delay_ms, config.connections_max_idle_ms
    _require(
        idle < 0 or delay < idle,
        f"connection.failed.authentication.delay.ms={delay} should always be less than "
        f"connections.max.idle.ms={idle} to prevent failed authentication responses from timing out",
    )


def _check_listeners(config: BrokerValues, listening: list[str]) -> None:
    advertised = advertised_listeners(config)
    names = [listener.name for listener in advertised]
    _require(
        bool(names),
        "There must be at least one broker advertised listener. Perhaps all listeners appear in "
        "controller.listener.names?",
    )
    if config.is_set("inter.broker.listener.name") or config.is_set("security.inter.broker.protocol"):
        _require(
            inter_broker_listener(config) in names,
            "inter.broker.listener.name must be a listener name defined in advertised.listeners. "
            f"The valid options based on currently configured listeners are {','.join(names)}",
        )
    _require(
        set(names) <= set(listening),
        "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. "
        f"Found {','.join(names)}. "
        f"The valid options based on the current configuration are {','.join(listening)}",
    )
    _check_cordoned(config)
    _require(
        config.advertised_listeners is None or all(listener.host != "0.0.0.0" for listener in advertised),
        "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.",
    )


def _at_least(config: BrokerValues, name: str, other: str) -> None:
    if _number(config, name) < _number(config, other):
        raise ConfigError(f"{name} must be greater than or equal to {other}")


def _at_most(config: BrokerValues, name: str, other: str) -> None:
    if _number(config, name) > _number(config, other):
        raise ConfigError(f"{name} must be less than or equal to {other}")


def _number(config: BrokerValues, name: str) -> int:
    value = config.value_of(name)
    assert isinstance(value, int)
    return value


def _check_groups(config: BrokerValues, kind: str) -> None:
    group = f"group.{kind}."
    for setting in ("heartbeat.interval.ms", "session.timeout.ms", "assignment.interval.ms"):
        _at_least(config, f"{group}max.{setting}", f"{group}min.{setting}")
        _at_least(config, f"{group}{setting}", f"{group}min.{setting}")
        _at_most(config, f"{group}{setting}", f"{group}max.{setting}")
        if setting == "session.timeout.ms":
            heartbeat, session = f"{group}heartbeat.interval.ms", f"{group}{setting}"
            if _number(config, heartbeat) >= _number(config, session):
                raise ConfigError(f"{heartbeat} must be less than {session}")
            count = len(config.group_share_assignors)
            if kind == "share" and count != 1:
                text = f"group.share.assignors must contain exactly one assignor, but found {count}"
                raise ConfigError(text)


def _check_share_groups(config: BrokerValues) -> None:
    for setting in ("delivery.count.limit", "partition.max.record.locks", "record.lock.duration.ms"):
        _at_least(config, f"group.share.max.{setting}", f"group.share.{setting}")
        _at_least(config, f"group.share.{setting}", f"group.share.min.{setting}")
    _at_least(config, "group.share.max.share.sessions", "group.share.max.size")


THREAD_COUNTS = (
    "num.io.threads",
    "num.network.threads",
    "num.replica.fetchers",
    "num.recovery.threads.per.data.dir",
    "background.threads",
)


def check_reconfiguration(old: BrokerValues, new: BrokerValues) -> None:
    """Raise ConfigError for a change that a running broker refuses, wrapped as Kafka wraps it."""
    try:
        _check_threads(old, new)
        _check_local_retention(new)
        _check_new_listeners(old, new)
        _check_reporters(old, new)
    except ConfigError as error:
        raise ConfigError(
            f"Invalid value org.apache.kafka.common.config.ConfigException: {error} "
            "for configuration Invalid dynamic configuration"
        ) from None


def _check_threads(old: BrokerValues, new: BrokerValues) -> None:
    for name in THREAD_COUNTS:
        count, current = _number(new, name), _number(old, name)
        failed = f"Dynamic thread count update validation failed for {name}={count}, value should"
        if count < current // 2:
            raise ConfigError(f"{failed} be at least half the current value {current}")
        if count > current * 2:
            raise ConfigError(f"{failed} not be greater than double the current value {current}")
    count, current = new.log_cleaner_threads, old.log_cleaner_threads
    if count != current:
        if count < 1:
            raise ConfigError("Log cleaner threads should be at least 1")
        if count < current // 2:
            raise ConfigError(
                f"Log cleaner threads cannot be reduced to less than half the current value {current}"
            )
        if count > current * 2:
            raise ConfigError(
                f"Log cleaner threads cannot be increased to more than double the current value {current}"
            )


def _check_local_retention(new: BrokerValues) -> None:
    limits = (
        (
            "log.local.retention.ms",
            new.log_local_retention_ms,
            "log.retention.ms",
            new.effective_log_retention_ms,
        ),
        (
            "log.local.retention.bytes",
            new.log_local_retention_bytes,
            "log.retention.bytes",
            new.log_retention_bytes,
        ),
    )
    for name, local, total_name, total in limits:
        if total <= -1 or local == -2:
            continue
        if local == -1:
            raise ConfigError(
                f"Invalid value {local} for configuration {name}: "
                f"Value must not be -1 as {total_name} value is set as {total}."
            )
        if local > total:
            raise ConfigError(
                f"Invalid value {local} for configuration {name}: "
                f"Value must not be more than {total_name} property value: {total}"
            )


def _check_new_listeners(old: BrokerValues, new: BrokerValues) -> None:
    before, after = ({listener.name: listener for listener in all_listeners(config)} for config in (old, new))
    advertised = [listener.name for listener in advertised_listeners(old)]
    if not set(advertised) <= set(after):
        raise ConfigError(
            f"Advertised listeners 'Set({', '.join(advertised)})' must be a subset of listeners "
            f"'Set({', '.join(after)})'"
        )
    protocols = security_protocols(old)
    for name in before.keys() & after.keys():
        if protocols.get(name) != after[name].protocol:
            raise ConfigError(f"Security protocol cannot be updated for existing listener {name}")


def _check_reporters(old: BrokerValues, new: BrokerValues) -> None:
    if new.metric_reporters == old.metric_reporters:
        return
    if not all(name.startswith("org.apache.kafka.") for name in new.metric_reporters):
        raise ConfigError(
            "Validation of dynamic config update of Set(metric.reporters) failed with class "
            "class kafka.server.DynamicMetricsReporters"
        )
