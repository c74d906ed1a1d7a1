"""Type 17 of `__consumer_offsets`: the epoch of a streams group (KIP-1071)."""

from kafkapy.protocol.schema import array, int32, int64, message, string, struct


@message(key=17, valid="0")
class StreamsGroupMetadataKey:
    group_id: str = string()


@struct
class LastAssignmentConfig:
    key: str = string()
    value: str = string()


@message(key=17, valid="0", flexible="0+")
class StreamsGroupMetadataValue:
    epoch: int = int32()
    metadata_hash: int = int64()
    validated_topology_epoch: int = int32(default=-1, tag=0)
    last_assignment_configs: list[LastAssignmentConfig] | None = array(
        LastAssignmentConfig, nullable="0+", default=[], tag=1
    )
