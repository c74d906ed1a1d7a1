"""A metadata log in memory, and nodes to start on it."""

from collections.abc import Iterator

from kafkapy.cluster.brokers import NodeRegistration
from kafkapy.cluster.image import Endpoint, TopicImage
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.snapshot import parse_snapshot_name
from kafkapy.cluster.topics import NewTopic, TopicDefaults, create_topics
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header

DIRECTORY = bytes([7]) * 16
START_MS = 1_700_000_000_000

NODE = NodeRegistration(
    node_id=1,
    endpoints=(Endpoint("PLAINTEXT", "127.0.0.1", 9092, 0),),
    controller_endpoints=(Endpoint("CONTROLLER", "127.0.0.1", 19092, 0),),
    log_dirs=(DIRECTORY,),
)


class MemoryMetadataLog:
    """Keeps what a directory would; `fails` makes the next append fail."""

    def __init__(self) -> None:
        self.batches: list[bytes] = []
        self.snapshots: dict[str, bytes] = {}
        self.quorum_state: bytes | None = None
        self.bootstrap: bytes | None = None
        self.end_offset = 0
        self.fails = False

    def append(self, batch: bytearray) -> None:
        if self.fails:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        header = read_header(batch)
        assert header.base_offset == self.end_offset
        self.batches.append(bytes(batch))
        self.end_offset = header.next_offset

    def read(self, offset: int) -> Iterator[bytes]:
        for batch in self.batches:
            if read_header(batch).last_offset >= offset:
                yield batch

    def newest_snapshot(self) -> tuple[str, bytes] | None:
        return max(self.snapshots.items(), default=None)

    def write_snapshot(self, file_name: str, content: bytes) -> None:
        snapshot_id = parse_snapshot_name(file_name)
        assert snapshot_id is not None
        self.snapshots[file_name] = content
        self.batches = [b for b in self.batches if read_header(b).last_offset >= snapshot_id.end_offset]

    def read_quorum_state(self) -> bytes | None:
        return self.quorum_state

    def write_quorum_state(self, content: bytes) -> None:
        self.quorum_state = content

    def read_bootstrap(self) -> bytes | None:
        return self.bootstrap

    def write_bootstrap(self, content: bytes) -> None:
        self.bootstrap = content


def topic_id(number: int) -> bytes:
    """A topic id for tests: different for different numbers."""
    return number.to_bytes(16)


def create_topic(metadata: Metadata, name: str, partitions: int = 1, **configs: str) -> TopicImage:
    """A new topic; configs with "_" for "."."""
    wanted = NewTopic(name, partitions, configs=[(key.replace("_", "."), v) for key, v in configs.items()])
    change = create_topics(
        metadata.image,
        [wanted],
        defaults=TopicDefaults(1, 1),
        validate_configs=lambda _name, _configs: None,
        new_topic_id=lambda: topic_id(1000 + metadata.end_offset),
    )
    assert change.results[0].error is None
    metadata.commit(change.records, START_MS)
    return metadata.image.topics[name]


def loaded_metadata(log: MemoryMetadataLog, node: NodeRegistration = NODE) -> Metadata:
    """A node that has read its log and not started."""
    metadata = Metadata(log, node)
    metadata.load()
    return metadata


def started_metadata(log: MemoryMetadataLog | None = None, node: NodeRegistration = NODE) -> Metadata:
    """A node that serves clients, on a new cluster unless `log` is of an old one."""
    metadata = loaded_metadata(MemoryMetadataLog() if log is None else log, node)
    metadata.start(START_MS, controller_incarnation=bytes([1]) * 16, broker_incarnation=bytes([2]) * 16)
    return metadata
