"""Internal topics are created with the settings that the broker's own keys give them."""

import pytest

from kafkapy.broker.internal_topics import internal_topic
from kafkapy.config.broker import BrokerConfig


def test_the_offsets_topic_follows_its_keys() -> None:
    config = BrokerConfig.load(
        {"offsets.topic.num.partitions": "3", "offsets.topic.segment.bytes": "2000000"}
    )
    topic = internal_topic("__consumer_offsets", config)
    assert (topic.num_partitions, topic.replication_factor) == (3, 1)
    assert dict(topic.configs) == {
        "cleanup.policy": "compact",
        "compression.type": "producer",
        "segment.bytes": "2000000",
    }


def test_the_transaction_topic_follows_its_keys() -> None:
    topic = internal_topic("__transaction_state", BrokerConfig.load({}))
    assert topic.num_partitions == 50
    assert dict(topic.configs)["min.insync.replicas"] == "1"


def test_other_names_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="orders"):
        internal_topic("orders", BrokerConfig.load({}))
