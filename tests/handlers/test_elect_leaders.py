import pytest

from kafkapy.cluster.leadership import leave
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.elect_leaders import (
    ElectLeadersRequest,
    ElectLeadersResponse,
    TopicPartitions,
)
from tests.harness.broker import MemoryBroker

NOT_NEEDED = ErrorCode.ELECTION_NOT_NEEDED
Outcomes = list[tuple[str, list[tuple[int, int, str | None]]]]


def elections(*topics: tuple[str, list[int]], kind: int = 0, timeout_ms: int = 1000) -> ElectLeadersRequest:
    partitions = [TopicPartitions(topic=topic, partitions=indexes) for topic, indexes in topics]
    return ElectLeadersRequest(election_type=kind, topic_partitions=partitions, timeout_ms=timeout_ms)


def outcomes(response: ElectLeadersResponse) -> Outcomes:
    return [
        (topic.topic, [(p.partition_id, p.error_code, p.error_message) for p in topic.partition_result])
        for topic in response.replica_election_results
    ]


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t", 2)])
    return broker


@pytest.mark.parametrize("version", range(3))
async def test_partitions_with_their_preferred_leader_need_no_election(
    topic: MemoryBroker, version: int
) -> None:
    response = await topic.send(elections(("t", [1, 0]), ("nope", [0]), ("t", [])), version)
    assert response.error_code == 0
    assert outcomes(response) == [
        ("t", [(1, NOT_NEEDED, NOT_NEEDED.message), (0, NOT_NEEDED, NOT_NEEDED.message)]),
        ("nope", [(0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "No such topic as nope")]),
        ("t", []),
    ]


async def test_null_is_everything_but_what_needs_no_election(topic: MemoryBroker) -> None:
    response = await topic.send(ElectLeadersRequest(topic_partitions=None))
    assert outcomes(response) == [("t", [])]


async def test_a_partition_without_leader_gets_one(topic: MemoryBroker) -> None:
    metadata = topic.broker.metadata
    metadata.commit(leave(metadata.image, 1), 0)
    response = await topic.send(ElectLeadersRequest(topic_partitions=None))
    assert outcomes(response) == [("t", [(0, 0, None), (1, 0, None)])]
    assert [p.leader for p in metadata.image.topics["t"].partitions] == [1, 1]


async def test_an_unknown_type_of_election_fails_everything(topic: MemoryBroker) -> None:
    response = await topic.send(elections(("t", [0]), kind=5))
    assert response.error_code == ErrorCode.INVALID_REQUEST
    assert outcomes(response) == [("t", [(0, ErrorCode.INVALID_REQUEST, "Unknown election type 5")])]


async def test_without_time_nobody_is_elected(topic: MemoryBroker) -> None:
    response = await topic.send(elections(("t", [0]), timeout_ms=0))
    assert response.error_code == ErrorCode.REQUEST_TIMED_OUT
    assert outcomes(response) == [("t", [(0, ErrorCode.REQUEST_TIMED_OUT, None)])]
