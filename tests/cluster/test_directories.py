"""What the metadata log is told about log directories."""

from dataclasses import replace

from kafkapy.cluster.directories import assign_directories
from kafkapy.cluster.record_types import PartitionChangeRecord
from tests.cluster.memory_metadata_log import MemoryMetadataLog, create_topic, started_metadata

HERE = bytes(range(16))


def test_only_what_the_cluster_does_not_know_is_said() -> None:
    metadata = started_metadata(MemoryMetadataLog())
    topic = create_topic(metadata, "t", partitions=2)
    image, node = metadata.image, metadata.node_id
    (known,) = topic.partitions[0].directories
    placed = [("t", 0, known), ("t", 1, HERE), ("t", 9, HERE), ("gone", 0, HERE)]
    (record,) = assign_directories(image, node, placed)
    assert record == PartitionChangeRecord(partition_id=1, topic_id=topic.topic_id, directories=[HERE])
    assert assign_directories(image, node + 1, placed) == []


def test_other_replicas_keep_their_directories() -> None:
    metadata = started_metadata(MemoryMetadataLog())
    topic = create_topic(metadata, "t")
    other = bytes(15) + b"\7"
    topic.partitions[0] = replace(
        topic.partitions[0], replicas=[7, metadata.node_id], directories=[other, bytes(16)]
    )
    (record,) = assign_directories(metadata.image, metadata.node_id, [("t", 0, HERE)])
    assert isinstance(record, PartitionChangeRecord)
    assert record.directories == [other, HERE]


def test_older_clusters_know_no_directories() -> None:
    metadata = started_metadata(MemoryMetadataLog())
    create_topic(metadata, "t")
    metadata.image.features["metadata.version"] = 16
    assert assign_directories(metadata.image, metadata.node_id, [("t", 0, HERE)]) == []
