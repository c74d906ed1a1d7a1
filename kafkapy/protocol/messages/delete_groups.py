"""DeleteGroups (API key 42): deletes empty groups (KIP-229).

v2: first flexible version.
"""

from kafkapy.protocol.schema import array, int16, int32, message, string, struct


@message(key=42, valid="0-2", flexible="2+")
class DeleteGroupsRequest:
    groups_names: list[str] = array(string)


@struct
class DeletableGroupResult:
    group_id: str = string()
    error_code: int = int16(default=0)


@message(key=42, valid="0-2", flexible="2+")
class DeleteGroupsResponse:
    throttle_time_ms: int = int32(default=0)
    results: list[DeletableGroupResult] = array(DeletableGroupResult)
