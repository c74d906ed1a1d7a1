"""Type 15 of `__consumer_offsets`: which share partitions
have state, or are about to gain or lose it (KIP-932).
"""

from kafkapy.protocol.schema import array, int32, message, string, struct, uuid


@message(key=15, valid="0")
class ShareGroupStatePartitionMetadataKey:
    group_id: str = string()


@struct
class TopicPartitionsInfo:
    topic_id: bytes = uuid()
    topic_name: str = string()
    partitions: list[int] = array(int32)


@struct
class TopicInfo:
    topic_id: bytes = uuid()
    topic_name: str = string()


@message(key=15, valid="0", flexible="0+")
class ShareGroupStatePartitionMetadataValue:
    initializing_topics: list[TopicPartitionsInfo] = array(TopicPartitionsInfo)
    initialized_topics: list[TopicPartitionsInfo] = array(TopicPartitionsInfo)
    deleting_topics: list[TopicInfo] = array(TopicInfo)
