"""ListPartitionReassignments (API key 46), v0: partitions that get other replicas at the moment (KIP-455).

Not supported: nothing.
"""

from collections import defaultdict

from kafkapy.cluster.reassignments import reassigning_partitions
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.messages.list_partition_reassignments import (
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    OngoingPartitionReassignment,
    OngoingTopicReassignment,
)


@handles(ListPartitionReassignmentsRequest, "0")
def list_partition_reassignments(
    ctx: RequestContext, request: ListPartitionReassignmentsRequest
) -> ListPartitionReassignmentsResponse:
    wanted = None
    if request.topics is not None:
        wanted = {(topic.name, index) for topic in request.topics for index in topic.partition_indexes}
    moving: dict[str, list[OngoingPartitionReassignment]] = defaultdict(list)
    for name, partition in reassigning_partitions(ctx.broker.metadata.image):
        if wanted is None or (name, partition.index) in wanted:
            moving[name].append(
                OngoingPartitionReassignment(
                    partition_index=partition.index,
                    replicas=partition.replicas,
                    adding_replicas=partition.adding_replicas,
                    removing_replicas=partition.removing_replicas,
                )
            )
    return ListPartitionReassignmentsResponse(
        error_message=None,
        topics=[OngoingTopicReassignment(name=name, partitions=found) for name, found in moving.items()],
    )
