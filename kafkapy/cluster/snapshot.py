"""Snapshots of the metadata log: the image as records, framed as Kafka frames them, and the names of their
files.

A snapshot file holds batches: SNAPSHOT_HEADER (with the quorum's version and voters, where those are in the
log), the records, SNAPSHOT_FOOTER. Source: KIP-630; Kafka's `RecordsSnapshotWriter` and
`MetadataImage.write`.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from kafkapy.cluster.image import METADATA_VERSION, ClusterImage, TopicImage
from kafkapy.cluster.record_types import (
    ClientQuotaRecord,
    ConfigRecord,
    FeatureLevelRecord,
    MetadataRecord,
    PartitionRecord,
    ProducerIdsRecord,
    TopicRecord,
    encode_record,
)
from kafkapy.cluster.registrations import broker_record, controller_record
from kafkapy.protocol.codec import encode
from kafkapy.protocol.messages.log_records.client_quota_record import EntityData
from kafkapy.protocol.messages.log_records.kraft_version_record import KRaftVersionRecord
from kafkapy.protocol.messages.log_records.snapshot_footer_record import SnapshotFooterRecord
from kafkapy.protocol.messages.log_records.snapshot_header_record import SnapshotHeaderRecord
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import ControlType, control_batch

RECORDS_PER_BATCH = 1024
_NAME = re.compile(r"(\d{20})-(\d{10})\.checkpoint")


class SnapshotId(NamedTuple):
    """What a snapshot covers: every record below `end_offset`, the last of which has quorum epoch `epoch`."""

    end_offset: int
    epoch: int

    @property
    def file_name(self) -> str:
        return f"{self.end_offset:020d}-{self.epoch:010d}.checkpoint"


def parse_snapshot_name(file_name: str) -> SnapshotId | None:
    """The id in a snapshot's file name; None for other names, those of unfinished snapshots among them."""
    match = _NAME.fullmatch(file_name)
    return SnapshotId(int(match[1]), int(match[2])) if match else None


def encode_snapshot(image: ClusterImage, *, last_timestamp_ms: int, now_ms: int) -> bytes:
    """The content of the snapshot of `image`; `last_timestamp_ms` is that of the last record it covers."""
    controls = [(ControlType.SNAPSHOT_HEADER, _header(last_timestamp_ms))]
    if image.kraft_version:
        version = KRaftVersionRecord(version=0, kraft_version=image.kraft_version)
        controls.append((ControlType.KRAFT_VERSION, encode(version, 0)))
        controls.append((ControlType.KRAFT_VOTERS, image.voters))
    return _frame(
        image_records(image),
        controls,
        epoch=image.epoch,
        metadata_version=image.metadata_version,
        now_ms=now_ms,
    )


def encode_bootstrap(records: Iterable[MetadataRecord], now_ms: int) -> bytes:
    """The content of `bootstrap.checkpoint`: what the first start writes into an empty log."""
    controls = [(ControlType.SNAPSHOT_HEADER, _header(0))]
    return _frame(records, controls, epoch=0, metadata_version=0, now_ms=now_ms)


def _frame(
    records: Iterable[MetadataRecord],
    controls: Iterable[tuple[ControlType, bytes]],
    *,
    epoch: int,
    metadata_version: int,
    now_ms: int,
) -> bytes:
    """Control records, records and a footer as batches with offsets from 0 on."""
    content = bytearray()
    offset = 0
    for kind, value in controls:
        content += control_batch(kind, value, now_ms, base_offset=offset, leader_epoch=epoch)
        offset += 1
    values = (NewRecord(None, encode_record(record, metadata_version), now_ms) for record in records)
    while batch := list(islice(values, RECORDS_PER_BATCH)):
        content += build_batch(batch, base_offset=offset, partition_leader_epoch=epoch)
        offset += len(batch)
    footer = encode(SnapshotFooterRecord(version=0), 0)
    content += control_batch(
        ControlType.SNAPSHOT_FOOTER, footer, now_ms, base_offset=offset, leader_epoch=epoch
    )
    return bytes(content)


def image_records(image: ClusterImage) -> Iterator[MetadataRecord]:
    """The records that make this image of an empty one, `metadata.version` first."""
    for name in sorted(image.features, key=lambda name: (name != METADATA_VERSION, name)):
        yield FeatureLevelRecord(name=name, feature_level=image.features[name])
    yield from map(broker_record, image.brokers.values())
    yield from map(controller_record, image.controllers.values())
    for topic in image.topics.values():
        yield TopicRecord(name=topic.name, topic_id=topic.topic_id)
        yield from _partition_records(topic)
    for (resource_type, resource_name), configs in image.configs.items():
        for name, value in configs.items():
            yield ConfigRecord(
                resource_type=resource_type, resource_name=resource_name, name=name, value=value
            )
    for entity, quotas in image.client_quotas.items():
        parts = [EntityData(entity_type=kind, entity_name=name) for kind, name in entity]
        for key, quota in quotas.items():
            yield ClientQuotaRecord(entity=parts, key=key, value=quota, remove=False)
    if image.next_producer_id:
        yield ProducerIdsRecord(broker_id=-1, next_producer_id=image.next_producer_id)
    yield from image.acls.values()
    yield from image.scram_credentials.values()
    yield from image.delegation_tokens.values()


def _header(last_timestamp_ms: int) -> bytes:
    return encode(SnapshotHeaderRecord(version=0, last_contained_log_timestamp=last_timestamp_ms), 0)


def _partition_records(topic: TopicImage) -> Iterator[PartitionRecord]:
    for partition in topic.partitions:
        yield PartitionRecord(
            partition_id=partition.index,
            topic_id=topic.topic_id,
            replicas=partition.replicas,
            isr=partition.isr,
            removing_replicas=partition.removing_replicas,
            adding_replicas=partition.adding_replicas,
            leader=partition.leader,
            leader_recovery_state=partition.leader_recovery_state,
            leader_epoch=partition.leader_epoch,
            partition_epoch=partition.partition_epoch,
            directories=partition.directories,
            eligible_leader_replicas=partition.eligible_leader_replicas or None,
            last_known_elr=partition.last_known_elr or None,
        )
