"""PartitionRecord (type 3 of `__cluster_metadata`): adds a partition, or replaces what is known of it.

v1: directories (KIP-858).  v2: eligible leader replicas (KIP-966).
"""

from kafkapy.protocol.schema import array, int8, int32, message, uuid


@message(key=3, valid="0-2", flexible="0+")
class PartitionRecord:
    partition_id: int = int32(default=-1)
    topic_id: bytes = uuid()
    replicas: list[int] = array(int32)
    isr: list[int] = array(int32)
    removing_replicas: list[int] = array(int32)
    adding_replicas: list[int] = array(int32)
    leader: int = int32(default=-1)
    leader_recovery_state: int = int8(default=0, tag=0)
    leader_epoch: int = int32(default=-1)
    partition_epoch: int = int32(default=-1)
    directories: list[bytes] = array(uuid, "1+", default=[])
    eligible_leader_replicas: list[int] | None = array(int32, "2+", nullable="2+", default=None, tag=1)
    last_known_elr: list[int] | None = array(int32, "2+", nullable="2+", default=None, tag=2)
