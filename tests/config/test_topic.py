"""The configuration of a topic: its settings over the broker's, and Kafka's refusals."""

import pytest

from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import ConfigError
from kafkapy.config.topic import TopicConfig


@pytest.fixture
def broker() -> BrokerConfig:
    return BrokerConfig.load({})


def test_a_topic_without_settings_is_as_the_broker_says() -> None:
    broker = BrokerConfig.load(
        {
            "log.retention.hours": "1",
            "log.roll.jitter.hours": "2",
            "log.cleaner.min.cleanable.ratio": "0.25",
            "log.cleanup.policy": "compact",
            "message.max.bytes": "99",
            "log.flush.scheduler.interval.ms": "5000",
        }
    )
    topic = TopicConfig.resolve({}, broker)
    assert topic.retention_ms == 3_600_000
    assert topic.segment_ms == 604_800_000
    assert topic.segment_jitter_ms == 7_200_000
    assert topic.min_cleanable_dirty_ratio == 0.25
    assert topic.cleanup_policy == ("compact",)
    assert topic.max_message_bytes == 99
    assert topic.flush_ms == 5000


def test_a_topics_own_settings_win(broker: BrokerConfig) -> None:
    topic = TopicConfig.resolve({"retention.ms": " -1 ", "cleanup.policy": "compact, delete"}, broker)
    assert topic.retention_ms == -1
    assert topic.is_compacted
    assert topic.is_deleted


def test_an_empty_policy_keeps_records_for_ever(broker: BrokerConfig) -> None:
    topic = TopicConfig.resolve({"cleanup.policy": ""}, broker)
    assert not topic.is_compacted
    assert not topic.is_deleted


def test_a_test_may_have_small_segments(broker: BrokerConfig) -> None:
    assert TopicConfig.resolve({}, broker).effective_segment_bytes == 1 << 30
    assert TopicConfig.resolve({"internal.segment.bytes": "55"}, broker).effective_segment_bytes == 55


def test_a_compacted_topic_rolls_early_enough_to_be_compacted(broker: BrokerConfig) -> None:
    lag = {"max.compaction.lag.ms": "1000"}
    assert TopicConfig.resolve(lag, broker).effective_segment_ms == 604_800_000
    assert TopicConfig.resolve({**lag, "cleanup.policy": "compact"}, broker).effective_segment_ms == 1000


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"foo": "1"}, "Unknown topic config name: foo"),
        (
            {"segment.bytes": "1"},
            "Invalid value 1 for configuration segment.bytes: Value must be at least 1048576",
        ),
        (
            {"retention.ms": "soon"},
            "Invalid value soon for configuration retention.ms: Not a number of type LONG",
        ),
        (
            {"cleanup.policy": "keep"},
            "Invalid value keep for configuration cleanup.policy: String must be one of: compact, delete",
        ),
        (
            {"min.compaction.lag.ms": "5", "max.compaction.lag.ms": "4"},
            "conflict topic config setting min.compaction.lag.ms (5) > max.compaction.lag.ms (4)",
        ),
        (
            {"remote.storage.enable": "true"},
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote "
            "log storage.",
        ),
    ],
)
def test_bad_settings_are_refused(broker: BrokerConfig, overrides: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TopicConfig.validate(overrides, broker)
    assert str(caught.value) == message


def test_good_settings_pass(broker: BrokerConfig) -> None:
    TopicConfig.validate({"flush.ms": "9223372036854775807", "preallocate": "True"}, broker)
