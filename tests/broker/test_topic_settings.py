"""What a topic's configuration means for its logs and its batches."""

import pytest

from kafkapy.broker.topic_settings import log_config, validation_policy
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.topic import TopicConfig
from kafkapy.records.compression import Compression


def settings(**overrides: str) -> tuple[TopicConfig, BrokerConfig]:
    broker = BrokerConfig.load({})
    return TopicConfig.resolve(
        {key.replace("_", "."): text for key, text in overrides.items()}, broker
    ), broker


def test_the_defaults_are_kafkas() -> None:
    config, policy = log_config(*settings()), validation_policy(*settings())
    assert (config.segment_bytes, config.delete, config.compact) == (1 << 30, True, False)
    assert (policy.compression, policy.max_message_bytes, policy.needs_records) == (None, 1_048_588, False)


@pytest.mark.parametrize(
    ("name", "compression", "level"),
    [("uncompressed", Compression.NONE, None), ("lz4", Compression.LZ4, 9), ("zstd", Compression.ZSTD, 3)],
)
def test_a_codec_of_the_topics_own_comes_with_its_level(
    name: str, compression: Compression, level: int
) -> None:
    policy = validation_policy(*settings(compression_type=name))
    assert (policy.compression, policy.level) == (compression, level)


def test_compacted_topics_look_into_every_batch() -> None:
    config, policy = (make(*settings(cleanup_policy="compact")) for make in (log_config, validation_policy))
    assert (config.compact, config.delete) == (True, False)
    assert policy.needs_records
