"""Type 10 of `__consumer_offsets`: what a member of a share group told about itself (KIP-932)."""

from kafkapy.protocol.schema import array, message, string


@message(key=10, valid="0")
class ShareGroupMemberMetadataKey:
    group_id: str = string()
    member_id: str = string()


@message(key=10, valid="0", flexible="0+")
class ShareGroupMemberMetadataValue:
    rack_id: str | None = string(nullable="0+")
    client_id: str = string()
    client_host: str = string()
    subscribed_topic_names: list[str] = array(string)
