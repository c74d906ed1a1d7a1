"""Type 1 of `__consumer_offsets`: the committed offset of a group in a partition.

v1: expiry time.  v2: no more.  v3: leader epoch.  v4: first flexible version, topic id.
"""

from kafkapy.protocol.schema import ZERO_UUID, int32, int64, message, string, uuid


@message(key=1, valid="0")
class OffsetCommitKey:
    group: str = string()
    topic: str = string()
    partition: int = int32()


@message(key=1, valid="0-4", flexible="4+")
class OffsetCommitValue:
    offset: int = int64()
    leader_epoch: int = int32("3+", default=-1, ignorable=True)
    metadata: str = string()
    commit_timestamp: int = int64()
    expire_timestamp: int = int64("1", default=-1, ignorable=True)
    topic_id: bytes = uuid("4+", default=ZERO_UUID, tag=0, ignorable=True)
