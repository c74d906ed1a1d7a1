"""Type 7 of `__consumer_offsets`: a member's target assignment in a consumer-protocol group (KIP-848)."""

from kafkapy.protocol.schema import array, int32, message, string, struct, uuid


@message(key=7, valid="0")
class ConsumerGroupTargetAssignmentMemberKey:
    group_id: str = string()
    member_id: str = string()


@struct
class TopicPartition:
    topic_id: bytes = uuid()
    partitions: list[int] = array(int32)


@message(key=7, valid="0", flexible="0+")
class ConsumerGroupTargetAssignmentMemberValue:
    topic_partitions: list[TopicPartition] = array(TopicPartition)
