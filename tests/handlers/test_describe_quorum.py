import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_quorum import (
    DescribeQuorumRequest,
    PartitionData,
    ReplicaState,
    TopicData,
)
from tests.harness.broker import MemoryBroker


def quorum(*partitions: tuple[str, int]) -> DescribeQuorumRequest:
    return DescribeQuorumRequest(
        topics=[
            TopicData(topic_name=name, partitions=[PartitionData(partition_index=index)])
            for name, index in partitions
        ]
    )


@pytest.mark.parametrize("version", range(3))
async def test_the_only_voter_leads_and_is_in_step(broker: MemoryBroker, version: int) -> None:
    await broker.restart()
    response = await broker.send(quorum(("__cluster_metadata", 0)), version)
    (partition,) = response.topics[0].partitions
    end_offset = broker.broker.metadata.end_offset
    assert (partition.error_code, partition.leader_id, partition.leader_epoch) == (0, 1, 2)
    assert partition.high_watermark == end_offset
    heard_ms = broker.clock.now_ms() if version else -1
    assert partition.current_voters == [
        ReplicaState(
            replica_id=1,
            log_end_offset=end_offset,
            last_fetch_timestamp=heard_ms,
            last_caught_up_timestamp=heard_ms,
        )
    ]
    assert [node.node_id for node in response.nodes] == ([1] if version >= 2 else [])


@pytest.mark.parametrize(
    "asked", [[("t", 0)], [("__cluster_metadata", 1)], [("__cluster_metadata", 0), ("t", 0)]]
)
async def test_there_is_no_other_quorum(broker: MemoryBroker, asked: list[tuple[str, int]]) -> None:
    response = await broker.send(quorum(*asked))
    assert (response.error_code, response.nodes) == (0, [])
    codes = [partition.error_code for topic in response.topics for partition in topic.partitions]
    assert codes == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION] * len(asked)
