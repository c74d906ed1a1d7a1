"""DeleteGroups (API key 42), v0-2: deletes groups that have no members, and their offsets (KIP-229)."""

from kafkapy.coordinator.runtime import settled
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.delete_groups import (
    DeletableGroupResult,
    DeleteGroupsRequest,
    DeleteGroupsResponse,
)


def _fail(request: DeleteGroupsRequest, code: ErrorCode) -> DeleteGroupsResponse:
    return DeleteGroupsResponse(
        results=[
            DeletableGroupResult(group_id=group_id, error_code=code) for group_id in request.groups_names
        ]
    )


@handles(DeleteGroupsRequest, "0-2", fail=_fail)
async def delete_groups(ctx: RequestContext, request: DeleteGroupsRequest) -> DeleteGroupsResponse:
    return DeleteGroupsResponse(
        results=[
            DeletableGroupResult(group_id=group_id, error_code=await _delete(ctx, group_id))
            for group_id in dict.fromkeys(request.groups_names)
        ]
    )


async def _delete(ctx: RequestContext, group_id: str) -> ErrorCode:
    try:
        await settled(ctx.broker.groups.delete_group(group_id))
    except KafkaError as refusal:
        return refusal.code
    return ErrorCode.NONE
