"""DescribeQuorum (API key 55), v0-2: who leads the metadata log and how far its voters are (KIP-595).

v1: when a voter was last heard of (KIP-836). v2: directory ids and the voters' listeners (KIP-853).
This node is the only voter, so it is always in step with itself.
Not supported: nothing.
"""

from kafkapy.cluster.image import CLUSTER_METADATA_TOPIC
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_quorum import (
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    Listener,
    Node,
    PartitionData,
    ReplicaState,
    ResponsePartitionData,
    ResponseTopicData,
    TopicData,
)

FIRST_VERSION_WITH_NODES = 2
ONLY_PARTITION = [TopicData(topic_name=CLUSTER_METADATA_TOPIC, partitions=[PartitionData(partition_index=0)])]


@handles(DescribeQuorumRequest, "0-2")
def describe_quorum(ctx: RequestContext, request: DescribeQuorumRequest) -> DescribeQuorumResponse:
    if request.topics != ONLY_PARTITION:
        return DescribeQuorumResponse(topics=[_unknown(topic) for topic in request.topics])
    metadata = ctx.broker.metadata
    controller = metadata.image.controllers.get(metadata.node_id)
    endpoints = () if controller is None else controller.endpoints
    partition = ResponsePartitionData(
        partition_index=0,
        leader_id=metadata.node_id,
        leader_epoch=metadata.epoch,
        high_watermark=metadata.end_offset,
        current_voters=[
            ReplicaState(
                replica_id=metadata.node_id,
                log_end_offset=metadata.end_offset,
                last_fetch_timestamp=ctx.now_ms,
                last_caught_up_timestamp=ctx.now_ms,
            )
        ],
        observers=[],
    )
    listeners = [Listener(name=e.name, host=e.host, port=e.port) for e in endpoints]
    return DescribeQuorumResponse(
        topics=[ResponseTopicData(topic_name=CLUSTER_METADATA_TOPIC, partitions=[partition])],
        nodes=[Node(node_id=metadata.node_id, listeners=listeners)]
        if ctx.api_version >= FIRST_VERSION_WITH_NODES
        else [],
    )


def _unknown(topic: TopicData) -> ResponseTopicData:
    code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    return ResponseTopicData(
        topic_name=topic.topic_name,
        partitions=[
            ResponsePartitionData(
                partition_index=partition.partition_index,
                error_code=code,
                error_message=code.message,
                leader_id=0,
                leader_epoch=0,
                high_watermark=0,
                current_voters=[],
                observers=[],
            )
            for partition in topic.partitions
        ],
    )
