"""Applies metadata records to the image: the only code that changes it, at commit and at start alike.

`REPLAY` is the table of what kafkapy understands. Records of Kafka's ZooKeeper migration are skipped;
BEGIN, END and ABORT of metadata transactions are handled where batches are read
(`kafkapy.cluster.reader`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from kafkapy.cluster.image import (
    BrokerImage,
    ClusterImage,
    ControllerImage,
    Endpoint,
    FeatureRange,
    LeaderRecoveryState,
    PartitionImage,
    ResourceType,
    TopicImage,
    collision_name,
)
from kafkapy.cluster.record_types import (
    AccessControlEntryRecord,
    BrokerRegistrationChangeRecord,
    ClearElrRecord,
    ClientQuotaRecord,
    ConfigRecord,
    DelegationTokenRecord,
    FeatureLevelRecord,
    FenceBrokerRecord,
    MetadataRecord,
    NoOpRecord,
    PartitionChangeRecord,
    PartitionRecord,
    ProducerIdsRecord,
    RegisterBrokerRecord,
    RegisterControllerRecord,
    RemoveAccessControlEntryRecord,
    RemoveDelegationTokenRecord,
    RemoveTopicRecord,
    RemoveUserScramCredentialRecord,
    TopicRecord,
    UnfenceBrokerRecord,
    UnregisterBrokerRecord,
    UserScramCredentialRecord,
    ZkMigrationStateRecord,
)

NO_LEADER_CHANGE = -2
"""What PARTITION_CHANGE says when the leader stays; any other
value, the old leader included, is a new leader epoch.
"""


class UnreplayableRecord(Exception):
    """A record that does not fit the image: the metadata log is damaged, or comes from a newer Kafka."""


def replay(image: ClusterImage, record: MetadataRecord) -> None:
    """Apply one record. Raises UnreplayableRecord; the image is then as it was."""
    apply = REPLAY.get(type(record))
    if apply is None:
        raise UnreplayableRecord(f"{type(record).__name__} is unknown")
    apply(image, record)


def _topic(image: ClusterImage, record: TopicRecord) -> None:
    if record.name in image.topics or record.topic_id in image.topics_by_id:
        raise UnreplayableRecord(f"topic {record.name} exists already")
    topic = TopicImage(record.name, record.topic_id)
    image.topics[record.name] = topic
    image.topics_by_id[record.topic_id] = topic
    if (shared := collision_name(record.name)) is not None:
        image.topics_by_collision_name.setdefault(shared, []).append(record.name)


def _remove_topic(image: ClusterImage, record: RemoveTopicRecord) -> None:
    topic = _topic_of(image, record.topic_id)
    del image.topics_by_id[record.topic_id]
    del image.topics[topic.name]
    image.configs.pop((ResourceType.TOPIC, topic.name), None)
    if (shared := collision_name(topic.name)) is not None:
        image.topics_by_collision_name[shared].remove(topic.name)
        if not image.topics_by_collision_name[shared]:
            del image.topics_by_collision_name[shared]


def _partition(image: ClusterImage, record: PartitionRecord) -> None:
    partitions = _topic_of(image, record.topic_id).partitions
    if record.partition_id != len(partitions):
        raise UnreplayableRecord(f"partition {record.partition_id} where {len(partitions)} is next")
    partitions.append(
        PartitionImage(
            index=record.partition_id,
            replicas=record.replicas,
            isr=record.isr,
            leader=record.leader,
            leader_epoch=record.leader_epoch,
            partition_epoch=record.partition_epoch,
            directories=record.directories,
            removing_replicas=record.removing_replicas,
            adding_replicas=record.adding_replicas,
            eligible_leader_replicas=record.eligible_leader_replicas or [],
            last_known_elr=record.last_known_elr or [],
            leader_recovery_state=LeaderRecoveryState(record.leader_recovery_state),
        )
    )


def _partition_change(image: ClusterImage, record: PartitionChangeRecord) -> None:
    partitions = _topic_of(image, record.topic_id).partitions
    if not 0 <= record.partition_id < len(partitions):
        raise UnreplayableRecord(f"partition {record.partition_id} is unknown")
    old = partitions[record.partition_id]
    changed: dict[str, Any] = {
        name: value
        for name, value in (
            ("replicas", record.replicas),
            ("isr", record.isr),
            ("directories", record.directories),
            ("removing_replicas", record.removing_replicas),
            ("adding_replicas", record.adding_replicas),
            ("eligible_leader_replicas", record.eligible_leader_replicas),
            ("last_known_elr", record.last_known_elr),
        )
        if value is not None
    }
    if record.leader != NO_LEADER_CHANGE:
        changed |= {"leader": record.leader, "leader_epoch": old.leader_epoch + 1}
    if record.leader_recovery_state >= 0:
        changed["leader_recovery_state"] = LeaderRecoveryState(record.leader_recovery_state)
    partitions[record.partition_id] = replace(old, partition_epoch=old.partition_epoch + 1, **changed)


def _clear_elr(image: ClusterImage, record: ClearElrRecord) -> None:
    """Forget eligible leaders of one topic, or of all (empty name): `TopicsDelta.replay(ClearElrRecord)`."""
    topics = [image.topics[record.topic_name]] if record.topic_name else list(image.topics.values())
    for topic in topics:
        topic.partitions = [
            replace(p, eligible_leader_replicas=[], last_known_elr=[], partition_epoch=p.partition_epoch + 1)
            if p.eligible_leader_replicas or p.last_known_elr
            else p
            for p in topic.partitions
        ]


def _config(image: ClusterImage, record: ConfigRecord) -> None:
    key = (ResourceType(record.resource_type), record.resource_name)
    if record.value is not None:
        image.configs.setdefault(key, {})[record.name] = record.value
    elif key in image.configs:
        image.configs[key].pop(record.name, None)
        if not image.configs[key]:
            del image.configs[key]


def _feature_level(image: ClusterImage, record: FeatureLevelRecord) -> None:
    if record.feature_level:
        image.features[record.name] = record.feature_level
    else:
        image.features.pop(record.name, None)


def _register_broker(image: ClusterImage, record: RegisterBrokerRecord) -> None:
    image.brokers[record.broker_id] = BrokerImage(
        broker_id=record.broker_id,
        epoch=record.broker_epoch,
        incarnation_id=record.incarnation_id,
        endpoints=_endpoints(record.end_points),
        features=_features(record.features),
        rack=record.rack,
        fenced=record.fenced,
        in_controlled_shutdown=record.in_controlled_shutdown,
        log_dirs=tuple(record.log_dirs),
        cordoned_log_dirs=_directories(record.cordoned_log_dirs),
    )


def _broker_registration_change(image: ClusterImage, record: BrokerRegistrationChangeRecord) -> None:
    broker = _broker_of(image, record.broker_id, record.broker_epoch)
    image.brokers[broker.broker_id] = replace(
        broker,
        fenced=_changed(record.fenced, broker.fenced),
        in_controlled_shutdown=_changed(record.in_controlled_shutdown, broker.in_controlled_shutdown),
        log_dirs=tuple(record.log_dirs) or broker.log_dirs,
        cordoned_log_dirs=broker.cordoned_log_dirs
        if record.cordoned_log_dirs is None
        else tuple(record.cordoned_log_dirs),
    )


def _fence_broker(image: ClusterImage, record: FenceBrokerRecord) -> None:
    image.brokers[record.id] = replace(_broker_of(image, record.id, record.epoch), fenced=True)


def _unfence_broker(image: ClusterImage, record: UnfenceBrokerRecord) -> None:
    image.brokers[record.id] = replace(_broker_of(image, record.id, record.epoch), fenced=False)


def _unregister_broker(image: ClusterImage, record: UnregisterBrokerRecord) -> None:
    del image.brokers[_broker_of(image, record.broker_id, record.broker_epoch).broker_id]


def _register_controller(image: ClusterImage, record: RegisterControllerRecord) -> None:
    image.controllers[record.controller_id] = ControllerImage(
        record.controller_id,
        record.incarnation_id,
        _endpoints(record.end_points),
        _features(record.features),
    )


def _producer_ids(image: ClusterImage, record: ProducerIdsRecord) -> None:
    image.next_producer_id = record.next_producer_id


def _access_control_entry(image: ClusterImage, record: AccessControlEntryRecord) -> None:
    image.acls[record.id] = record


def _remove_access_control_entry(image: ClusterImage, record: RemoveAccessControlEntryRecord) -> None:
    image.acls.pop(record.id, None)


def _user_scram_credential(image: ClusterImage, record: UserScramCredentialRecord) -> None:
    image.scram_credentials[record.name, record.mechanism] = record


def _remove_user_scram_credential(image: ClusterImage, record: RemoveUserScramCredentialRecord) -> None:
    image.scram_credentials.pop((record.name, record.mechanism), None)


def _delegation_token(image: ClusterImage, record: DelegationTokenRecord) -> None:
    image.delegation_tokens[record.token_id] = record


def _remove_delegation_token(image: ClusterImage, record: RemoveDelegationTokenRecord) -> None:
    image.delegation_tokens.pop(record.token_id, None)


def _client_quota(image: ClusterImage, record: ClientQuotaRecord) -> None:
    entity = tuple(sorted((part.entity_type, part.entity_name) for part in record.entity))
    if not record.remove:
        image.client_quotas.setdefault(entity, {})[record.key] = record.value
    elif entity in image.client_quotas:
        image.client_quotas[entity].pop(record.key, None)
        if not image.client_quotas[entity]:
            del image.client_quotas[entity]


def _nothing(_image: ClusterImage, _record: NoOpRecord | ZkMigrationStateRecord) -> None:
    """Records that only take up an offset."""


def _topic_of(image: ClusterImage, topic_id: bytes) -> TopicImage:
    topic = image.topics_by_id.get(topic_id)
    if topic is None:
        raise UnreplayableRecord(f"topic id {topic_id.hex()} is unknown")
    return topic


def _broker_of(image: ClusterImage, broker_id: int, epoch: int) -> BrokerImage:
    broker = image.brokers.get(broker_id)
    if broker is None or broker.epoch != epoch:
        raise UnreplayableRecord(f"broker {broker_id} is not registered with epoch {epoch}")
    return broker


def _changed(change: int, present: bool) -> bool:
    """1 and -1 switch on and off, 0 leaves alone (`BrokerRegistrationFencingChange`, where 1 fences)."""
    return change > 0 if change else present


class _WireEndpoint(Protocol):
    name: str
    host: str
    port: int
    security_protocol: int


class _WireFeature(Protocol):
    name: str
    min_supported_version: int
    max_supported_version: int


def _endpoints(endpoints: Sequence[_WireEndpoint]) -> tuple[Endpoint, ...]:
    return tuple(Endpoint(e.name, e.host, e.port, e.security_protocol) for e in endpoints)


def _features(features: Sequence[_WireFeature]) -> tuple[FeatureRange, ...]:
    return tuple(FeatureRange(f.name, f.min_supported_version, f.max_supported_version) for f in features)


def _directories(directories: Sequence[bytes] | None) -> tuple[bytes, ...] | None:
    return None if directories is None else tuple(directories)


REPLAY: dict[type[MetadataRecord], Callable[[ClusterImage, Any], None]] = {
    TopicRecord: _topic,
    RemoveTopicRecord: _remove_topic,
    PartitionRecord: _partition,
    PartitionChangeRecord: _partition_change,
    ClearElrRecord: _clear_elr,
    ConfigRecord: _config,
    FeatureLevelRecord: _feature_level,
    RegisterBrokerRecord: _register_broker,
    BrokerRegistrationChangeRecord: _broker_registration_change,
    FenceBrokerRecord: _fence_broker,
    UnfenceBrokerRecord: _unfence_broker,
    UnregisterBrokerRecord: _unregister_broker,
    RegisterControllerRecord: _register_controller,
    ProducerIdsRecord: _producer_ids,
    AccessControlEntryRecord: _access_control_entry,
    RemoveAccessControlEntryRecord: _remove_access_control_entry,
    UserScramCredentialRecord: _user_scram_credential,
    RemoveUserScramCredentialRecord: _remove_user_scram_credential,
    DelegationTokenRecord: _delegation_token,
    RemoveDelegationTokenRecord: _remove_delegation_token,
    ClientQuotaRecord: _client_quota,
    NoOpRecord: _nothing,
    ZkMigrationStateRecord: _nothing,
}
