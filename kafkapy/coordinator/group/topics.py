"""What group coordination knows of the cluster's topics. The
broker hands in the knowledge; nothing here looks it up.
"""

from collections.abc import Collection
from typing import NamedTuple, Protocol


class TopicView(NamedTuple):
    """A topic as it is now; `racks` are those of each partition's replicas, in partition order."""

    name: str
    topic_id: bytes
    partition_count: int
    racks: tuple[tuple[str, ...], ...] = ()


class Topics(Protocol):
    """All topics of the cluster; `version` grows with every change."""

    @property
    def version(self) -> int: ...
    def names(self) -> Collection[str]: ...
    def named(self, name: str) -> TopicView | None: ...
    def with_id(self, topic_id: bytes) -> TopicView | None: ...


class TopicTable:
    """Topics by name, for a coordinator that has no cluster around it."""

    def __init__(self, *topics: TopicView) -> None:
        self.topics = {topic.name: topic for topic in topics}
        self.version = 0

    def names(self) -> Collection[str]:
        return self.topics.keys()

    def named(self, name: str) -> TopicView | None:
        return self.topics.get(name)

    def with_id(self, topic_id: bytes) -> TopicView | None:
        return next((topic for topic in self.topics.values() if topic.topic_id == topic_id), None)

    def put(self, topic: TopicView) -> None:
        self.topics[topic.name] = topic
        self.version += 1

    def delete(self, name: str) -> None:
        del self.topics[name]
        self.version += 1
