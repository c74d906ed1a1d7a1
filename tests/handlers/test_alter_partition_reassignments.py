from dataclasses import replace

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.alter_partition_reassignments import (
    AlterPartitionReassignmentsRequest,
    ReassignablePartition,
    ReassignableTopic,
)
from kafkapy.protocol.messages.list_partition_reassignments import ListPartitionReassignmentsRequest
from tests.harness.broker import MemoryBroker

Wish = tuple[str, int, list[int] | None]


def request(*wishes: Wish, **fields: bool | int) -> AlterPartitionReassignmentsRequest:
    made = AlterPartitionReassignmentsRequest(
        topics=[
            ReassignableTopic(
                name=name, partitions=[ReassignablePartition(partition_index=index, replicas=replicas)]
            )
            for name, index, replicas in wishes
        ]
    )
    for field, value in fields.items():
        setattr(made, field, value)
    return made


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t", 2)])
    return broker


@pytest.mark.parametrize("version", range(2))
async def test_one_broker_has_everything_where_it_can_be(topic: MemoryBroker, version: int) -> None:
    wishes = request(("t", 0, [1]), ("t", 1, None), ("t", 0, [2]), ("nope", 0, [1]))
    response = await topic.send(wishes, version)
    assert (response.error_code, response.error_message) == (0, None)
    results = [(t.name, p.error_code, p.error_message) for t in response.responses for p in t.partitions]
    assert results == [
        ("t", 0, None),
        ("t", ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, None),
        (
            "t",
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            "The manual partition assignment includes broker 2, but no such broker is registered.",
        ),
        ("nope", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "Unable to find a topic named nope."),
    ]
    assert (await topic.send(ListPartitionReassignmentsRequest())).topics == []


async def test_the_number_of_replicas_can_be_protected(topic: MemoryBroker) -> None:
    image = topic.broker.metadata.image
    image.brokers[2] = replace(image.brokers[1], broker_id=2, fenced=True)
    response = await topic.send(request(("t", 0, [1, 2]), allow_replication_factor_change=False))
    assert not response.allow_replication_factor_change
    assert response.responses[0].partitions[0].error_code == ErrorCode.INVALID_REPLICATION_FACTOR


async def test_an_empty_request_has_an_empty_message(broker: MemoryBroker) -> None:
    assert (await broker.send(request())).error_message == ""


async def test_without_time_nothing_moves(topic: MemoryBroker) -> None:
    response = await topic.send(request(("t", 0, [1]), timeout_ms=0))
    assert response.error_code == ErrorCode.REQUEST_TIMED_OUT
    assert response.responses[0].partitions[0].error_code == ErrorCode.REQUEST_TIMED_OUT


async def test_an_empty_request_is_answered_as_if_anything_were_allowed(topic: MemoryBroker) -> None:
    response = await topic.send(request(allow_replication_factor_change=False))
    assert (response.responses, response.allow_replication_factor_change) == ([], True)
