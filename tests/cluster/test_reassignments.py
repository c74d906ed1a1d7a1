from dataclasses import replace

import pytest

from kafkapy.cluster.image import PartitionImage
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.reassignments import Reassignment, alter_reassignments, reassigning_partitions
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.cluster.memory_metadata_log import create_topic, started_metadata


@pytest.fixture
def metadata() -> Metadata:
    """Broker 2 was registered once and is gone."""
    metadata = started_metadata()
    metadata.image.brokers[2] = replace(metadata.image.brokers[1], broker_id=2, fenced=True)
    create_topic(metadata, "t", partitions=2)
    return metadata


def alter(metadata: Metadata, index: int, replicas: list[int] | None, **options: bool) -> KafkaError | None:
    wish = Reassignment("t", index, replicas)
    change = alter_reassignments(metadata.image, [wish], **options)
    metadata.commit(change.records, 0)
    return change.results[0]


def partition(metadata: Metadata, index: int = 0) -> PartitionImage:
    return metadata.image.topics["t"].partitions[index]


def test_the_replicas_that_are_there_need_no_move(metadata: Metadata) -> None:
    before = partition(metadata)
    assert alter(metadata, 0, [1]) is None
    assert partition(metadata) is before


def test_a_move_to_a_broker_that_is_away_is_under_way_until_it_is_cancelled(metadata: Metadata) -> None:
    before = partition(metadata)
    assert alter(metadata, 0, [2]) is None
    moving = partition(metadata)
    assert (moving.replicas, moving.removing_replicas, moving.adding_replicas) == ([2, 1], [1], [2])
    assert (moving.leader, moving.isr) == (1, [1])
    assert [(name, p.index) for name, p in reassigning_partitions(metadata.image)] == [("t", 0)]
    assert alter(metadata, 0, None) is None
    after = partition(metadata)
    assert (after.replicas, after.isr, after.directories) == (before.replicas, before.isr, before.directories)
    assert reassigning_partitions(metadata.image) == []


def test_without_a_move_there_is_nothing_to_cancel(metadata: Metadata) -> None:
    error = alter(metadata, 0, None)
    assert error is not None
    assert error.code is ErrorCode.NO_REASSIGNMENT_IN_PROGRESS


@pytest.mark.parametrize(
    ("wish", "code", "text"),
    [
        (
            Reassignment("nope", 0, [1]),
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            "Unable to find a topic named nope.",
        ),
        (
            Reassignment("t", 7, None),
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            "Unable to find partition t:7.",
        ),
        (
            Reassignment("t", 0, []),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes an empty replica list.",
        ),
        (
            Reassignment("t", 0, [3]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes broker 3, but no such broker is registered.",
        ),
    ],
    ids=str,
)
def test_refusals_are_in_kafkas_words(
    metadata: Metadata, wish: Reassignment, code: ErrorCode, text: str
) -> None:
    change = alter_reassignments(metadata.image, [wish])
    error = change.results[0]
    assert error is not None
    assert (error.code, error.detail, change.records) == (code, text, [])


def test_the_number_of_replicas_may_be_fixed(metadata: Metadata) -> None:
    error = alter(metadata, 0, [1, 2], allow_replication_factor_change=False)
    assert error is not None
    assert (error.code, error.detail) == (
        ErrorCode.INVALID_REPLICATION_FACTOR,
        "The replication factor is changed from 1 to 2",
    )
    assert alter(metadata, 0, [2], allow_replication_factor_change=False) is None


def test_a_move_whose_old_replicas_are_all_out_of_sync_cannot_be_cancelled(metadata: Metadata) -> None:
    alter(metadata, 0, [2])
    topic = metadata.image.topics["t"]
    topic.partitions[0] = replace(partition(metadata), isr=[2], leader=2)
    error = alter(metadata, 0, None)
    assert error is not None
    assert error.detail == (
        "Unable to revert partition assignment for t:0 because it would require an unclean leader election."
    )
