"""Type 12 of `__consumer_offsets`: the epoch of a share group's target assignment (KIP-932)."""

from kafkapy.protocol.schema import int32, int64, message, string


@message(key=12, valid="0")
class ShareGroupTargetAssignmentMetadataKey:
    group_id: str = string()


@message(key=12, valid="0", flexible="0+")
class ShareGroupTargetAssignmentMetadataValue:
    assignment_epoch: int = int32()
    assignment_timestamp: int = int64(default=0, tag=0)
