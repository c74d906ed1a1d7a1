"""PartitionChangeRecord (type 5 of `__cluster_metadata`): what changed in a partition: leader, in-sync
replicas, replicas.

v1: directories (KIP-858).  v2: eligible leader replicas (KIP-966).
"""

from kafkapy.protocol.schema import array, int8, int32, message, uuid


@message(key=5, valid="0-2", flexible="0+")
class PartitionChangeRecord:
    partition_id: int = int32(default=-1)
    topic_id: bytes = uuid()
    isr: list[int] | None = array(int32, nullable="0+", default=None, tag=0)
    leader: int = int32(default=-2, tag=1)
    replicas: list[int] | None = array(int32, nullable="0+", default=None, tag=2)
    removing_replicas: list[int] | None = array(int32, nullable="0+", default=None, tag=3)
    adding_replicas: list[int] | None = array(int32, nullable="0+", default=None, tag=4)
    leader_recovery_state: int = int8(default=-1, tag=5)
    directories: list[bytes] | None = array(uuid, "1+", nullable="1+", default=None, tag=8)
    eligible_leader_replicas: list[int] | None = array(int32, "2+", nullable="2+", default=None, tag=6)
    last_known_elr: list[int] | None = array(int32, "2+", nullable="2+", default=None, tag=7)
