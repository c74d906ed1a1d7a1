"""Type 14 of `__consumer_offsets`: the partitions a share group's member reads (KIP-932)."""

from kafkapy.protocol.schema import array, int8, int32, message, string, struct, uuid


@message(key=14, valid="0")
class ShareGroupCurrentMemberAssignmentKey:
    group_id: str = string()
    member_id: str = string()


@struct
class TopicPartitions:
    topic_id: bytes = uuid()
    partitions: list[int] = array(int32)


@message(key=14, valid="0", flexible="0+")
class ShareGroupCurrentMemberAssignmentValue:
    member_epoch: int = int32()
    previous_member_epoch: int = int32()
    state: int = int8()
    assigned_partitions: list[TopicPartitions] = array(TopicPartitions)
