from collections.abc import Sequence
from dataclasses import replace

import pytest

from kafkapy.cluster import metadata as metadata_module
from kafkapy.cluster.features import SUPPORTED
from kafkapy.cluster.image import (
    NO_LEADER,
    UNASSIGNED_DIRECTORY,
    LeaderRecoveryState,
    ResourceType,
    TopicImage,
)
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.partitions import MorePartitions, create_partitions
from kafkapy.cluster.quorum_state import QuorumState, decode_quorum_state
from kafkapy.cluster.reader import DamagedMetadata, data_records
from kafkapy.cluster.record_types import (
    BeginTransactionRecord,
    ConfigRecord,
    FeatureLevelRecord,
    MetadataRecord,
    NoOpRecord,
)
from kafkapy.cluster.snapshot import encode_bootstrap
from kafkapy.cluster.topics import delete_topics
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header
from tests.cluster.kafka_files import DYNAMIC_QUORUM_SNAPSHOT, LOG, SNAPSHOT, SNAPSHOT_NAME
from tests.cluster.memory_metadata_log import (
    NODE,
    START_MS,
    MemoryMetadataLog,
    create_topic,
    loaded_metadata,
    started_metadata,
)


class Listener:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def topic_created(self, topic: TopicImage) -> None:
        self.heard.append(f"created {topic.name} with {len(topic.partitions)}")

    def partitions_created(self, topic: TopicImage, first_new_index: int) -> None:
        self.heard.append(f"{topic.name} has {len(topic.partitions)}, new from {first_new_index}")

    def topic_deleted(self, topic: TopicImage) -> None:
        self.heard.append(f"deleted {topic.name} with {len(topic.partitions)}")

    def leaders_changed(self, topic: TopicImage, indexes: Sequence[int]) -> None:
        leaders = [topic.partitions[index].leader for index in indexes]
        self.heard.append(f"{topic.name} {list(indexes)} led by {leaders}")

    def config_changed(self, resource_type: ResourceType, name: str) -> None:
        self.heard.append(f"config of {resource_type.name} {name}")


def listening(log: MemoryMetadataLog | None = None) -> tuple[Metadata, Listener]:
    metadata, listener = started_metadata(log), Listener()
    metadata.add_listener(listener)
    return metadata, listener


def retention(topic: str, value: str | None) -> ConfigRecord:
    return ConfigRecord(
        resource_type=ResourceType.TOPIC, resource_name=topic, name="retention.ms", value=value
    )


def types(log: MemoryMetadataLog) -> list[list[str]]:
    """The class names of the records, batch by batch; control batches are empty."""
    return [[type(record).__name__ for record in data_records(batch)] for batch in log.batches]


def test_a_new_cluster_begins_as_kafkas_does() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    assert types(log) == [
        [],
        [
            "BeginTransactionRecord",
            *["FeatureLevelRecord"] * len(SUPPORTED),
            "ConfigRecord",
            "EndTransactionRecord",
        ],
        ["RegisterControllerRecord"],
        ["RegisterBrokerRecord"],
        ["BrokerRegistrationChangeRecord"],
        ["BrokerRegistrationChangeRecord"],
    ]
    assert (metadata.epoch, metadata.broker_epoch) == (1, 5 + len(SUPPORTED))
    assert metadata.image.is_active(1)
    assert metadata.image.config_of(ResourceType.BROKER, "") == {"min.insync.replicas": "1"}
    assert log.bootstrap is not None
    assert decode_quorum_state(log.quorum_state or b"") == QuorumState(1, 1)


def test_the_leader_change_record_is_kafkas_byte_for_byte() -> None:
    log = MemoryMetadataLog()
    started_metadata(log)
    ours, kafkas = log.batches[0], LOG[: len(log.batches[0])]
    assert ours[67:] == kafkas[67:], "all behind the timestamps of header and record"


def test_every_start_is_a_new_epoch_of_the_quorum_and_of_the_broker() -> None:
    log = MemoryMetadataLog()
    first = started_metadata(log)
    epochs = first.epoch, first.broker_epoch
    first.stop(START_MS)
    second = started_metadata(log)
    assert (second.epoch, second.broker_epoch) > epochs
    assert read_header(log.batches[-1]).partition_leader_epoch == second.epoch == 2


def test_an_epoch_that_was_won_but_never_written_in_is_not_used_again() -> None:
    log = MemoryMetadataLog()
    started_metadata(log)
    log.quorum_state = (log.quorum_state or b"").replace(b'"leaderEpoch":1', b'"leaderEpoch":9')
    assert started_metadata(log).epoch == 10


