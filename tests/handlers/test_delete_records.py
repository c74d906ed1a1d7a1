"""DeleteRecords: what is below the offset is gone for readers at once."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.delete_records import (
    DeleteRecordsPartition,
    DeleteRecordsRequest,
    DeleteRecordsTopic,
)
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker


async def delete(broker: MemoryBroker, offset: int, topic: str = "t", index: int = 0) -> tuple[int, int]:
    wanted = DeleteRecordsPartition(partition_index=index, offset=offset)
    request = DeleteRecordsRequest(
        topics=[DeleteRecordsTopic(name=topic, partitions=[wanted])], timeout_ms=100
    )
    (partition,) = (await broker.send(request)).topics[0].partitions
    return partition.error_code, partition.low_watermark


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t")])
    records = build_batch([NewRecord(None, b"v", -1)] * 5)
    broker.broker.partitions.named("t", 0).append(memoryview(records), broker.clock.now_ms())
    return broker


async def test_the_log_starts_at_the_offset_from_now_on_also_after_a_restart(topic: MemoryBroker) -> None:
    assert await delete(topic, 3) == (0, 3)
    assert topic.broker.partitions.named("t", 0).log.log_start_offset == 3
    await topic.restart()
    assert topic.broker.partitions.named("t", 0).log.log_start_offset == 3


async def test_minus_one_deletes_everything(topic: MemoryBroker) -> None:
    assert await delete(topic, -1) == (0, 5)


async def test_deleting_what_is_gone_already_succeeds(topic: MemoryBroker) -> None:
    await delete(topic, 3)
    assert await delete(topic, 1) == (0, 3)


async def test_of_a_partition_named_twice_the_last_offset_counts(topic: MemoryBroker) -> None:
    wanted = [DeleteRecordsPartition(partition_index=0, offset=offset) for offset in (3, 2)]
    topics = [DeleteRecordsTopic(name="t", partitions=wanted), DeleteRecordsTopic(name="t", partitions=[])]
    response = await topic.send(DeleteRecordsRequest(topics=topics, timeout_ms=100))
    (answered,) = response.topics
    assert [(p.error_code, p.low_watermark) for p in answered.partitions] == [(0, 2)]


async def test_a_topic_that_is_never_cleaned_up_may_lose_records(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("cleanup.policy", "")])])
    assert await delete(broker, 0) == (0, 0)


async def test_refusals(topic: MemoryBroker) -> None:
    assert await delete(topic, 6) == (ErrorCode.OFFSET_OUT_OF_RANGE, -1)
    assert await delete(topic, -2) == (ErrorCode.OFFSET_OUT_OF_RANGE, -1)
    assert await delete(topic, 0, index=1) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1)
    topic.broker.internal_topic("__consumer_offsets")
    assert await delete(topic, 0, topic="__consumer_offsets") == (ErrorCode.INVALID_TOPIC_EXCEPTION, -1)
    topic.broker.create_topics([NewTopic("compacted", configs=[("cleanup.policy", "compact")])])
    assert await delete(topic, 0, topic="compacted") == (ErrorCode.POLICY_VIOLATION, -1)
