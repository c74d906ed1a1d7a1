"""The first records of a cluster: feature levels, and what else whoever formatted the directory asked for.

They come from `bootstrap.checkpoint`, which `kafka-storage format` or kafkapy's first start leaves in the
metadata log directory, and go into the log in one metadata transaction. Source: Kafka's
`ActivationRecordsGenerator`.
"""

from kafkapy.cluster.features import new_cluster_levels
from kafkapy.cluster.image import ELIGIBLE_LEADER_REPLICAS, METADATA_VERSION, ResourceType
from kafkapy.cluster.reader import data_records
from kafkapy.cluster.record_types import (
    IV_3_6_1,
    BeginTransactionRecord,
    ConfigRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
    MetadataRecord,
)
from kafkapy.cluster.snapshot import encode_bootstrap


def new_bootstrap(now_ms: int) -> bytes:
    """The content of `bootstrap.checkpoint` for a new cluster: all that this broker supports."""
    return encode_bootstrap(new_cluster_levels(), now_ms)


def first_records(checkpoint: bytes, min_insync_replicas: int) -> list[MetadataRecord]:
    """What goes into an empty log, given the content of `bootstrap.checkpoint`. DamagedMetadata."""
    wanted = list(data_records(checkpoint))
    levels = {
        record.name: record.feature_level for record in wanted if isinstance(record, FeatureLevelRecord)
    }
    if levels.get(ELIGIBLE_LEADER_REPLICAS):
        wanted.append(_default_min_insync_replicas(min_insync_replicas))
    if levels.get(METADATA_VERSION, 0) < IV_3_6_1:
        return wanted
    return [BeginTransactionRecord(name="Bootstrap records"), *wanted, EndTransactionRecord()]


def _default_min_insync_replicas(min_insync_replicas: int) -> ConfigRecord:
    """With eligible leader replicas (KIP-966) the cluster has one minimum for all brokers."""
    return ConfigRecord(
        resource_type=ResourceType.BROKER,
        resource_name="",
        name="min.insync.replicas",
        value=str(min_insync_replicas),
    )
