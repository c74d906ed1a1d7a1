"""The blobs of the classic "consumer" protocol: what a member subscribes to, and what it is assigned. Each
travels behind an int16 version, inside JoinGroup and SyncGroup.

v1: owned partitions (KIP-429).  v2: generation (KIP-792).  v3: rack (KIP-881).
"""

from kafkapy.protocol.schema import array, bytes_, int32, message, string, struct


@struct
class TopicPartition:
    topic: str = string()
    partitions: list[int] = array(int32)


@message(valid="0-3")
class ConsumerProtocolSubscription:
    topics: list[str] = array(string)
    user_data: bytes | None = bytes_(nullable="0+", default=None)
    owned_partitions: list[TopicPartition] = array(TopicPartition, "1+", default=[], ignorable=True)
    generation_id: int = int32("2+", default=-1, ignorable=True)
    rack_id: str | None = string("3+", nullable="3+", default=None, ignorable=True)


@message(valid="0-3")
class ConsumerProtocolAssignment:
    assigned_partitions: list[TopicPartition] = array(TopicPartition)
    user_data: bytes | None = bytes_(nullable="0+", default=None)
