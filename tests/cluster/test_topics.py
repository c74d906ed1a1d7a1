from collections.abc import Mapping
from itertools import count

import pytest

from kafkapy.cluster.change import Change
from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import ConfigRecord, PartitionRecord, RemoveTopicRecord, TopicRecord
from kafkapy.cluster.topics import (
    CreatedTopic,
    NewTopic,
    TopicDefaults,
    create_topics,
    delete_topics,
)
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.cluster.memory_metadata_log import create_topic, started_metadata, topic_id


def refuse_compaction(_name: str, configs: Mapping[str, str]) -> None:
    if configs.get("cleanup.policy") == "compact":
        raise KafkaError(ErrorCode.INVALID_CONFIG, "no compaction here")


def creating(
    *topics: NewTopic, image: ClusterImage | None = None, partitions: int = 1
) -> Change[CreatedTopic]:
    numbers = count(1)
    return create_topics(
        started_metadata().image if image is None else image,
        topics,
        defaults=TopicDefaults(partitions, 1),
        validate_configs=refuse_compaction,
        new_topic_id=lambda: topic_id(next(numbers)),
    )


def refusal(topic: NewTopic, image: ClusterImage | None = None) -> tuple[ErrorCode, str]:
    change = creating(topic, image=image)
    assert change.records == []
    error = change.results[0].error
    assert error is not None
    return error.code, error.detail


def test_a_topic_is_its_record_then_its_configs_then_its_partitions() -> None:
    change = creating(NewTopic("t", 2, 1, configs=[("retention.ms", "1"), ("flush.ms", "2")]))
    assert [type(record) for record in change.records] == [
        TopicRecord,
        ConfigRecord,
        ConfigRecord,
        PartitionRecord,
        PartitionRecord,
    ]
    created = change.results[0]
    assert (created.error, created.num_partitions, created.replication_factor) == (None, 2, 1)
    assert created.configs == {"retention.ms": "1", "flush.ms": "2"}
    partition = change.records[-1]
    assert isinstance(partition, PartitionRecord)
    assert (partition.partition_id, partition.topic_id) == (1, created.topic_id)
    assert (partition.replicas, partition.isr, partition.leader, partition.leader_epoch) == ([1], [1], 1, 0)


def test_minus_one_is_the_default() -> None:
    assert creating(NewTopic("t"), partitions=3).results[0].num_partitions == 3


def test_of_two_values_for_one_config_the_last_counts() -> None:
    twice = NewTopic("t", configs=[("retention.ms", "1"), ("retention.ms", "2")])
    assert creating(twice).results[0].configs == {"retention.ms": "2"}


def test_a_bad_topic_does_not_keep_others_from_success() -> None:
    change = creating(NewTopic("a"), NewTopic("bad name"), NewTopic("b"))
    assert [(result.name, result.error is None) for result in change.results] == [
        ("a", True),
        ("bad name", False),
        ("b", True),
    ]
    assert [r.name for r in change.records if isinstance(r, TopicRecord)] == ["a", "b"]


def test_an_existing_name_is_refused_before_anything_else() -> None:
    metadata = started_metadata()
    create_topic(metadata, "a.b")
    everything_wrong = NewTopic("a.b", 0, 0, configs=[("cleanup.policy", None)])
    assert refusal(everything_wrong, metadata.image) == (
        ErrorCode.TOPIC_ALREADY_EXISTS,
        "Topic 'a.b' already exists.",
    )


def test_a_name_that_collides_is_refused() -> None:
    metadata = started_metadata()
    create_topic(metadata, "a.b")
    assert refusal(NewTopic("a_b", configs=[("x", None)]), metadata.image) == (
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        "Topic 'a_b' collides with existing topic: a.b",
    )
    assert creating(NewTopic("a-b"), image=metadata.image).results[0].error is None


def test_colliding_names_in_one_request_are_created_as_kafka_creates_them() -> None:
    assert [result.error for result in creating(NewTopic("a.b"), NewTopic("a_b")).results] == [None, None]


