"""ZkMigrationStateRecord (type 21 of `__cluster_metadata`): how far a migration from ZooKeeper had come."""

from kafkapy.protocol.schema import int8, message


@message(key=21, valid="0", flexible="0+")
class ZkMigrationStateRecord:
    zk_migration_state: int = int8()
