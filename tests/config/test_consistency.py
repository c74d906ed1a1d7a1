"""Settings that contradict each other are refused in Kafka's words."""

import pytest

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import ConfigError

OUT_OF_ORDER = "must be greater than or equal to"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (
            {"node.id": "1", "broker.id": "2"},
            "You must set `node.id` to the same value as `broker.id`.",
        ),
        ({"log.roll.ms": "0"}, "requirement failed: log.roll.ms must be greater than or equal to 1"),
        (
            {"log.roll.jitter.ms": "-1"},
            "requirement failed: log.roll.jitter.ms must be greater than or equal to 0",
        ),
        (
            {"log.retention.ms": "0"},
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
        ),
        (
            {"log.cleaner.dedupe.buffer.size": "1"},
            "requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.",
        ),
        (
            {"cordoned.log.dirs": "/nope"},
            "requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. "
            "Missing entries : /nope",
        ),
        (
            {"cordoned.log.dirs": "*,/a"},
            "requirement failed: When cordoned.log.dirs is set to *, it must not contain other values",
        ),
        (
            {"queued.max.request.bytes": "5"},
            "requirement failed: queued.max.request.bytes must be larger or equal to "
            "socket.request.max.bytes",
        ),
        (
            {"max.connections.per.ip": "0"},
            "requirement failed: max.connections.per.ip can be set to zero only if "
            "max.connections.per.ip.overrides property is set.",
        ),
        ({"max.connections.per.ip.overrides": "x:y"}, 'For input string: "y"'),
        (
            {"connections.max.idle.ms": "100"},
            "requirement failed: connection.failed.authentication.delay.ms=100 should always be less than "
            "connections.max.idle.ms=100 to prevent failed authentication responses from timing out",
        ),
        (
            {"listeners": "CONTROLLER://:9093"},
            "requirement failed: There must be at least one broker advertised listener. Perhaps all "
            "listeners "
            "appear in controller.listener.names?",
        ),
        (
            {"listeners": "PLAINTEXT://:1", "advertised.listeners": "SSL://a:2"},
            "requirement failed: advertised.listeners listener names must be equal to or a subset of the "
            "ones "
            "defined in listeners. Found SSL. The valid options based on the current configuration are "
            "PLAINTEXT",
        ),
        (
            {"advertised.listeners": "PLAINTEXT://0.0.0.0:9092"},
            "requirement failed: advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. "
            "Use a routable IP address.",
        ),
        (
            {"inter.broker.listener.name": "SSL"},
            "requirement failed: inter.broker.listener.name must be a listener name defined in "
            "advertised.listeners. The valid options based on currently configured listeners are PLAINTEXT",
        ),
        (
            {"group.consumer.max.session.timeout.ms": "1"},
            f"group.consumer.max.session.timeout.ms {OUT_OF_ORDER} group.consumer.min.session.timeout.ms",
        ),
        (
            {"group.share.heartbeat.interval.ms": "1"},
            f"group.share.heartbeat.interval.ms {OUT_OF_ORDER} group.share.min.heartbeat.interval.ms",
        ),
        (
            {"group.consumer.assignment.interval.ms": "999999"},
            "group.consumer.assignment.interval.ms must be less than or equal to "
            "group.consumer.max.assignment.interval.ms",
        ),
        (
            {
                "group.streams.min.session.timeout.ms": "5000",
                "group.streams.session.timeout.ms": "5000",
            },
            "group.streams.heartbeat.interval.ms must be less than group.streams.session.timeout.ms",
        ),
        (
            {"group.share.max.size": "999", "group.share.max.share.sessions": "9"},
            "group.share.max.share.sessions must be greater than or equal to group.share.max.size",
        ),
        (
            {"group.share.assignors": "simple,other"},
            "group.share.assignors must contain exactly one assignor, but found 2",
        ),
        (
            {"group.streams.num.standby.replicas": "3"},
            "group.streams.num.standby.replicas must be less than or equal to "
            "group.streams.max.standby.replicas",
        ),
        (
            {"group.coordinator.rebalance.protocols": "consumer"},
            "Disabling the 'classic' protocol is not supported.",
        ),
    ],
)
def test_a_contradiction_is_refused(properties: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BrokerConfig.load(properties)
    assert str(caught.value) == message


def test_a_listener_of_another_name_needs_no_inter_broker_listener() -> None:
    config = BrokerConfig.load(
        {"listeners": "OUTSIDE://:9092", "listener.security.protocol.map": "OUTSIDE:PLAINTEXT"}
    )
    assert config.inter_broker_listener_name is None


def test_an_advertised_listener_must_stay_when_listeners_change() -> None:
    config = BrokerConfig.load(
        {
            "listeners": "PLAINTEXT://:9092,SSL://:9093",
            "advertised.listeners": "PLAINTEXT://a:9092",
        }
    )
    config.validate_dynamic({"listeners": "PLAINTEXT://:9092"}, per_broker=True)
    with pytest.raises(ConfigError, match="must be equal to or a subset"):
        config.validate_dynamic({"listeners": "SSL://:9093"}, per_broker=True)


def test_the_protocol_of_a_listener_in_use_cannot_change() -> None:
    config = BrokerConfig.load({})
    with pytest.raises(
        ConfigError, match="Security protocol cannot be updated for existing listener PLAINTEXT"
    ):
        config.validate_dynamic({"listener.security.protocol.map": "PLAINTEXT:SSL"}, per_broker=True)
