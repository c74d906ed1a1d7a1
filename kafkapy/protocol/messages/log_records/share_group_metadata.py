"""Type 11 of `__consumer_offsets`: the epoch of a share group (KIP-932)."""

from kafkapy.protocol.schema import int32, int64, message, string


@message(key=11, valid="0")
class ShareGroupMetadataKey:
    group_id: str = string()


@message(key=11, valid="0", flexible="0+")
class ShareGroupMetadataValue:
    epoch: int = int32()
    metadata_hash: int = int64()
