"""Type 13 of `__consumer_offsets`: a member's target assignment in a share group (KIP-932)."""

from kafkapy.protocol.schema import array, int32, message, string, struct, uuid


@message(key=13, valid="0")
class ShareGroupTargetAssignmentMemberKey:
    group_id: str = string()
    member_id: str = string()


@struct
class TopicPartition:
    topic_id: bytes = uuid()
    partitions: list[int] = array(int32)


@message(key=13, valid="0", flexible="0+")
class ShareGroupTargetAssignmentMemberValue:
    topic_partitions: list[TopicPartition] = array(TopicPartition)
