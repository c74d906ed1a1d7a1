"""What a broker refuses to carry on is left as it was, to the byte; what it can carry on it does."""

import json
from typing import Any

import pytest

from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.record_types import (
    ConfigRecord,
    FeatureLevelRecord,
    MetadataRecord,
    PartitionRecord,
    RegisterBrokerRecord,
    TopicRecord,
)
from kafkapy.cluster.snapshot import encode_bootstrap
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.codec import encode
from kafkapy.protocol.messages.log_records.kraft_version_record import KRaftVersionRecord
from kafkapy.protocol.messages.log_records.voters_record import KRaftVersionFeature, Voter, VotersRecord
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import ControlType, control_batch
from kafkapy.storage.log_directory import LogDirectoryError
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.partition_metadata import format_metadata
from kafkapy.storage.segment_recovery import batches_of
from tests.harness.broker import MemoryBroker

OTHER_ID = bytes(range(16))
METADATA = "/data/__cluster_metadata-0"


def whole(files: MemoryFiles, path: str = "/data") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in files.list(path):
        if files.is_directory(f"{path}/{name}"):
            found[f"{path}/{name}"] = b"/"
            found |= whole(files, f"{path}/{name}")
        else:
            found[f"{path}/{name}"] = files.read(f"{path}/{name}")
    return found


async def stopped(*records: MetadataRecord) -> MemoryBroker:
    """A broker that has stopped, with some records in its metadata log that it has not written for itself."""
    broker = MemoryBroker()
    await broker.start()
    broker.broker.create_topics([NewTopic("t")])
    broker.broker.metadata.commit(list(records), broker.clock.now_ms())
    await broker.stop()
    return broker


async def refusal(broker: MemoryBroker, **settings: object) -> str:
    """What it says; nothing may have been changed."""
    before = whole(broker.files)
    with pytest.raises(LogDirectoryError) as refused:
        await MemoryBroker(files=broker.files, **settings).start()
    assert whole(broker.files) == before
    return str(refused.value)


def on_broker_2() -> list[MetadataRecord]:
    partition = PartitionRecord(
        partition_id=0,
        topic_id=OTHER_ID,
        replicas=[1, 2],
        isr=[1],
        removing_replicas=[],
        adding_replicas=[],
        leader=1,
        leader_epoch=0,
        partition_epoch=0,
    )
    return [TopicRecord(name="other", topic_id=OTHER_ID), partition]


def feature(name: str, level: int) -> FeatureLevelRecord:
    return FeatureLevelRecord(name=name, feature_level=level)


def another_broker(*, fenced: bool) -> RegisterBrokerRecord:
    return RegisterBrokerRecord(
        broker_id=2,
        incarnation_id=OTHER_ID,
        broker_epoch=99,
        end_points=[],
        features=[],
        rack=None,
        fenced=fenced,
    )


def remote_topic() -> ConfigRecord:
    return ConfigRecord(
        resource_type=ResourceType.TOPIC, resource_name="t", name="remote.storage.enable", value="true"
    )


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ([feature("metadata.version", 31)], "metadata.version 31, supported are 7 to 30"),
        ([feature("metadata.version", 6)], "metadata.version 6, supported are 7 to 30"),
        ([feature("group.version", 9)], "group.version 9, supported is up to 1"),
        ([feature("new.version", 1)], "the feature new.version at level 1"),
        (on_broker_2(), "partition other-0 has a replica on broker 2"),
        ([another_broker(fenced=False)], "broker 2 is a member of the cluster, too"),
        ([remote_topic()], "topic t has remote.storage.enable=true"),
    ],
)
async def test_what_one_broker_cannot_carry_on_is_refused(records: list[MetadataRecord], text: str) -> None:
    assert text in await refusal(await stopped(*records))


async def test_what_is_unknown_but_unused_is_carried_on() -> None:
    broker = await stopped(
        FeatureLevelRecord(name="streams.version", feature_level=1), another_broker(fenced=True)
    )
    again = MemoryBroker(files=broker.files)
    await again.start()
    assert again.broker.metadata.image.features["streams.version"] == 1
    await again.stop()


async def test_another_nodes_directory_is_refused() -> None:
    text = await refusal(await stopped(), node_id=7, controller_quorum_voters="7@localhost:1")
    assert "Stored node id 1 doesn't match previous node id 7" in text


async def test_a_metadata_log_with_the_id_of_another_topic_is_refused() -> None:
    broker = await stopped()
    broker.files.write(f"{METADATA}/partition.metadata", format_metadata(OTHER_ID))
    assert "another topic than the metadata log" in await refusal(broker)


async def test_a_directory_of_the_zookeeper_era_is_refused() -> None:
    broker = MemoryBroker()
    broker.files.make_directory("/data/t-0")
    broker.files.write("/data/meta.properties", b"broker.id=1\nversion=0\ncluster.id=c\n")
    assert "ZooKeeper" in await refusal(broker)


