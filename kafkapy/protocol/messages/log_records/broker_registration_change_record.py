"""BrokerRegistrationChangeRecord (type 17 of `__cluster_metadata`): what changed in a broker's registration:
fenced, shutting down, log directories.

v1: controlled shutdown.  v2: log directories (KIP-858).  v3: cordoned log directories.
"""

from kafkapy.protocol.schema import array, int8, int32, int64, message, uuid


@message(key=17, valid="0-3", flexible="0+")
class BrokerRegistrationChangeRecord:
    broker_id: int = int32()
    broker_epoch: int = int64()
    fenced: int = int8(default=0, tag=0)
    in_controlled_shutdown: int = int8("1+", default=0, tag=1)
    log_dirs: list[bytes] = array(uuid, "2+", default=[], tag=2)
    cordoned_log_dirs: list[bytes] | None = array(uuid, "3+", nullable="3+", default=None, tag=3)
