"""Subscriptions and assignments of classic members, as they travel in JoinGroup and SyncGroup."""

from collections.abc import Iterable

from kafkapy.coordinator.group.assignors.spec import Assignment
from kafkapy.coordinator.group.subscription import VERSION_BYTES
from kafkapy.coordinator.group.topics import Topics
from kafkapy.protocol.codec import decode
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.messages.consumer_protocol import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
    TopicPartition,
)
from kafkapy.protocol.messages.log_records.framing import encode_versioned

LATEST_VERSION = 3


def read_subscription(blob: bytes) -> ConsumerProtocolSubscription:
    """MalformedMessage for what is no subscription."""
    return decode(ConsumerProtocolSubscription, _version(blob), blob[VERSION_BYTES:])


def read_assignment(blob: bytes, topics: Topics) -> Assignment:
    """By topic id, without topics that are no more. No blob means no partitions; MalformedMessage."""
    if not blob:
        return {}
    return by_id(
        decode(ConsumerProtocolAssignment, _version(blob), blob[VERSION_BYTES:]).assigned_partitions, topics
    )


def by_id(partitions: Iterable[TopicPartition], topics: Topics) -> Assignment:
    found = ((topics.named(topic.topic), topic.partitions) for topic in partitions)
    return {topic.topic_id: frozenset(indexes) for topic, indexes in found if topic is not None and indexes}


def assignment_blob(assignment: Assignment, topics: Topics, subscription: bytes) -> bytes:
    """In the version of the member's own subscription."""
    found = ((topics.with_id(topic_id), partitions) for topic_id, partitions in assignment.items())
    message = ConsumerProtocolAssignment(
        assigned_partitions=[
            TopicPartition(topic=topic.name, partitions=sorted(partitions))
            for topic, partitions in found
            if topic is not None
        ]
    )
    return encode_versioned(message, _version(subscription))


def _version(blob: bytes) -> int:
    """Later versions than we know begin like the latest that we know."""
    version = int.from_bytes(blob[:VERSION_BYTES], signed=True)
    if len(blob) < VERSION_BYTES or version < 0:
        raise MalformedMessage("a member's metadata has no version")
    return min(version, LATEST_VERSION)
