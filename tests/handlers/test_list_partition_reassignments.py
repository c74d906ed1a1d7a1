from dataclasses import replace

from kafkapy.cluster.reassignments import Reassignment, alter_reassignments
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsTopics,
    OngoingPartitionReassignment,
    OngoingTopicReassignment,
)
from tests.harness.broker import MemoryBroker


async def test_partitions_on_their_way_are_listed(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", 2)])
    metadata = broker.broker.metadata
    metadata.image.brokers[2] = replace(metadata.image.brokers[1], broker_id=2, fenced=True)
    metadata.commit(alter_reassignments(metadata.image, [Reassignment("t", 1, [2])]).records, 0)
    moving = OngoingPartitionReassignment(
        partition_index=1, replicas=[2, 1], adding_replicas=[2], removing_replicas=[1]
    )
    listed = [OngoingTopicReassignment(name="t", partitions=[moving])]
    assert (await broker.send(ListPartitionReassignmentsRequest())).topics == listed
    for indexes, expected in (([0, 1, 9], listed), ([0], [])):
        wanted = ListPartitionReassignmentsTopics(name="t", partition_indexes=indexes)
        assert (await broker.send(ListPartitionReassignmentsRequest(topics=[wanted]))).topics == expected


async def test_nothing_is_on_its_way_with_one_broker(broker: MemoryBroker) -> None:
    response = await broker.send(ListPartitionReassignmentsRequest())
    assert (response.error_code, response.error_message, response.topics) == (0, None, [])
