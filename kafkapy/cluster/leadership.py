"""What brokers that leave and come back do to partitions, and elections that somebody asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kafkapy.cluster.change import Change
from kafkapy.cluster.image import NO_LEADER, ClusterImage, PartitionImage, TopicImage
from kafkapy.cluster.partition_change import (
    Election,
    allows_unclean_election,
    assignment_of,
    change_partition,
    rules_for,
)
from kafkapy.cluster.record_types import MetadataRecord, PartitionChangeRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

ELECTION_TYPES = {0: Election.PREFERRED, 1: Election.UNCLEAN}


@dataclass(frozen=True, slots=True)
class Elected:
    """The outcome for one partition; no error means that it has a new leader."""

    topic: str
    partition: int
    error: KafkaError | None


def leave(image: ClusterImage, broker_id: int) -> list[MetadataRecord]:
    """The broker stops: it leaves every ISR, its partitions get other leaders or none."""
    records: list[MetadataRecord] = []
    for topic in image.topics.values():
        rules = rules_for(image, topic.name, lambda broker: broker != broker_id and image.is_active(broker))
        for partition in topic.partitions:
            if broker_id not in partition.isr:
                continue
            target = assignment_of(partition)
            target.isr.remove(broker_id)
            record = change_partition(
                topic.topic_id, partition, rules, target, election=_election_without_asking(image, topic)
            )
            if record is not None:
                records.append(record)
    return records


def distrust(image: ClusterImage, broker_id: int) -> list[MetadataRecord]:
    """The broker comes back from an unclean shutdown: it is no eligible leader of anything."""
    records: list[MetadataRecord] = []
    for topic, partition in _partitions(image):
        if broker_id not in partition.isr and broker_id not in partition.eligible_leader_replicas:
            continue
        rules = rules_for(image, topic.name, lambda broker: broker != broker_id and image.is_active(broker))
        target = assignment_of(partition)
        target.isr = [replica for replica in target.isr if replica != broker_id]
        record = change_partition(topic.topic_id, partition, rules, target, unclean_shutdown=(broker_id,))
        if record is not None:
            records.append(record)
    return records


def come_back(image: ClusterImage, broker_id: int) -> list[MetadataRecord]:
    """The broker may lead again: partitions without a leader get one if it is it."""
    records: list[MetadataRecord] = []
    for topic in image.topics.values():
        rules = rules_for(image, topic.name, lambda broker: broker == broker_id or image.is_active(broker))
        for partition in topic.partitions:
            if partition.leader != NO_LEADER:
                continue
            record = change_partition(
                topic.topic_id,
                partition,
                rules,
                assignment_of(partition),
                election=_election_without_asking(image, topic),
            )
            if record is not None:
                records.append(record)
    return records


def elect_leaders(
    image: ClusterImage, election_type: int, partitions: Sequence[tuple[str, int]]
) -> Change[Elected]:
    """ElectLeaders: one outcome for each of `partitions`,
    in order. KafkaError(INVALID_REQUEST) for a bad type.
    """
    election = ELECTION_TYPES.get(election_type)
    if election is None:
        raise KafkaError(ErrorCode.INVALID_REQUEST, f"Unknown election type {election_type}")
    records: list[MetadataRecord] = []
    results: list[Elected] = []
    for topic, index in partitions:
        try:
            records.append(_elect_leader(image, topic, index, election))
            results.append(Elected(topic, index, None))
        except KafkaError as error:
            results.append(Elected(topic, index, error))
    return Change(records, results)


def _elect_leader(image: ClusterImage, name: str, index: int, election: Election) -> PartitionChangeRecord:
    topic = image.topics.get(name)
    if topic is None:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such topic as {name}")
    partition = image.partition(name, index)
    if partition is None:
        raise KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such partition as {name}-{index}")
    has_preferred = partition.leader != NO_LEADER and partition.leader == partition.replicas[0]
    if has_preferred or (election is Election.UNCLEAN and partition.leader != NO_LEADER):
        raise KafkaError(ErrorCode.ELECTION_NOT_NEEDED)
    record = change_partition(
        topic.topic_id, partition, rules_for(image, name), assignment_of(partition), election=election
    )
    if record is not None:
        return record
    if election is Election.PREFERRED:
        raise KafkaError(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE)
    raise KafkaError(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE)


def _election_without_asking(image: ClusterImage, topic: TopicImage) -> Election:
    return Election.UNCLEAN if allows_unclean_election(image, topic.name) else Election.ONLINE


def _partitions(image: ClusterImage) -> Iterator[tuple[TopicImage, PartitionImage]]:
    for topic in image.topics.values():
        for partition in topic.partitions:
            yield topic, partition
