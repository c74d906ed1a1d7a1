"""What the members of a "consumer" group subscribe to, as far as the coordinator has to understand their
metadata.

Groups are free to use other protocol types, whose metadata stays opaque; and consumers may send metadata
that does not parse. Then the coordinator does not know the topics.
"""

from collections.abc import Iterable

from kafkapy.protocol.codec import decode
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.messages.consumer_protocol import ConsumerProtocolSubscription

CONSUMER = "consumer"
VERSION_BYTES = 2


def subscribed_topics(metadata: Iterable[bytes]) -> frozenset[str] | None:
    """The union of the topics, or None when one member's metadata cannot be read.

    Read as version 0, the common prefix of all versions.
    """
    topics: set[str] = set()
    try:
        for blob in metadata:
            topics.update(decode(ConsumerProtocolSubscription, 0, blob[VERSION_BYTES:]).topics)
    except MalformedMessage:
        return None
    return frozenset(topics)
