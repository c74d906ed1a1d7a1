"""The partitions that this broker hosts, found by topic name or topic id."""

from collections.abc import Iterator

from kafkapy.broker.partition import Partition
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


class Partitions:
    """Every hosted partition. A topic that is deleted or created again leaves nothing behind."""

    def __init__(self, node_id: int) -> None:
        self.node_id = node_id
        self._by_name: dict[tuple[str, int], Partition] = {}
        self._by_id: dict[tuple[bytes, int], Partition] = {}
        self._topic_ids: dict[bytes, str] = {}
        self.out_of_reach: dict[tuple[str, int], bytes] = {}
        """Partitions whose log is in a directory that was offline at the start, and their topic ids."""

    def __iter__(self) -> Iterator[Partition]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def add(self, partition: Partition) -> None:
        self._by_name[partition.topic, partition.index] = partition
        self._by_id[partition.topic_id, partition.index] = partition
        self._topic_ids[partition.topic_id] = partition.topic

    def remove(self, partition: Partition) -> None:
        del self._by_name[partition.topic, partition.index]
        del self._by_id[partition.topic_id, partition.index]
        self._topic_ids.pop(partition.topic_id, None)

    def get(self, topic: str | None, topic_id: bytes, index: int) -> Partition | None:
        """By name, or by id when the client gave no name."""
        if topic is None:
            return self._by_id.get((topic_id, index))
        return self._by_name.get((topic, index))

    def find(self, topic: str | None, topic_id: bytes, index: int) -> Partition:
        """Like `get`; UNKNOWN_TOPIC_ID or UNKNOWN_TOPIC_OR_PARTITION when it is not here,
        KAFKA_STORAGE_ERROR when it is out of reach.
        """
        partition = self.get(topic, topic_id, index)
        if partition is not None:
            return partition
        for (name, out_of_reach), its_id in self.out_of_reach.items():
            if out_of_reach == index and (topic == name or (topic is None and topic_id == its_id)):
                raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        if topic is None and topic_id not in self._topic_ids:
            raise KafkaError(ErrorCode.UNKNOWN_TOPIC_ID)
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)

    def named(self, topic: str, index: int) -> Partition:
        """The partition of that name, as `find` does."""
        return self.find(topic, b"", index)