def test_partitions_are_led_again_after_a_clean_restart_two_epochs_later() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    create_topic(metadata, "t")
    metadata.stop(START_MS)
    stopped = metadata.image.topics["t"].partitions[0]
    assert (stopped.leader, stopped.isr, stopped.eligible_leader_replicas) == (NO_LEADER, [], [1])
    assert not metadata.image.is_active(1)
    partition = started_metadata(log).image.topics["t"].partitions[0]
    assert (partition.leader, partition.leader_epoch, partition.isr) == (1, 2, [1])
    assert partition.leader_recovery_state is LeaderRecoveryState.RECOVERED


def test_after_a_crash_the_last_leader_leads_again_but_has_to_recover() -> None:
    log = MemoryMetadataLog()
    create_topic(started_metadata(log), "t")
    partition = started_metadata(log).image.topics["t"].partitions[0]
    assert (partition.leader, partition.leader_epoch, partition.isr) == (1, 2, [1])
    assert partition.leader_recovery_state is LeaderRecoveryState.RECOVERING
    assert partition.last_known_elr == partition.eligible_leader_replicas == []


def test_listeners_hear_of_a_commit_when_the_image_has_it() -> None:
    metadata, listener = listening()
    topic = create_topic(metadata, "t", partitions=2, retention_ms="5")
    more = create_partitions(metadata.image, [MorePartitions("t", 3)])
    metadata.commit(more.records, START_MS)
    metadata.commit([retention("t", "6"), retention("t", None)], START_MS)
    metadata.commit(delete_topics(metadata.image, [topic.topic_id]).records, START_MS)
    assert listener.heard == [
        "created t with 2",
        "t has 3, new from 2",
        "config of TOPIC t",
        "deleted t with 3",
    ]


def test_listeners_hear_of_leaders_that_go() -> None:
    metadata, listener = listening()
    create_topic(metadata, "t", partitions=2)
    metadata.stop(START_MS)
    assert listener.heard[1:] == ["t [0, 1] led by [-1, -1]"]


def test_a_commit_that_cannot_be_appended_never_happened() -> None:
    log = MemoryMetadataLog()
    metadata, listener = listening(log)
    offset = metadata.image.offset
    log.fails = True
    with pytest.raises(KafkaError) as refused:
        create_topic(metadata, "t")
    assert refused.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert (metadata.image.topics, metadata.image.offset, listener.heard) == ({}, offset, [])


def test_an_empty_commit_writes_nothing() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    end_offset = metadata.end_offset
    metadata.commit([], START_MS)
    assert log.end_offset == end_offset


def test_more_records_than_a_batch_may_have_go_into_several() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    batches = len(log.batches)
    metadata.commit([NoOpRecord()] * 10_001, START_MS)
    assert [read_header(batch).record_count for batch in log.batches[batches:]] == [10_000, 1]


def test_a_snapshot_is_taken_when_enough_was_written() -> None:
    log = MemoryMetadataLog()
    metadata = Metadata(log, NODE, max_bytes_between_snapshots=2000)
    metadata.load()
    metadata.start(START_MS, controller_incarnation=bytes(16), broker_incarnation=bytes(16))
    assert not log.snapshots
    while not log.snapshots:
        create_topic(metadata, f"t{metadata.end_offset}")
    assert list(log.snapshots) == [f"{metadata.end_offset:020d}-0000000001.checkpoint"]
    assert not log.batches, "the log below it may go"
    create_topic(metadata, "behind-the-snapshot")
    assert loaded_metadata(log).image == metadata.image


def test_bytes_before_a_restart_count_for_the_next_snapshot() -> None:
    log = MemoryMetadataLog()
    started_metadata(log).stop(START_MS)
    metadata = Metadata(log, NODE, max_bytes_between_snapshots=sum(map(len, log.batches)))
    metadata.load()
    metadata.start(START_MS, controller_incarnation=bytes(16), broker_incarnation=bytes(16))
    assert len(log.snapshots) == 1


def test_a_stop_takes_a_snapshot_if_the_log_behind_the_last_one_is_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metadata_module, "WORTH_A_SNAPSHOT_BYTES", 6000)
    log = MemoryMetadataLog()
    started_metadata(log).stop(START_MS)
    assert not log.snapshots, "it is short"
    metadata = started_metadata(log)
    create_topic(metadata, "many", partitions=100)
    metadata.stop(START_MS)
    assert len(log.snapshots) == 1
    assert loaded_metadata(log).image == metadata.image


def test_a_start_takes_a_snapshot_after_many_unclean_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_module, "WORTH_A_SNAPSHOT_BYTES", 6000)
    log = MemoryMetadataLog()
    create_topic(started_metadata(log), "many", partitions=100)
    starts = 0
    while not log.snapshots:
        started_metadata(log)
        starts += 1
    assert starts > 1
    for _ in range(starts):
        started_metadata(log)
    assert len(log.snapshots) == 1, "what it saves grows with its size"


