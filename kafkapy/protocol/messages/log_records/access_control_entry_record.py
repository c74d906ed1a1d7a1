"""AccessControlEntryRecord (type 18 of `__cluster_metadata`): adds an access control entry."""

from kafkapy.protocol.schema import int8, message, string, uuid


@message(key=18, valid="0", flexible="0+")
class AccessControlEntryRecord:
    id: bytes = uuid()
    resource_type: int = int8()
    resource_name: str = string()
    pattern_type: int = int8()
    principal: str = string()
    host: str = string()
    operation: int = int8()
    permission_type: int = int8()
