import pytest

from kafkapy.cluster.image import NO_LEADER, LeaderRecoveryState
from kafkapy.cluster.leadership import come_back, distrust, elect_leaders, leave
from kafkapy.cluster.metadata import Metadata
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.cluster.memory_metadata_log import create_topic, started_metadata


@pytest.fixture
def metadata() -> Metadata:
    metadata = started_metadata()
    create_topic(metadata, "t", partitions=2)
    return metadata


def leaders(metadata: Metadata) -> list[int]:
    return [partition.leader for partition in metadata.image.topics["t"].partitions]


def test_a_broker_that_leaves_and_comes_back_leads_the_same_partitions(metadata: Metadata) -> None:
    metadata.commit(leave(metadata.image, 1), 0)
    assert leaders(metadata) == [NO_LEADER, NO_LEADER]
    assert leave(metadata.image, 1) == [], "it is not in sync with anything any more"
    metadata.commit(come_back(metadata.image, 1), 0)
    assert leaders(metadata) == [1, 1]
    assert [p.leader_epoch for p in metadata.image.topics["t"].partitions] == [2, 2]


def test_a_broker_that_is_not_trusted_leads_as_the_last_resort(metadata: Metadata) -> None:
    metadata.commit(leave(metadata.image, 1), 0)
    metadata.commit(distrust(metadata.image, 1), 0)
    partition = metadata.image.topics["t"].partitions[0]
    assert (partition.eligible_leader_replicas, partition.last_known_elr) == ([], [1])
    metadata.commit(come_back(metadata.image, 1), 0)
    partition = metadata.image.topics["t"].partitions[0]
    assert (partition.leader, partition.leader_recovery_state) == (1, LeaderRecoveryState.RECOVERING)


@pytest.mark.parametrize("election_type", [0, 1])
def test_no_election_is_needed_where_the_preferred_leader_leads(
    metadata: Metadata, election_type: int
) -> None:
    change = elect_leaders(metadata.image, election_type, [("t", 0), ("t", 1)])
    assert change.records == []
    assert {r.error.code for r in change.results if r.error} == {ErrorCode.ELECTION_NOT_NEEDED}


def test_unknown_partitions_are_named(metadata: Metadata) -> None:
    change = elect_leaders(metadata.image, 0, [("nope", 0), ("t", 7)])
    errors = [result.error for result in change.results]
    assert [e.detail for e in errors if e] == ["No such topic as nope", "No such partition as t-7"]
    assert {e.code for e in errors if e} == {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}


@pytest.mark.parametrize(
    ("election_type", "code"),
    [(0, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE), (1, ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE)],
)
def test_without_a_living_replica_nobody_is_elected(
    metadata: Metadata, election_type: int, code: ErrorCode
) -> None:
    metadata.stop(0)
    change = elect_leaders(metadata.image, election_type, [("t", 0)])
    error = change.results[0].error
    assert error is not None
    assert (error.code, change.records) == (code, [])


def test_a_leaderless_partition_gets_its_replica_that_lives(metadata: Metadata) -> None:
    metadata.commit(leave(metadata.image, 1), 0)
    change = elect_leaders(metadata.image, 0, [("t", 1)])
    assert change.results[0].error is None
    metadata.commit(change.records, 0)
    assert leaders(metadata) == [NO_LEADER, 1]


def test_there_are_two_types_of_election(metadata: Metadata) -> None:
    with pytest.raises(KafkaError, match="Unknown election type 5"):
        elect_leaders(metadata.image, 5, [("t", 0)])
