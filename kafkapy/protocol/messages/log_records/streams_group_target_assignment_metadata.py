"""Type 20 of `__consumer_offsets`: the epoch of a streams group's target assignment (KIP-1071)."""

from kafkapy.protocol.schema import int32, int64, message, string


@message(key=20, valid="0")
class StreamsGroupTargetAssignmentMetadataKey:
    group_id: str = string()


@message(key=20, valid="0", flexible="0+")
class StreamsGroupTargetAssignmentMetadataValue:
    assignment_epoch: int = int32()
    assignment_timestamp: int = int64(default=0, tag=0)
