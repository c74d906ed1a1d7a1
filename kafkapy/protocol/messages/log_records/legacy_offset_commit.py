"""Type 0 of `__consumer_offsets`: a committed offset, as brokers wrote it before version 1 of the key."""

from kafkapy.protocol.schema import int32, int64, message, string


@message(key=0, valid="0")
class LegacyOffsetCommitKey:
    group: str = string()
    topic: str = string()
    partition: int = int32()


@message(key=0, valid="0")
class LegacyOffsetCommitValue:
    offset: int = int64()
    metadata: str = string()
    commit_timestamp: int = int64()
