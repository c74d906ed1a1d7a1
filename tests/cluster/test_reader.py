from dataclasses import replace

import pytest

from kafkapy.cluster.image import ClusterImage, LeaderRecoveryState, ResourceType
from kafkapy.cluster.reader import DamagedMetadata, MetadataReader, data_records
from kafkapy.cluster.record_types import (
    AbortTransactionRecord,
    BeginTransactionRecord,
    EndTransactionRecord,
    FeatureLevelRecord,
    MetadataRecord,
    NoOpRecord,
    RemoveTopicRecord,
    TopicRecord,
    encode_record,
)
from kafkapy.records.batch import iterate_headers
from kafkapy.records.builder import NewRecord, build_batch
from tests.cluster.kafka_files import DYNAMIC_QUORUM_SNAPSHOT, LOG, SNAPSHOT
from tests.cluster.memory_metadata_log import topic_id


def reader() -> MetadataReader:
    return MetadataReader(ClusterImage())


def batch(*records: MetadataRecord, base_offset: int = 0, epoch: int = 1) -> bytearray:
    return build_batch(
        [NewRecord(None, encode_record(record, 30), 5) for record in records],
        base_offset=base_offset,
        partition_leader_epoch=epoch,
    )


def topic(name: str, number: int) -> TopicRecord:
    return TopicRecord(name=name, topic_id=topic_id(number))


def test_kafkas_log_gives_the_cluster_that_kafka_had() -> None:
    kafka = reader()
    kafka.read_log(LOG)
    image = kafka.image
    assert sorted(image.topics) == ["a.b_c", "later", "orders"]
    orders = image.topics["orders"]
    assert len(orders.partitions) == 3
    assert image.config_of(ResourceType.TOPIC, "orders") == {"retention.ms": "1000", "segment.ms": "60000"}
    assert image.config_of(ResourceType.BROKER, "") == {
        "min.insync.replicas": "1",
        "log.retention.ms": "77777",
    }
    assert image.next_producer_id == 1000
    assert image.features["metadata.version"] == 30
    assert (len(image.acls), len(image.scram_credentials), len(image.client_quotas)) == (2, 1, 2)
    assert (image.brokers[1].fenced, image.brokers[1].rack) == (True, None)
    assert (image.epoch, image.offset) == (4, 88)
    partition = orders.partitions[0]
    assert (partition.leader, partition.leader_epoch, partition.isr) == (-1, 7, [])
    assert partition.eligible_leader_replicas == partition.last_known_elr == [1]
    assert partition.leader_recovery_state is LeaderRecoveryState.RECOVERING, "it was killed once"


def test_kafkas_snapshot_and_the_log_behind_it_give_the_same_as_its_whole_log() -> None:
    whole = reader()
    whole.read_log(LOG)
    rest = reader()
    rest.read_snapshot(SNAPSHOT)
    rest.image.offset, rest.image.epoch = 87, 4
    rest.read_log(LOG)
    for image in (whole.image, rest.image):
        features = tuple(sorted(image.brokers[1].features, key=lambda feature: feature.name))
        image.brokers[1] = replace(image.brokers[1], features=features)
    assert rest.image == whole.image


def test_a_quorum_with_its_voters_in_the_log_keeps_them() -> None:
    kafka = reader()
    kafka.read_snapshot(DYNAMIC_QUORUM_SNAPSHOT)
    assert kafka.image.kraft_version == 1
    assert b"CONTROLLER" in kafka.image.voters


def test_reading_a_batch_again_changes_nothing() -> None:
    twice = reader()
    first = batch(topic("a", 1), topic("b", 2))
    twice.read_log(first)
    twice.read_log(first + batch(topic("c", 3), base_offset=2))
    assert sorted(twice.image.topics) == ["a", "b", "c"]


def test_records_of_a_batch_that_the_snapshot_has_are_skipped() -> None:
    inside = reader()
    inside.image.offset = 0
    inside.read_log(batch(topic("a", 1), topic("b", 2)))
    assert sorted(inside.image.topics) == ["b"]


def test_a_metadata_transaction_happens_when_it_ends() -> None:
    transaction = reader()
    transaction.read_log(batch(BeginTransactionRecord(), topic("a", 1)))
    assert not transaction.image.topics
    assert transaction.is_in_transaction
    transaction.read_log(batch(topic("b", 2), EndTransactionRecord(), base_offset=2))
    assert sorted(transaction.image.topics) == ["a", "b"]
    assert not transaction.is_in_transaction


def test_an_aborted_metadata_transaction_never_happened() -> None:
    transaction = reader()
    transaction.read_log(batch(BeginTransactionRecord(), topic("a", 1), AbortTransactionRecord()))
    transaction.read_log(batch(topic("a", 2), base_offset=3))
    assert transaction.image.topics["a"].topic_id == topic_id(2)


def test_a_changed_byte_is_noticed() -> None:
    damaged = bytearray(LOG)
    damaged[len(damaged) // 2] ^= 1
    with pytest.raises(DamagedMetadata, match="wrong checksum"):
        reader().read_log(damaged)


def test_a_record_of_a_newer_kafka_stops_the_reader() -> None:
    unknown = build_batch([NewRecord(None, bytes([1, 127, 0]), 5)])
    with pytest.raises(DamagedMetadata, match="offset 0: metadata record type 127 version 0"):
        reader().read_log(unknown)


def test_a_record_that_does_not_fit_stops_the_reader_and_names_its_offset() -> None:
    with pytest.raises(DamagedMetadata, match=r"offset 1: topic id .* is unknown"):
        reader().read_log(batch(NoOpRecord(), RemoveTopicRecord(topic_id=topic_id(9))))


def test_a_snapshot_without_its_end_is_refused() -> None:
    positions = [position for position, _ in iterate_headers(SNAPSHOT)]
    with pytest.raises(DamagedMetadata, match="footer"):
        reader().read_snapshot(SNAPSHOT[: positions[-1]])
    with pytest.raises(DamagedMetadata, match="header"):
        reader().read_snapshot(SNAPSHOT[positions[1] :])


def test_data_records_leaves_control_records_out() -> None:
    levels = [record for record in data_records(SNAPSHOT) if isinstance(record, FeatureLevelRecord)]
    assert levels[0] == FeatureLevelRecord(name="metadata.version", feature_level=30)
    assert len(list(data_records(SNAPSHOT))) == 26