def test_a_change_is_in_a_snapshot_an_hour_later_at_the_next_commit() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    hour_ms = 3_600_000
    metadata.commit([NoOpRecord()], START_MS + hour_ms - 1)
    assert not log.snapshots
    metadata.commit([NoOpRecord()], START_MS + hour_ms)
    metadata.commit([NoOpRecord()], START_MS + hour_ms + 1)
    metadata.commit([NoOpRecord()], START_MS + 2 * hour_ms)
    assert len(log.snapshots) == 1
    metadata.commit([NoOpRecord()], START_MS + 2 * hour_ms + 1)
    assert len(log.snapshots) == 2


def test_snapshots_by_age_can_be_switched_off() -> None:
    log = MemoryMetadataLog()
    metadata = Metadata(log, NODE, max_snapshot_interval_ms=0)
    metadata.load()
    metadata.start(START_MS, controller_incarnation=bytes(16), broker_incarnation=bytes(16))
    metadata.commit([NoOpRecord()], START_MS * 2)
    assert not log.snapshots


def test_a_broker_may_have_several_log_directories() -> None:
    metadata = started_metadata(node=replace(NODE, log_dirs=(bytes([1]) * 16, bytes([2]) * 16)))
    assert create_topic(metadata, "t").partitions[0].directories == [UNASSIGNED_DIRECTORY]


def formatted(*records: MetadataRecord) -> MemoryMetadataLog:
    log = MemoryMetadataLog()
    log.bootstrap = encode_bootstrap(records, START_MS)
    return log


def test_a_formatted_directory_decides_the_features_of_the_cluster() -> None:
    log = formatted(FeatureLevelRecord(name="metadata.version", feature_level=25))
    image = started_metadata(log).image
    assert image.features == {"metadata.version": 25}
    assert image.config_of(ResourceType.BROKER, "") == {}, "no eligible leader replicas, no common minimum"


def test_without_eligible_leader_replicas_the_last_replica_stays_in_sync() -> None:
    log = formatted(FeatureLevelRecord(name="metadata.version", feature_level=25))
    metadata = started_metadata(log)
    create_topic(metadata, "t")
    metadata.stop(START_MS)
    assert metadata.image.topics["t"].partitions[0].isr == [1]
    partition = started_metadata(log).image.topics["t"].partitions[0]
    assert (partition.leader, partition.leader_epoch, partition.isr) == (1, 2, [1])


def test_a_metadata_version_of_the_future_is_refused() -> None:
    with pytest.raises(KafkaError, match=r"metadata\.version 31"):
        started_metadata(formatted(FeatureLevelRecord(name="metadata.version", feature_level=31)))


def test_kafkas_directory_is_carried_on() -> None:
    log = MemoryMetadataLog()
    log.batches = [LOG]
    log.end_offset = 89
    metadata = started_metadata(log)
    assert metadata.epoch == 5
    assert metadata.image.topics["orders"].partitions[2].leader == 1
    assert metadata.image.features["group.version"] == 1, "Kafka's features stay, for Kafka"
    create_topic(metadata, "ours")
    assert loaded_metadata(log).image == metadata.image


def test_kafkas_snapshot_is_carried_on() -> None:
    log = MemoryMetadataLog()
    log.snapshots[SNAPSHOT_NAME] = SNAPSHOT
    log.end_offset = 88
    metadata = started_metadata(log)
    assert metadata.image.topics["orders"].partitions[2].leader == 1
    assert loaded_metadata(log).image == metadata.image


def test_a_quorum_with_voters_in_the_log_is_carried_on() -> None:
    log = formatted(FeatureLevelRecord(name="metadata.version", feature_level=30))
    log.snapshots["00000000000000000000-0000000000.checkpoint"] = DYNAMIC_QUORUM_SNAPSHOT
    metadata = started_metadata(log)
    assert b'"data_version":1' in (log.quorum_state or b"")
    metadata.snapshot(START_MS)
    assert loaded_metadata(log).image == metadata.image
    assert metadata.image.kraft_version == 1


def test_a_transaction_that_a_crash_left_open_is_aborted() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    metadata.commit([BeginTransactionRecord()], START_MS)
    metadata.commit([retention("t", "5")], START_MS)
    restarted = started_metadata(log)
    assert restarted.image.config_of(ResourceType.TOPIC, "t") == {}
    assert loaded_metadata(log).image == restarted.image


def test_no_snapshot_is_taken_inside_a_transaction() -> None:
    log = MemoryMetadataLog()
    metadata = started_metadata(log)
    metadata.commit([BeginTransactionRecord()], START_MS)
    metadata.snapshot(START_MS)
    assert not log.snapshots


def test_a_file_that_only_looks_like_a_snapshot_stops_the_load() -> None:
    log = MemoryMetadataLog()
    log.snapshots["88-4.checkpoint"] = SNAPSHOT
    with pytest.raises(DamagedMetadata, match=r"88-4\.checkpoint"):
        loaded_metadata(log)
