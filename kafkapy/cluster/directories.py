"""In which log directory a broker keeps each of its replicas, as the metadata log has it (KIP-858).

Brokers tell the controller with AssignReplicasToDirs; here one process is both. Source:
`ReplicationControlManager.handleAssignReplicasToDirs`.
"""

from collections.abc import Iterable

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import IV_3_7_2, MetadataRecord, PartitionChangeRecord


def assign_directories(
    image: ClusterImage, broker_id: int, placed: Iterable[tuple[str, int, bytes]]
) -> list[MetadataRecord]:
    """Records for what the image does not know yet; `placed` is (topic, partition, directory id).

    Partitions that are not, or not any more, this broker's are left out, and so is everything in clusters of
    a `metadata.version` that knows no directories.
    """
    if image.metadata_version < IV_3_7_2:
        return []
    records: list[MetadataRecord] = []
    for topic_name, index, directory in placed:
        topic = image.topics.get(topic_name)
        if topic is None or index >= len(topic.partitions):
            continue
        partition = topic.partitions[index]
        if broker_id not in partition.replicas:
            continue
        place = partition.replicas.index(broker_id)
        directories = partition.directories or [bytes(16)] * len(partition.replicas)
        if directories[place] != directory:
            changed = [*directories[:place], directory, *directories[place + 1 :]]
            records.append(
                PartitionChangeRecord(partition_id=index, topic_id=topic.topic_id, directories=changed)
            )
    return records
