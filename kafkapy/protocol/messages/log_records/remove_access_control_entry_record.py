"""RemoveAccessControlEntryRecord (type 19 of `__cluster_metadata`): removes an access control entry."""

from kafkapy.protocol.schema import message, uuid


@message(key=19, valid="0", flexible="0+")
class RemoveAccessControlEntryRecord:
    id: bytes = uuid()
