"""Type 6 of `__consumer_offsets`: the epoch of a consumer-protocol group's target assignment (KIP-848)."""

from kafkapy.protocol.schema import int32, int64, message, string


@message(key=6, valid="0")
class ConsumerGroupTargetAssignmentMetadataKey:
    group_id: str = string()


@message(key=6, valid="0", flexible="0+")
class ConsumerGroupTargetAssignmentMetadataValue:
    assignment_epoch: int = int32()
    assignment_timestamp: int = int64(default=0, tag=0)
