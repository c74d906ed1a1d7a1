"""Type 4 of `__consumer_offsets`: the topics a consumer-protocol
group saw; Kafka 4.1 and later only delete it.
"""

from kafkapy.protocol.schema import array, int32, message, string, struct, uuid


@message(key=4, valid="0")
class ConsumerGroupPartitionMetadataKey:
    group_id: str = string()


@struct
class PartitionMetadata:
    partition: int = int32()
    racks: list[str] = array(string)


@struct
class TopicMetadata:
    topic_id: bytes = uuid()
    topic_name: str = string()
    num_partitions: int = int32()
    partition_metadata: list[PartitionMetadata] = array(PartitionMetadata)


@message(key=4, valid="0", flexible="0+")
class ConsumerGroupPartitionMetadataValue:
    topics: list[TopicMetadata] = array(TopicMetadata)
