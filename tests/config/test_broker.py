"""A broker's configuration: layers, dynamic changes, and Kafka's refusals (all texts seen on Kafka 4.3)."""

import pytest

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import ConfigError


def refusal(config: BrokerConfig, name: str, text: str, *, per_broker: bool = True) -> str:
    with pytest.raises(ConfigError) as caught:
        config.validate_dynamic({name: text}, per_broker=per_broker)
    return str(caught.value)


@pytest.fixture
def config() -> BrokerConfig:
    return BrokerConfig.load({})


def test_a_broker_starts_with_the_settings_kafka_ships_for_one_node(config: BrokerConfig) -> None:
    assert (config.node_id, config.broker_id) == (1, 1)
    assert config.process_roles == ("broker", "controller")
    assert config.offsets_topic_replication_factor == 1
    assert config.transaction_state_log_min_isr == 1
    assert config.group_initial_rebalance_delay_ms == 0
    assert config.num_partitions == 1
    assert config.auto_create_topics_enable


def test_given_properties_win_over_the_shipped_ones() -> None:
    config = BrokerConfig.load({"group.initial.rebalance.delay.ms": "3000", "num.partitions": " 7 "})
    assert config.group_initial_rebalance_delay_ms == 3000
    assert config.num_partitions == 7


def test_node_id_and_broker_id_are_one() -> None:
    assert BrokerConfig.load({"broker.id": "5"}).node_id == 5
    assert BrokerConfig.load({"node.id": "5"}).broker_id == 5


def test_a_bad_property_names_key_value_and_what_is_accepted() -> None:
    with pytest.raises(ConfigError) as caught:
        BrokerConfig.load({"num.partitions": "0"})
    assert str(caught.value) == "Invalid value 0 for configuration num.partitions: Value must be at least 1"
    assert caught.value.accepted == "INT [1,...]"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, 604_800_000),
        ({"log.retention.hours": "2"}, 7_200_000),
        ({"log.retention.hours": "2", "log.retention.minutes": "3"}, 180_000),
        ({"log.retention.minutes": "3", "log.retention.ms": "5"}, 5),
        ({"log.retention.ms": "-7"}, -1),
    ],
)
def test_retention_comes_from_the_finest_unit_that_is_set(properties: dict[str, str], expected: int) -> None:
    assert BrokerConfig.load(properties).effective_log_retention_ms == expected


def test_roll_flush_and_directories_have_fallbacks() -> None:
    config = BrokerConfig.load({"log.roll.hours": "1", "log.roll.jitter.ms": "9", "log.dir": "/a"})
    assert config.effective_log_roll_ms == 3_600_000
    assert config.effective_log_roll_jitter_ms == 9
    assert config.effective_log_flush_ms == 2**63 - 1
    assert config.effective_log_dirs == ("/a",)
    assert BrokerConfig.load({"log.dir": "/a", "log.dirs": "/b,/c"}).effective_log_dirs == ("/b", "/c")


def test_what_is_set_for_the_broker_wins_over_the_cluster_and_that_over_the_start() -> None:
    config = BrokerConfig.load({"log.segment.bytes": "2000000"})
    cluster = {"log.segment.bytes": "3000000", "message.max.bytes": "5"}
    change = config.apply_dynamic(cluster, {"log.segment.bytes": "4000000"})
    assert change.changed == {"log.segment.bytes", "message.max.bytes"}
    assert (config.log_segment_bytes, config.message_max_bytes) == (4_000_000, 5)
    config.apply_dynamic(cluster, {})
    assert config.log_segment_bytes == 3_000_000
    config.apply_dynamic({}, {})
    assert config.log_segment_bytes == 2_000_000


def test_a_dynamic_key_hides_its_synonyms() -> None:
    config = BrokerConfig.load({"log.roll.ms": "5", "log.retention.minutes": "1"})
    config.apply_dynamic({"log.retention.ms": "9"}, {})
    assert config.effective_log_retention_ms == 9
    assert config.log_retention_minutes is None


def test_stored_settings_that_cannot_be_used_are_left_out(config: BrokerConfig) -> None:
    change = config.apply_dynamic(
        {
            "listeners": "PLAINTEXT://:1",
            "num.partitions": "3",
            "log.segment.bytes": "x",
            "message.max.bytes": "9",
        },
        {"ssl.keystore.type": "PEM"},
    )
    assert change.changed == {"message.max.bytes"}
    assert len(change.problems) == 4


