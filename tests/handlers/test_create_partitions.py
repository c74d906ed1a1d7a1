"""CreatePartitions: one result per topic; refusals in depth are in tests/cluster/test_partitions.py."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_partitions import (
    CreatePartitionsAssignment,
    CreatePartitionsRequest,
    CreatePartitionsTopic,
)
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker

Outcome = tuple[str, int, str | None]


async def grow(
    broker: MemoryBroker,
    *topics: tuple[str, int],
    assignments: list[list[int]] | None = None,
    timeout_ms: int = 1000,
    validate_only: bool = False,
    version: int = 3,
) -> list[Outcome]:
    by_hand = None
    if assignments is not None:
        by_hand = [CreatePartitionsAssignment(broker_ids=brokers) for brokers in assignments]
    request = CreatePartitionsRequest(
        topics=[CreatePartitionsTopic(name=name, count=count, assignments=by_hand) for name, count in topics],
        timeout_ms=timeout_ms,
        validate_only=validate_only,
    )
    response = await broker.send(request, version)
    return [(result.name, result.error_code, result.error_message) for result in response.results]


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t", 2)])
    return broker


def count(broker: MemoryBroker) -> int:
    return len(broker.broker.metadata.image.topics["t"].partitions)


@pytest.mark.parametrize("version", range(4))
async def test_new_partitions_are_ready_and_old_ones_keep_their_records(
    topic: MemoryBroker, version: int
) -> None:
    records = build_batch([NewRecord(None, b"v", -1)] * 5)
    topic.broker.partitions.named("t", 0).append(memoryview(records), topic.clock.now_ms())
    assert await grow(topic, ("t", 4), assignments=[[1], [1]], version=version) == [("t", 0, None)]
    ends = [topic.broker.partitions.named("t", index).log.log_end_offset for index in range(4)]
    assert ends == [5, 0, 0, 0]
    await topic.restart()
    assert count(topic) == 4


async def test_validation_adds_nothing(topic: MemoryBroker) -> None:
    assert await grow(topic, ("t", 5), validate_only=True) == [("t", 0, None)]
    assert count(topic) == 2


async def test_every_topic_has_its_result(topic: MemoryBroker) -> None:
    topic.broker.create_topics([NewTopic("u")])
    assert await grow(topic, ("t", 2), ("nope", 2), ("u", 2)) == [
        ("t", ErrorCode.INVALID_PARTITIONS, "Topic already has 2 partition(s)."),
        ("nope", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, None),
        ("u", 0, None),
    ]


async def test_a_topic_that_comes_twice_is_refused_once(topic: MemoryBroker) -> None:
    assert await grow(topic, ("t", 3), ("t", 4), ("nope", 1)) == [
        ("t", ErrorCode.INVALID_REQUEST, "Duplicate topic name."),
        ("nope", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, None),
    ]
    assert count(topic) == 2


async def test_without_time_nothing_is_added(topic: MemoryBroker) -> None:
    assert await grow(topic, ("t", 3), timeout_ms=0) == [("t", ErrorCode.REQUEST_TIMED_OUT, None)]
    assert count(topic) == 2
