import pytest

from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.partitions import MorePartitions, create_partitions
from kafkapy.cluster.record_types import PartitionRecord
from kafkapy.protocol.error_code import ErrorCode
from tests.cluster.memory_metadata_log import create_topic, started_metadata


@pytest.fixture
def metadata() -> Metadata:
    metadata = started_metadata()
    create_topic(metadata, "t", partitions=2)
    return metadata


def test_new_partitions_follow_the_old_ones(metadata: Metadata) -> None:
    topic = metadata.image.topics["t"]
    old = list(topic.partitions)
    change = create_partitions(metadata.image, [MorePartitions("t", 4, [[1], [1]])])
    assert change.results == [None]
    assert [r.partition_id for r in change.records if isinstance(r, PartitionRecord)] == [2, 3]
    metadata.commit(change.records, 0)
    assert topic.partitions[:2] == old
    assert [(p.index, p.leader, p.leader_epoch) for p in topic.partitions[2:]] == [(2, 1, 0), (3, 1, 0)]


@pytest.mark.parametrize(
    ("wanted", "code", "text"),
    [
        (
            MorePartitions("nope", 3),
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.message,
        ),
        (MorePartitions("t", 2), ErrorCode.INVALID_PARTITIONS, "Topic already has 2 partition(s)."),
        (
            MorePartitions("t", -1),
            ErrorCode.INVALID_PARTITIONS,
            "The topic t currently has 2 partition(s); -1 would not be an increase.",
        ),
        (
            MorePartitions("t", 4, [[9]]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
        ),
        (
            MorePartitions("t", 3, []),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "Attempted to add 1 additional partition(s), but only 0 assignment(s) were specified.",
        ),
        (
            MorePartitions("t", 3, [[]]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes an empty replica list.",
        ),
        (
            MorePartitions("t", 3, [[1, 1]]),
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            MorePartitions("t", 2**31 - 1),
            ErrorCode.POLICY_VIOLATION,
            "Unable to perform excessively large batch operation.",
        ),
    ],
    ids=str,
)
def test_refusals_come_in_kafkas_order_and_words(
    metadata: Metadata, wanted: MorePartitions, code: ErrorCode, text: str
) -> None:
    change = create_partitions(metadata.image, [wanted, MorePartitions("t", 3)])
    refused, fine = change.results
    assert refused is not None
    assert (refused.code, refused.detail, fine) == (code, text, None)
    assert len(change.records) == 1


def test_all_topics_of_a_request_together_may_get_ten_thousand_partitions(metadata: Metadata) -> None:
    create_topic(metadata, "u")
    change = create_partitions(metadata.image, [MorePartitions("t", 10_001), MorePartitions("u", 3)])
    assert [error and error.code for error in change.results] == [None, ErrorCode.POLICY_VIOLATION]
    assert len(change.records) == 9_999
