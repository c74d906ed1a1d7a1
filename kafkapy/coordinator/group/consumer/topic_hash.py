"""One number for the topics that a group reads: when it changes, partitions are assigned anew (KIP-1101).

It is Kafka's number (`org.apache.kafka.coordinator.group.Utils`), so that a group's records mean the same to
both brokers: XXH3 over little-endian numbers and over strings in UTF-16, as hash4j's streams lay them out.
"""

import struct
from collections.abc import Iterable, Iterator

from kafkapy.coordinator.group.topics import Topics, TopicView

MAGIC = b"\0"
INT = struct.Struct("<i")
HASH = struct.Struct("<q")


def group_hash(topics: Topics, names: Iterable[str]) -> int:
    """Signed 64 bits over ids, names, partition counts and racks of the topics there are; 0 for none."""
    known = [topic for topic in map(topics.named, sorted(names)) if topic is not None]
    return _hash(HASH.pack(topic_hash(topic)) for topic in known) if known else 0


def topic_hash(topic: TopicView) -> int:
    """Signed 64 bits."""
    return _hash(_content(topic))


def _content(topic: TopicView) -> Iterator[bytes]:
    yield MAGIC
    yield topic.topic_id[7::-1] + topic.topic_id[:7:-1]  # two numbers, each little-endian
    yield from _string(topic.name)
    yield INT.pack(topic.partition_count)
    if not topic.racks:
        yield struct.pack(f"<{topic.partition_count}i", *range(topic.partition_count))
    for index, racks in enumerate(topic.racks):
        yield INT.pack(index)
        for rack in sorted(racks):
            characters, length = _string(rack)
            yield length + characters + length


def _string(text: str) -> tuple[bytes, bytes]:
    """Its UTF-16 units, and how many they are."""
    characters = text.encode("utf-16-le", "surrogatepass")
    return characters, INT.pack(len(characters) // 2)


def _hash(parts: Iterable[bytes]) -> int:
    import xxhash  # here, because most brokers never have such a group, and all of them have to start

    return int.from_bytes(xxhash.xxh3_64_digest(b"".join(parts)), signed=True)