@pytest.mark.parametrize(
    ("topic", "code", "text"),
    [
        (
            NewTopic("t", 0, configs=[("retention.ms", None), ("cleanup.policy", None)]),
            ErrorCode.INVALID_CONFIG,
            "Null value not supported for topic configs: retention.ms,cleanup.policy",
        ),
        (
            NewTopic("t", 0, 0, configs=[("cleanup.policy", "compact")]),
            ErrorCode.INVALID_CONFIG,
            "no compaction here",
        ),
        (
            NewTopic("t", 0, 0),
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (
            NewTopic("t", 1, -2),
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (
            NewTopic("t", 0, 5),
            ErrorCode.INVALID_PARTITIONS,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            NewTopic("t", -2),
            ErrorCode.INVALID_PARTITIONS,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            NewTopic("t", 1, 2),
            ErrorCode.INVALID_REPLICATION_FACTOR,
            "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be "
            "reached because only 1 broker(s) are registered or some brokers have all their log directories "
            "cordoned.",
        ),
        (
            NewTopic("t", 1, 1, [(0, [1])]),
            ErrorCode.INVALID_REQUEST,
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        ),
        (
            NewTopic("t", 1, -1, [(0, [1])]),
            ErrorCode.INVALID_REQUEST,
            "A manual partition assignment was specified, but numPartitions was not set to -1.",
        ),
        (
            NewTopic("t", assignments=[(0, [1]), (0, [9])]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "Found multiple manual partition assignments for partition 0",
        ),
        (
            NewTopic("t", assignments=[(0, [9]), (0, [1])]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (
            NewTopic("t", assignments=[(0, [1]), (2, [1])]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "partitions should be a consecutive 0-based integer sequence",
        ),
        (
            NewTopic("t", assignments=[(-1, [1])]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "partitions should be a consecutive 0-based integer sequence",
        ),
    ],
    ids=str,
)
def test_refusals_come_in_kafkas_order_and_words(topic: NewTopic, code: ErrorCode, text: str) -> None:
    assert refusal(topic) == (code, text)


def test_assignments_may_come_in_any_order() -> None:
    change = creating(NewTopic("t", assignments=[(1, [1]), (0, [1])]))
    partitions = [r.partition_id for r in change.records if isinstance(r, PartitionRecord)]
    assert partitions == [0, 1]


@pytest.mark.parametrize(
    "topics",
    [
        [NewTopic("a", 6_000), NewTopic("b", 4_001)],
        [NewTopic("a", 9_999), NewTopic("b"), NewTopic("c", assignments=[(0, [1])])],
        [NewTopic("a", 2**31 - 1)],
    ],
    ids=len,
)
def test_more_than_ten_thousand_partitions_are_refused_for_all_topics(topics: list[NewTopic]) -> None:
    with pytest.raises(KafkaError) as refused:
        creating(*topics)
    assert refused.value.code is ErrorCode.POLICY_VIOLATION
    assert refused.value.detail == "Excessively large number of partitions per request."


def test_topics_that_need_more_than_ten_thousand_records_are_refused() -> None:
    with pytest.raises(KafkaError) as refused:
        creating(NewTopic("a", 10_000))
    assert refused.value.detail == "Unable to perform excessively large batch operation."
    assert len(creating(NewTopic("a", 9_999)).records) == 10_000


def test_no_topic_is_created_while_the_broker_shuts_down() -> None:
    metadata = started_metadata()
    metadata.stop(0)
    assert refusal(NewTopic("t"), metadata.image) == (
        ErrorCode.INVALID_REPLICATION_FACTOR,
        "Unable to replicate the partition 1 time(s): All brokers are currently fenced or in controlled "
        "shutdown.",
    )
    assert refusal(NewTopic("t", assignments=[(0, [1])]), metadata.image) == (
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        "All brokers specified in the manual partition assignment for partition 0 are fenced or in "
        "controlled shutdown.",
    )


def test_deleting_is_one_record_per_known_topic() -> None:
    metadata = started_metadata()
    known = create_topic(metadata, "t").topic_id
    change = delete_topics(metadata.image, [topic_id(5), known])
    assert change.records == [RemoveTopicRecord(topic_id=known)]
    unknown, deleted = change.results
    assert unknown is not None
    assert (unknown.code, deleted) == (ErrorCode.UNKNOWN_TOPIC_ID, None)


def test_a_deleted_topic_leaves_nothing_behind() -> None:
    metadata = started_metadata()
    create_topic(metadata, "a.b", retention_ms="5")
    metadata.commit(delete_topics(metadata.image, [metadata.image.topics["a.b"].topic_id]).records, 0)
    assert metadata.image.topics == metadata.image.topics_by_id == {}
    assert list(metadata.image.configs.values()) == [{"min.insync.replicas": "1"}]
    assert creating(NewTopic("a_b"), image=metadata.image).results[0].error is None
