"""ListGroups (API key 16): the groups that a broker coordinates.

v3: first flexible version.  v4: filter by state (KIP-518).  v5: filter by type (KIP-848).
"""

from kafkapy.protocol.schema import array, int16, int32, message, string, struct


@message(key=16, valid="0-5", flexible="3+")
class ListGroupsRequest:
    states_filter: list[str] = array(string, "4+", default=[])
    types_filter: list[str] = array(string, "5+", default=[])


@struct
class ListedGroup:
    group_id: str = string()
    protocol_type: str = string()
    group_state: str = string("4+", default="", ignorable=True)
    group_type: str = string("5+", default="", ignorable=True)


@message(key=16, valid="0-5", flexible="3+")
class ListGroupsResponse:
    throttle_time_ms: int = int32("1+", default=0, ignorable=True)
    error_code: int = int16(default=0)
    groups: list[ListedGroup] = array(ListedGroup)