def test_a_contradiction_changes_nothing(config: BrokerConfig) -> None:
    with pytest.raises(ConfigError):
        config.apply_dynamic({"message.max.bytes": "9", "log.roll.ms": "0"}, {})
    assert config.message_max_bytes == 1_048_588
    assert config.dynamic_cluster == {}


def test_stored_assignment_intervals_are_moved_into_their_bounds() -> None:
    config = BrokerConfig.load({"group.share.max.assignment.interval.ms": "2000"})
    config.apply_dynamic({"group.share.assignment.interval.ms": "9000"}, {})
    assert config.group_share_assignment_interval_ms == 2000


@pytest.mark.parametrize(
    ("name", "text", "refused"),
    [
        ("num.partitions", "3", "Cannot update these configs dynamically: [num.partitions]"),
        (
            "ssl.keystore.type",
            "JKS",
            "These security configs can be dynamically updated only per-listener using the listener prefix: "
            "[ssl.keystore.type]",
        ),
        (
            "log.segment.bytes",
            "abc",
            "Invalid value abc for configuration log.segment.bytes: Not a number of type INT",
        ),
        (
            "log.cleaner.threads",
            "8",
            "Invalid value org.apache.kafka.common.config.ConfigException: Log cleaner threads cannot be "
            "increased "
            "to more than double the current value 1 for configuration Invalid dynamic configuration",
        ),
        (
            "num.io.threads",
            "100",
            "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update "
            "validation "
            "failed for num.io.threads=100, value should not be greater than double the current value 8 for "
            "configuration Invalid dynamic configuration",
        ),
        (
            "listeners",
            "FOO://:1",
            "Error creating broker listeners from '[FOO://:1]': No security protocol defined for listener "
            "FOO",
        ),
        (
            "metric.reporters",
            "foo.Bar",
            "Invalid value org.apache.kafka.common.config.ConfigException: Validation of dynamic config "
            "update of "
            "Set(metric.reporters) failed with class class kafka.server.DynamicMetricsReporters for "
            "configuration "
            "Invalid dynamic configuration",
        ),
        (
            "principal.builder.class",
            "foo.Bar",
            "Invalid value foo.Bar for configuration principal.builder.class: Class foo.Bar could not be "
            "found.",
        ),
        (
            "log.local.retention.ms",
            "999999999999",
            "Invalid value org.apache.kafka.common.config.ConfigException: Invalid value 999999999999 for "
            "configuration log.local.retention.ms: Value must not be more than log.retention.ms property "
            "value: "
            "604800000 for configuration Invalid dynamic configuration",
        ),
    ],
)
def test_a_running_broker_refuses(config: BrokerConfig, name: str, text: str, refused: str) -> None:
    assert refusal(config, name, text) == refused


def test_a_key_of_one_broker_cannot_be_set_for_all(config: BrokerConfig) -> None:
    message = "Cannot update these configs at default cluster level, broker id must be specified: [listeners]"
    assert refusal(config, "listeners", "PLAINTEXT://:1", per_broker=False) == message


@pytest.mark.parametrize(
    "texts",
    [
        {"foo.bar": "x"},
        {"listener.name.plaintext.ssl.keystore.location": "/k"},
        {"listener.name.plaintext.max.connections": "3"},
        {"log.cleanup.policy": ""},
        {"num.io.threads": "16"},
    ],
)
def test_a_running_broker_takes(config: BrokerConfig, texts: dict[str, str]) -> None:
    config.validate_dynamic(texts, per_broker=True)


def test_validation_changes_nothing(config: BrokerConfig) -> None:
    config.validate_dynamic({"message.max.bytes": "9"}, per_broker=False)
    assert config.message_max_bytes == 1_048_588


def test_a_listener_has_its_own_settings_and_a_mechanism_of_it_as_well() -> None:
    config = BrokerConfig.load(
        {
            "ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.outside.ssl.client.auth": "none",
            "listener.name.outside.plain.sasl.jaas.config": "users",
        }
    )
    assert config.for_listener("OUTSIDE").ssl_client_auth == "none"
    assert config.for_listener("OUTSIDE").sasl_jaas_config is None
    assert config.for_listener("OUTSIDE", "PLAIN").sasl_jaas_config == "users"
    assert config.for_listener("INSIDE").ssl_client_auth == "required"
    assert config.for_listener("OUTSIDE").sasl_enabled_mechanisms == ("PLAIN",)


def test_unknown_properties_are_listed_and_do_no_harm() -> None:
    given = {"zookeeper.connect": "x", "super.users": "User:a", "listener.name.x.ssl.client.auth": "none"}
    config = BrokerConfig.load(given)
    assert config.unknown_names == ["zookeeper.connect"]
    assert config.super_users == "User:a"
