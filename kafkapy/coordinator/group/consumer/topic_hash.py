"""One number for the topics that a group reads: when it changes, partitions are assigned anew (KIP-1101)."""

import hashlib
from collections.abc import Iterable

from kafkapy.coordinator.group.topics import Topics, TopicView

HASH_BYTES = 8


def group_hash(topics: Topics, names: Iterable[str]) -> int:
    """Signed 64 bits over ids, names, partition counts and racks of the topics there are; 0 for none.

    Only equality counts. Kafka's numbers are others, so a group that moves between the two is assigned once
    more.
    """
    known = [topic for topic in map(topics.named, sorted(names)) if topic is not None]
    if not known:
        return 0
    hasher = hashlib.blake2b(digest_size=HASH_BYTES)
    for topic in known:
        hasher.update(_content(topic))
    return int.from_bytes(hasher.digest(), signed=True)


def _content(topic: TopicView) -> bytes:
    racks = tuple(tuple(sorted(partition)) for partition in topic.racks)
    return repr((topic.topic_id, topic.name, topic.partition_count, racks)).encode()
