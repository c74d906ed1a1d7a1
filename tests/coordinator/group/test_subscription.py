"""Topics in the metadata of "consumer" members."""

from kafkapy.coordinator.group.subscription import subscribed_topics
from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription, TopicPartition
from kafkapy.protocol.messages.log_records.framing import encode_versioned


def test_topics_of_all_members_count_whatever_version_they_speak() -> None:
    owned = [TopicPartition(topic="a", partitions=[1])]
    blobs = [
        encode_versioned(ConsumerProtocolSubscription(topics=["a", "b"], user_data=b"x"), 0),
        encode_versioned(
            ConsumerProtocolSubscription(topics=["b", "c"], owned_partitions=owned, rack_id="r"), 3
        ),
    ]
    assert subscribed_topics(blobs) == {"a", "b", "c"}


def test_no_members_subscribe_to_nothing() -> None:
    assert subscribed_topics([]) == frozenset()


def test_metadata_that_does_not_parse_leaves_the_topics_unknown() -> None:
    good = encode_versioned(ConsumerProtocolSubscription(topics=["a"]), 0)
    assert subscribed_topics([good, b"sticky"]) is None
    assert subscribed_topics([good, b""]) is None
