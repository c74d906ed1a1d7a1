"""Moving partitions to other brokers (KIP-455): starting, cancelling, completing what can be completed at
once.

A partition that shall move first has old and new replicas; when the new ones are in sync, the old ones go.
Whoever keeps replicas in sync has to end reassignments that wait for it; with one broker there is nothing
to wait for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kafkapy.cluster.change import Change
from kafkapy.cluster.image import ClusterImage, PartitionImage, TopicImage
from kafkapy.cluster.partition_change import (
    Assignment,
    Election,
    allows_unclean_election,
    assignment_of,
    change_partition,
    rules_for,
)
from kafkapy.cluster.placement import check_assignment
from kafkapy.cluster.record_types import MetadataRecord, PartitionChangeRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


@dataclass(frozen=True, slots=True)
class Reassignment:
    """One partition and the replicas it shall have; None takes back the reassignment that is under way."""

    topic: str
    partition: int
    replicas: Sequence[int] | None


def alter_reassignments(
    image: ClusterImage, wishes: Sequence[Reassignment], *, allow_replication_factor_change: bool = True
) -> Change[KafkaError | None]:
    """Records, and an outcome for each wish, in order; None is success."""
    records: list[MetadataRecord] = []
    results: list[KafkaError | None] = []
    for wish in wishes:
        try:
            record = _alter(image, wish, allow_replication_factor_change)
        except KafkaError as error:
            results.append(error)
            continue
        results.append(None)
        if record is not None:
            records.append(record)
    return Change(records, results)


def reassigning_partitions(image: ClusterImage) -> list[tuple[str, PartitionImage]]:
    """Every partition that has a reassignment under way, by topic name."""
    return [
        (name, partition)
        for name, topic in sorted(image.topics.items())
        for partition in topic.partitions
        if partition.is_reassigning
    ]


def _alter(
    image: ClusterImage, wish: Reassignment, allow_replication_factor_change: bool
) -> PartitionChangeRecord | None:
    topic = image.topics.get(wish.topic)
    if topic is None:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"Unable to find a topic named {wish.topic}.")
    partition = image.partition(wish.topic, wish.partition)
    if partition is None:
        raise KafkaError(
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            f"Unable to find partition {wish.topic}:{wish.partition}.",
        )
    if wish.replicas is None:
        return _cancel(image, topic, partition)
    check_assignment(image, wish.replicas, None)
    before, after = len(_replicas_before(partition)), len(wish.replicas)
    if not allow_replication_factor_change and before != after:
        raise KafkaError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            f"The replication factor is changed from {before} to {after}",
        )
    removing = sorted(set(partition.replicas) - set(wish.replicas))
    adding = sorted(set(wish.replicas) - set(partition.replicas))
    target = Assignment([*wish.replicas, *removing], removing, adding, list(partition.isr))
    return _change(image, topic, partition, target, Election.ONLINE)


def _cancel(
    image: ClusterImage, topic: TopicImage, partition: PartitionImage
) -> PartitionChangeRecord | None:
    if not partition.is_reassigning:
        raise KafkaError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS)
    target = assignment_of(partition)
    target.replicas = _replicas_before(partition)
    target.isr = [replica for replica in partition.isr if replica not in partition.adding_replicas]
    target.removing, target.adding = [], []
    unclean = allows_unclean_election(image, topic.name)
    if not target.isr:
        if not unclean:
            raise KafkaError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"Unable to revert partition assignment for {topic.name}:{partition.index} because it would "
                "require an unclean leader election.",
            )
        target.isr = target.replicas[:1]
    return _change(image, topic, partition, target, Election.UNCLEAN if unclean else Election.ONLINE)


def _change(
    image: ClusterImage,
    topic: TopicImage,
    partition: PartitionImage,
    target: Assignment,
    election: Election,
) -> PartitionChangeRecord | None:
    return change_partition(
        topic.topic_id,
        partition,
        rules_for(image, topic.name),
        target,
        election=election,
        default_directory=lambda broker: image.brokers[broker].default_directory,
    )


def _replicas_before(partition: PartitionImage) -> list[int]:
    return [replica for replica in partition.replicas if replica not in partition.adding_replicas]
