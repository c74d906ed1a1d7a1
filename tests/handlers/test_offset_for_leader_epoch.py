"""OffsetForLeaderEpoch: where an epoch ended."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition,
    OffsetForLeaderTopic,
)
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    """Offsets 0 and 1 in epoch 0, offset 2 in epoch 4; epoch 6 has begun and has nothing."""
    broker.broker.create_topics([NewTopic("t")])
    partition = broker.broker.partitions.named("t", 0)
    for epoch, count in ((0, 2), (4, 1), (6, 0)):
        partition.lead(epoch)
        if count:
            records = build_batch([NewRecord(None, b"v", -1)] * count)
            partition.append(memoryview(records), broker.clock.now_ms())
    return broker


async def look_up(
    broker: MemoryBroker, epoch: int, current: int = -1, index: int = 0
) -> tuple[int, int, int]:
    wanted = OffsetForLeaderPartition(partition=index, leader_epoch=epoch, current_leader_epoch=current)
    request = OffsetForLeaderEpochRequest(topics=[OffsetForLeaderTopic(topic="t", partitions=[wanted])])
    (partition,) = (await broker.send(request)).topics[0].partitions
    return partition.error_code, partition.leader_epoch, partition.end_offset


@pytest.mark.parametrize(
    ("epoch", "answer"),
    [
        (0, (0, 0, 2)),
        (2, (0, 0, 2)),
        (4, (0, 4, 3)),
        (6, (0, 6, 3)),
        (7, (0, -1, -1)),
        (-1, (0, -1, -1)),
        (-2, (0, -2, 0)),
    ],
)
async def test_the_largest_known_epoch_up_to_the_wanted_one_and_its_end(
    topic: MemoryBroker, epoch: int, answer: tuple[int, int, int]
) -> None:
    assert await look_up(topic, epoch) == answer


async def test_refusals(topic: MemoryBroker) -> None:
    assert (await look_up(topic, 0, index=9))[0] == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert (await look_up(topic, 0, current=5))[0] == ErrorCode.FENCED_LEADER_EPOCH
    assert (await look_up(topic, 0, current=7))[0] == ErrorCode.UNKNOWN_LEADER_EPOCH
