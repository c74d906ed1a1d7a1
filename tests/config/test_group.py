"""The configuration of a group: its settings over the broker's and within its bounds (KIP-1240)."""

import pytest

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.group import GroupConfig
from kafkapy.config.key import ConfigError


@pytest.fixture
def broker() -> BrokerConfig:
    return BrokerConfig.load({})


def test_a_group_without_settings_is_as_the_broker_says() -> None:
    broker = BrokerConfig.load({"group.consumer.heartbeat.interval.ms": "6000"})
    group = GroupConfig.resolve({}, broker)
    assert group.consumer_heartbeat_interval_ms == 6000
    assert group.share_auto_offset_reset == "latest"
    assert group.streams_num_standby_replicas == 0


def test_a_groups_own_settings_win(broker: BrokerConfig) -> None:
    group = GroupConfig.resolve({"consumer.session.timeout.ms": "50000"}, broker)
    assert group.consumer_session_timeout_ms == 50_000


def test_a_change_of_the_broker_reaches_groups_without_settings(broker: BrokerConfig) -> None:
    broker.apply_dynamic({"group.share.assignment.interval.ms": "1234"}, {})
    assert GroupConfig.resolve({}, broker).share_assignment_interval_ms == 1234


@pytest.mark.parametrize(
    ("name", "text", "effective"),
    [
        ("consumer.session.timeout.ms", "1", 45_000),
        ("consumer.session.timeout.ms", "99999", 60_000),
        ("streams.num.standby.replicas", "9", 2),
        ("share.delivery.count.limit", "99", 10),
    ],
)
def test_a_stored_setting_outside_the_bounds_counts_as_the_bound(
    broker: BrokerConfig, name: str, text: str, effective: int
) -> None:
    assert GroupConfig.resolve({name: text}, broker).value_of(name) == effective
    assert GroupConfig.unbounded({name: text}, broker).value_of(name) == int(text)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"foo": "1"}, "Unknown group config name: foo"),
        (
            {"consumer.session.timeout.ms": "1"},
            "consumer.session.timeout.ms must be greater than or equal to "
            "group.consumer.min.session.timeout.ms",
        ),
        (
            {"consumer.session.timeout.ms": "100000"},
            "consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms",
        ),
        (
            {"streams.num.standby.replicas": "3"},
            "streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas",
        ),
        (
            {"consumer.heartbeat.interval.ms": "x"},
            "Invalid value x for configuration consumer.heartbeat.interval.ms: Not a number of type INT",
        ),
        (
            {"share.isolation.level": "none"},
            "Invalid value none for configuration share.isolation.level: String must be one of: "
            "read_committed, read_uncommitted",
        ),
    ],
)
def test_bad_settings_are_refused(broker: BrokerConfig, overrides: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        GroupConfig.validate(overrides, broker)
    assert str(caught.value) == message


def test_a_session_must_outlast_a_heartbeat() -> None:
    broker = BrokerConfig.load(
        {
            "group.consumer.min.session.timeout.ms": "5500",
            "group.consumer.session.timeout.ms": "6000",
        }
    )
    GroupConfig.validate({"consumer.heartbeat.interval.ms": "5999"}, broker)
    message = "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms"
    with pytest.raises(ConfigError, match=message):
        GroupConfig.validate({"consumer.heartbeat.interval.ms": "6000"}, broker)


def test_good_settings_pass(broker: BrokerConfig) -> None:
    GroupConfig.validate({"share.auto.offset.reset": "by_duration:PT1H"}, broker)
