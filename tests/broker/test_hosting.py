"""Partitions are where the log directories have them, and nowhere else."""

from typing import Any

import pytest

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.builder import NewRecord, build_batch
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker

FIRST, SECOND = "/first", "/second"


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    """Six partitions in two directories, with a record in each, and the internal topics."""
    broker = await start_broker(
        log_dirs=f"{FIRST},{SECOND}", offsets_topic_num_partitions=2, transaction_state_log_num_partitions=2
    )
    broker.broker.create_topics([NewTopic("t", 6)])
    for name in (CONSUMER_OFFSETS, TRANSACTION_STATE):
        broker.broker.internal_topic(name)
    for index in range(6):
        assert await produce(broker, index) == (ErrorCode.NONE, 0)
    return broker


async def produce(broker: MemoryBroker, index: int) -> tuple[ErrorCode, int]:
    """Error code and offset."""
    batch = build_batch([NewRecord(None, b"v", broker.clock.now_ms())])
    data = [PartitionProduceData(index=index, records=batch)]
    topics = [TopicProduceData(name="t", partition_data=data)]
    response = await broker.send(ProduceRequest(acks=-1, timeout_ms=1000, topic_data=topics), 12)
    answer: Any = response.responses[0].partition_responses[0]
    return ErrorCode(answer.error_code), answer.base_offset


def in_second(broker: MemoryBroker) -> set[int]:
    partitions = (broker.broker.partitions.named("t", index) for index in range(6))
    return {partition.index for partition in partitions if partition.log.path.startswith(SECOND)}


async def test_what_is_in_a_directory_that_is_offline_does_not_begin_anew_in_another(
    broker: MemoryBroker,
) -> None:
    away = in_second(broker)
    assert away
    assert away < set(range(6))
    await broker.stop()
    broker.files.fail("read", path=f"{SECOND}/meta.properties", times=2)
    broker._make()
    await broker.start()
    for index in range(6):
        lost = index in away
        expected = (ErrorCode.KAFKA_STORAGE_ERROR, -1) if lost else (ErrorCode.NONE, 1)
        assert await produce(broker, index) == expected
    with pytest.raises(KafkaError, match="KAFKA_STORAGE_ERROR"):
        broker.broker.partitions.find(None, broker.broker.metadata.image.topics["t"].topic_id, min(away))
    await broker.restart()
    assert in_second(broker) == away
    for index in range(6):
        assert await produce(broker, index) == (ErrorCode.NONE, 1 if index in away else 2)


async def test_a_topic_that_is_out_of_reach_can_be_deleted_and_created_again(broker: MemoryBroker) -> None:
    await broker.stop()
    broker.files.fail("read", path=f"{SECOND}/meta.properties", times=2)
    broker._make()
    await broker.start()
    image = broker.broker.metadata.image
    broker.broker.topic_deleted(image.topics["t"])
    assert not {name for name, _ in broker.broker.partitions.out_of_reach} & {"t"}
