"""Adding partitions to topics, with the checks and texts of Kafka's `ReplicationControlManager`."""

from collections.abc import Sequence
from dataclasses import dataclass

from kafkapy.cluster.change import MAX_RECORDS_PER_CHANGE, Change
from kafkapy.cluster.image import ClusterImage, TopicImage
from kafkapy.cluster.placement import check_alive, check_assignment, new_partition, place_replicas
from kafkapy.cluster.record_types import MetadataRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


@dataclass(frozen=True, slots=True)
class MorePartitions:
    """The number of partitions that a topic shall have, and
    the replicas of the new ones unless brokers choose.
    """

    name: str
    count: int
    assignments: Sequence[Sequence[int]] | None = None


def create_partitions(
    image: ClusterImage, topics: Sequence[MorePartitions], *, first_broker: int = 0
) -> Change[KafkaError | None]:
    """Records, and an outcome for each of the (different) topics, in order; None is success."""
    records: list[MetadataRecord] = []
    results: list[KafkaError | None] = []
    for wanted in topics:
        try:
            added = _added_partitions(image, wanted, first_broker, MAX_RECORDS_PER_CHANGE - len(records))
        except KafkaError as error:
            results.append(error)
        else:
            records += added
            results.append(None)
    return Change(records, results)


def _added_partitions(
    image: ClusterImage, wanted: MorePartitions, first_broker: int, room: int
) -> list[MetadataRecord]:
    topic = image.topics.get(wanted.name)
    if topic is None:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    present = len(topic.partitions)
    if wanted.count == present:
        raise KafkaError(ErrorCode.INVALID_PARTITIONS, f"Topic already has {present} partition(s).")
    if wanted.count < present:
        raise KafkaError(
            ErrorCode.INVALID_PARTITIONS,
            f"The topic {wanted.name} currently has {present} partition(s); {wanted.count} would not be an "
            "increase.",
        )
    if wanted.count - present > room:
        raise KafkaError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")
    replicas = _replicas(image, topic, wanted, first_broker)
    return [
        new_partition(image, topic.topic_id, index, brokers)
        for index, brokers in enumerate(replicas, start=present)
    ]


def _replicas(
    image: ClusterImage, topic: TopicImage, wanted: MorePartitions, first_broker: int
) -> Sequence[Sequence[int]]:
    present, factor = len(topic.partitions), len(topic.partitions[0].replicas)
    additional = wanted.count - present
    if wanted.assignments is None:
        return place_replicas(image, additional, factor, first_broker + present)
    if len(wanted.assignments) != additional:
        raise KafkaError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            f"Attempted to add {additional} additional partition(s), but only {len(wanted.assignments)} "
            "assignment(s) were specified.",
        )
    for index, brokers in enumerate(wanted.assignments, start=present):
        check_assignment(image, brokers, factor)
        check_alive(image, brokers, index)
    return wanted.assignments
