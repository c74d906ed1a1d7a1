"""Type 1 of `__share_group_state`: what changed in one share partition since its last snapshot (KIP-932)."""

from kafkapy.protocol.schema import array, int8, int16, int32, int64, message, string, struct, uuid


@message(key=1, valid="0")
class ShareUpdateKey:
    group_id: str = string()
    topic_id: bytes = uuid()
    partition: int = int32()


@struct
class StateBatch:
    first_offset: int = int64()
    last_offset: int = int64()
    delivery_state: int = int8()
    delivery_count: int = int16()


@message(key=1, valid="0", flexible="0+")
class ShareUpdateValue:
    snapshot_epoch: int = int32()
    leader_epoch: int = int32()
    start_offset: int = int64()
    delivery_complete_count: int = int32(default=-1, tag=0)
    state_batches: list[StateBatch] = array(StateBatch)