@pytest.mark.parametrize("gone", ["meta.properties", "__cluster_metadata-0"])
async def test_logs_without_their_metadata_are_refused(gone: str) -> None:
    broker = await stopped()
    if gone == "meta.properties":
        broker.files.remove(f"/data/{gone}")
    else:
        broker.files.remove_tree(f"/data/{gone}")
    assert "/data holds logs such as " in await refusal(broker)


async def test_two_logs_of_one_partition_are_refused() -> None:
    broker = MemoryBroker(log_dirs="/data/a,/data/b")
    await broker.start()
    broker.broker.create_topics([NewTopic("t")])
    await broker.stop()
    broker.files.make_directory("/data/b/t-0")
    text = await refusal(broker, log_dirs="/data/a,/data/b")
    assert "Duplicate log directories for t-0 are found in both /data/a and /data/b" in text


async def test_the_voters_of_a_static_quorum_are_in_its_election_file() -> None:
    broker = await stopped()
    path = f"{METADATA}/quorum-state"
    election = json.loads(broker.files.read(path))
    election["currentVoters"] = [{"voterId": voter} for voter in (1, 2, 3)]
    broker.files.write(path, json.dumps(election).encode())
    assert "a quorum whose voters are 1, 2, 3. This broker is node 1" in await refusal(broker)
    broker.files.write(path, b"{")
    assert "quorum-state does not parse" in await refusal(broker)


async def test_the_voters_of_a_dynamic_quorum_are_in_its_log() -> None:
    broker = await stopped()
    feature = KRaftVersionFeature(min_supported_version=0, max_supported_version=1)
    voters = VotersRecord(
        version=0,
        voters=[
            Voter(voter_id=voter, voter_directory_id=OTHER_ID, endpoints=[], kraft_version_feature=feature)
            for voter in (1, 2)
        ],
    )
    append(broker, ControlType.KRAFT_VERSION, encode(KRaftVersionRecord(version=0, kraft_version=1), 0))
    append(broker, ControlType.KRAFT_VOTERS, encode(voters, 0))
    assert "a quorum whose voters are 1, 2." in await refusal(broker)


async def test_what_a_newer_kafka_wrote_is_refused() -> None:
    broker = await stopped()
    name, end = newest_segment(broker)
    batch = build_batch([NewRecord(None, b"\1\x7f\0", 0)], base_offset=end, partition_leader_epoch=99)
    broker.files.open(name).append(batch)
    assert "a newer Apache Kafka may also have written" in await refusal(broker)


async def test_damage_in_the_metadata_log_is_judged_as_before() -> None:
    """Of a batch that is cut short the next start knows what to do."""
    broker = await stopped()
    name, _ = newest_segment(broker)
    broker.files.remove("/data/.kafka_cleanshutdown")
    broker.files.open(name).append(b"\0" * 50)
    again = MemoryBroker(files=broker.files)
    await again.start()
    assert "t" in again.broker.metadata.image.topics
    await again.stop()


@pytest.mark.parametrize("cleanly", [True, False])
async def test_damage_in_what_was_on_disk_is_refused(cleanly: bool) -> None:
    """A start would cut the log there, and lose topics that nobody has deleted."""
    broker = await stopped()
    name, _ = newest_segment(broker)
    if not cleanly:
        broker.files.remove("/data/.kafka_cleanshutdown")
    broker.files.open(name).write_at(500, b"\xff\xff")
    assert "the metadata log is damaged at byte" in await refusal(broker)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"leaderId":1,"leaderEpoch":1,"data_version":7}']
)
async def test_an_election_file_that_says_nothing_is_refused(content: bytes) -> None:
    broker = await stopped()
    broker.files.write(f"{METADATA}/quorum-state", content)
    assert "quorum-state does not parse" in await refusal(broker)


async def test_a_directory_that_was_only_formatted_is_judged_by_its_bootstrap() -> None:
    broker = MemoryBroker()
    broker.files.make_directory("/data")
    record = FeatureLevelRecord(name="metadata.version", feature_level=31)
    broker.files.write("/data/bootstrap.checkpoint", encode_bootstrap([record], 0))
    assert "metadata.version 31" in await refusal(broker)


def newest_segment(broker: MemoryBroker) -> tuple[str, int]:
    log = broker.broker.log_directories.logs["__cluster_metadata", 0]
    return f"{METADATA}/{log.segment_bases[-1]:020d}.log", log.log_end_offset


def append(broker: MemoryBroker, kind: ControlType, value: Any) -> None:
    name, _ = newest_segment(broker)
    end = [header.next_offset for _, header, _ in batches_of(broker.files.open(name))][-1]
    broker.files.open(name).append(control_batch(kind, value, 0, base_offset=end, leader_epoch=99))
