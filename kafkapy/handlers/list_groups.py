"""ListGroups (API key 16), v0-5: the groups that this broker coordinates.

v4: only those in some states (KIP-518). v5: only those of some types (KIP-848). Names are compared without
regard to case; unknown ones match nothing.
"""

from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.messages.list_groups import ListedGroup, ListGroupsRequest, ListGroupsResponse


@handles(ListGroupsRequest, "0-5")
async def list_groups(ctx: RequestContext, request: ListGroupsRequest) -> ListGroupsResponse:
    partitions = ctx.broker.groups.list_groups(request.states_filter, request.types_filter)
    return ListGroupsResponse(
        groups=[
            ListedGroup(
                group_id=group.group_id,
                protocol_type=group.protocol_type,
                group_state=group.state,
                group_type=group.group_type,
            )
            for groups in partitions
            for group in await settled(groups)
        ]
    )
