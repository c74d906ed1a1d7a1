"""Creating and deleting topics, with the checks and texts of Kafka's `ReplicationControlManager`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kafkapy.cluster.change import MAX_RECORDS_PER_CHANGE, Change
from kafkapy.cluster.image import ClusterImage, ResourceType
from kafkapy.cluster.placement import check_alive, check_assignment, new_partition, place_replicas
from kafkapy.cluster.record_types import ConfigRecord, MetadataRecord, RemoveTopicRecord, TopicRecord
from kafkapy.cluster.topic_names import check_no_collision, check_topic_name
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.schema import ZERO_UUID

ConfigValidator = Callable[[str, Mapping[str, str]], None]
"""(topic name, overrides): raises KafkaError(INVALID_CONFIG) if a topic may not have them."""

MAX_PARTITIONS_PER_REQUEST = 10_000


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic to create; -1 is the broker's default, `assignments` are (partition, replicas) pairs."""

    name: str
    num_partitions: int = -1
    replication_factor: int = -1
    assignments: Sequence[tuple[int, Sequence[int]]] = ()
    configs: Sequence[tuple[str, str | None]] = ()


@dataclass(frozen=True, slots=True)
class TopicDefaults:
    """`num.partitions` and `default.replication.factor`."""

    num_partitions: int
    replication_factor: int


@dataclass(frozen=True, slots=True)
class CreatedTopic:
    """The outcome for one topic; all but `name` and `error` mean something only if `error` is None."""

    name: str
    error: KafkaError | None = None
    topic_id: bytes = ZERO_UUID
    num_partitions: int = -1
    replication_factor: int = -1
    configs: Mapping[str, str] = field(default_factory=dict)


def create_topics(
    image: ClusterImage,
    topics: Sequence[NewTopic],
    *,
    defaults: TopicDefaults,
    validate_configs: ConfigValidator,
    new_topic_id: Callable[[], bytes],
    first_broker: int = 0,
) -> Change[CreatedTopic]:
    """Records and outcomes, in order, for topics with different names; a bad topic does not keep others
    from success.

    Leaders go round the brokers from number `first_broker` on. Raises KafkaError(POLICY_VIOLATION) when all
    of it together is too much for one change.
    """
    if sum(_asked_partitions(topic, defaults) for topic in topics) > MAX_PARTITIONS_PER_REQUEST:
        raise KafkaError(ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.")
    records: list[MetadataRecord] = []
    results: list[CreatedTopic] = []
    for topic in topics:
        try:
            configs = _checked_configs(image, topic, validate_configs)
            replicas = _replicas(image, topic, defaults, first_broker)
        except KafkaError as error:
            results.append(CreatedTopic(topic.name, error))
            continue
        topic_id = new_topic_id()
        records.append(TopicRecord(name=topic.name, topic_id=topic_id))
        records += [
            ConfigRecord(resource_type=ResourceType.TOPIC, resource_name=topic.name, name=name, value=value)
            for name, value in configs.items()
        ]
        records += [new_partition(image, topic_id, index, brokers) for index, brokers in enumerate(replicas)]
        results.append(CreatedTopic(topic.name, None, topic_id, len(replicas), len(replicas[0]), configs))
    if len(records) > MAX_RECORDS_PER_CHANGE:
        raise KafkaError(ErrorCode.POLICY_VIOLATION, "Unable to perform excessively large batch operation.")
    return Change(records, results)


def delete_topics(image: ClusterImage, topic_ids: Sequence[bytes]) -> Change[KafkaError | None]:
    """An outcome for each of the (different) ids, in order: None, or KafkaError(UNKNOWN_TOPIC_ID)."""
    known = [image.topic_by_id(topic_id) is not None for topic_id in topic_ids]
    return Change(
        [
            RemoveTopicRecord(topic_id=topic_id)
            for topic_id, is_known in zip(topic_ids, known, strict=True)
            if is_known
        ],
        [None if is_known else KafkaError(ErrorCode.UNKNOWN_TOPIC_ID) for is_known in known],
    )


def _asked_partitions(topic: NewTopic, defaults: TopicDefaults) -> int:
    if topic.assignments:
        return len(topic.assignments)
    return defaults.num_partitions if topic.num_partitions == -1 else max(0, topic.num_partitions)


def _checked_configs(
    image: ClusterImage, topic: NewTopic, validate_configs: ConfigValidator
) -> dict[str, str]:
    if topic.name in image.topics:
        raise KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, f"Topic '{topic.name}' already exists.")
    check_topic_name(topic.name)
    check_no_collision(image, topic.name)
    missing = [name for name, value in topic.configs if value is None]
    if missing:
        raise KafkaError(
            ErrorCode.INVALID_CONFIG, f"Null value not supported for topic configs: {','.join(missing)}"
        )
    configs = {name: value for name, value in topic.configs if value is not None}
    if configs:
        validate_configs(topic.name, configs)
    return configs


def _replicas(
    image: ClusterImage, topic: NewTopic, defaults: TopicDefaults, first_broker: int
) -> list[Sequence[int]]:
    if topic.assignments:
        return _assigned_replicas(image, topic)
    if topic.replication_factor < -1 or topic.replication_factor == 0:
        raise KafkaError(
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        )
    if topic.num_partitions < -1 or topic.num_partitions == 0:
        raise KafkaError(
            ErrorCode.INVALID_PARTITIONS,
            "Number of partitions was set to an invalid non-positive value.",
        )
    count = defaults.num_partitions if topic.num_partitions == -1 else topic.num_partitions
    factor = defaults.replication_factor if topic.replication_factor == -1 else topic.replication_factor
    try:
        return [*place_replicas(image, count, factor, first_broker)]
    except KafkaError as error:
        raise KafkaError(
            error.code, f"Unable to replicate the partition {factor} time(s): {error.detail}"
        ) from None


def _assigned_replicas(image: ClusterImage, topic: NewTopic) -> list[Sequence[int]]:
    if topic.replication_factor != -1:
        raise _manual_and("replication factor")
    if topic.num_partitions != -1:
        raise _manual_and("numPartitions")
    replicas: dict[int, Sequence[int]] = {}
    factor = None
    for index, brokers in topic.assignments:
        if index in replicas:
            raise KafkaError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"Found multiple manual partition assignments for partition {index}",
            )
        check_assignment(image, brokers, factor)
        check_alive(image, brokers, index)
        replicas[index] = brokers
        factor = len(brokers)
    if set(replicas) != set(range(len(replicas))):
        raise KafkaError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "partitions should be a consecutive 0-based integer sequence",
        )
    return [replicas[index] for index in range(len(replicas))]


def _manual_and(setting: str) -> KafkaError:
    return KafkaError(
        ErrorCode.INVALID_REQUEST,
        f"A manual partition assignment was specified, but {setting} was not set to -1.",
    )
