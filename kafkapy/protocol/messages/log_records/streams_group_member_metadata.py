"""Type 19 of `__consumer_offsets`: what a member of a streams group told about itself (KIP-1071)."""

from kafkapy.protocol.schema import array, int32, message, nested, string, struct, uint16


@message(key=19, valid="0")
class StreamsGroupMemberMetadataKey:
    group_id: str = string()
    member_id: str = string()


@struct
class Endpoint:
    host: str = string()
    port: int = uint16()


@struct
class KeyValue:
    key: str = string()
    value: str = string()


@message(key=19, valid="0", flexible="0+")
class StreamsGroupMemberMetadataValue:
    instance_id: str | None = string(nullable="0+")
    rack_id: str | None = string(nullable="0+")
    client_id: str = string()
    client_host: str = string()
    rebalance_timeout_ms: int = int32(default=-1)
    topology_epoch: int = int32()
    process_id: str = string()
    user_endpoint: Endpoint | None = nested(Endpoint, nullable="0+", default=None)
    client_tags: list[KeyValue] = array(KeyValue)
