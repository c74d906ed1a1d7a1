"""Type 3 of `__consumer_offsets`: the epoch of a consumer-protocol group (KIP-848)."""

from kafkapy.protocol.schema import int32, int64, message, string


@message(key=3, valid="0")
class ConsumerGroupMetadataKey:
    group_id: str = string()


@message(key=3, valid="0", flexible="0+")
class ConsumerGroupMetadataValue:
    epoch: int = int32()
    metadata_hash: int = int64(default=0, tag=0)
