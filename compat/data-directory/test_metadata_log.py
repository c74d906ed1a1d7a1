"""The metadata log: Apache Kafka's tools decode it, Apache Kafka carries it on, and kafkapy after it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from compat.differential.connection import Connection
from kafkapy.cluster.leadership import elect_leaders
from kafkapy.cluster.metadata import Metadata
from kafkapy.cluster.partitions import MorePartitions, create_partitions
from kafkapy.cluster.producer_ids import ProducerIds
from kafkapy.cluster.reader import data_records
from kafkapy.cluster.topics import delete_topics
from kafkapy.protocol.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from kafkapy.protocol.messages.metadata import MetadataRequest
from tests.cluster.memory_metadata_log import (
    START_MS,
    MemoryMetadataLog,
    create_topic,
    started_metadata,
)
from tests.harness.broker_process import BrokerProcess

pytestmark = pytest.mark.timeout(180)


def lived(log: MemoryMetadataLog) -> Metadata:
    """A cluster that has seen every kind of record that kafkapy writes."""
    metadata = started_metadata(log)
    create_topic(metadata, "kept", partitions=2, retention_ms="12345678")
    gone = create_topic(metadata, "gone")
    metadata.commit(create_partitions(metadata.image, [MorePartitions("kept", 3)]).records, START_MS)
    metadata.commit(delete_topics(metadata.image, [gone.topic_id]).records, START_MS)
    ProducerIds(metadata).next_id(START_MS)
    metadata.stop(START_MS)
    crashed = started_metadata(log)
    crashed.commit(elect_leaders(crashed.image, 0, [("kept", 0)]).records, START_MS)
    return started_metadata(log)


def payloads(dump: str) -> list[dict[str, Any]]:
    """The records that the tool decoded; every batch it found must be intact."""
    assert "isvalid: false" not in dump
    assert "isvalid: true" in dump
    return [json.loads(text) for text in re.findall(r"payload: (\{.*\})$", dump, re.MULTILINE)]


def type_name(record: object) -> str:
    """`TopicRecord` is TOPIC_RECORD for the tool."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(record).__name__).upper()


def test_the_tool_decodes_every_record_of_the_log(apache_kafka: Any, tmp_path: Path) -> None:
    log = MemoryMetadataLog()
    lived(log)
    file = tmp_path / "00000000000000000000.log"
    file.write_bytes(b"".join(log.batches))
    dump = apache_kafka.run("dump-log", "--cluster-metadata-decoder", "--files", file)
    decoded = payloads(dump)
    written = [record for batch in log.batches for record in data_records(batch)]
    assert [payload["type"] for payload in decoded] == [type_name(record) for record in written]
    assert dump.count("LeaderChange: ") == 3
    (topic,) = (p["data"] for p in decoded if p["type"] == "TOPIC_RECORD" and p["data"]["name"] == "kept")
    partitions = [p["data"] for p in decoded if p["type"] == "PARTITION_RECORD"]
    assert [p["partitionId"] for p in partitions if p["topicId"] == topic["topicId"]] == [0, 1, 2]


def test_the_tool_decodes_snapshots(apache_kafka: Any, tmp_path: Path) -> None:
    log = MemoryMetadataLog()
    metadata = lived(log)
    metadata.snapshot(START_MS)
    assert log.bootstrap is not None
    (name,) = log.snapshots
    for file_name, content in {name: log.snapshots[name], "bootstrap.checkpoint": log.bootstrap}.items():
        (tmp_path / file_name).write_bytes(content)
        dump = apache_kafka.run("dump-log", "--cluster-metadata-decoder", "--files", tmp_path / file_name)
        assert [p["type"] for p in payloads(dump)] == [type_name(r) for r in data_records(content)]
        assert "SnapshotHeader" in dump
        assert "SnapshotFooter" in dump


def create(broker: BrokerProcess, name: str, **configs: str) -> None:
    topic = CreatableTopic(
        name=name,
        num_partitions=2,
        replication_factor=1,
        assignments=[],
        configs=[
            CreatableTopicConfig(name=key.replace("_", "."), value=value) for key, value in configs.items()
        ],
    )
    with Connection(broker.bootstrap) as connection:
        (result,) = connection.ask(CreateTopicsRequest(topics=[topic]), 7).topics
    assert result.error_code == 0, result.error_message


def topics(broker: BrokerProcess) -> dict[str, tuple[bytes, list[int]]]:
    """Names to ids and leader epochs."""
    with Connection(broker.bootstrap) as connection:
        response = connection.ask(MetadataRequest(topics=None), 13)
    return {t.name: (t.topic_id, [p.leader_epoch for p in t.partitions]) for t in response.topics}


def test_apache_kafka_and_kafkapy_take_turns(apache_kafka: Any, tmp_path: Path) -> None:
    with BrokerProcess(tmp_path / "data") as kafkapy:
        create(kafkapy, "ours", retention_ms="12345678")
        first = topics(kafkapy)
    apache_kafka.start(tmp_path)
    try:
        described = apache_kafka.topics("--describe", "--topic", "ours")
        assert "PartitionCount: 2" in described
        assert "retention.ms=12345678" in described
        assert described.count("Leader: 1") == 2
        apache_kafka.topics("--create", "--topic", "theirs", "--partitions", "3")
    finally:
        apache_kafka.stop(tmp_path)
    with BrokerProcess(tmp_path / "data") as kafkapy:
        now = topics(kafkapy)
        assert now["ours"][0] == first["ours"][0]
        assert now["ours"][1] == [4, 4], "two more leader epochs for each clean restart"
        assert len(now["theirs"][1]) == 3
        create(kafkapy, "ours-again")


def test_apache_kafka_starts_from_a_snapshot(apache_kafka: Any, tmp_path: Path) -> None:
    settings = "metadata.log.max.record.bytes.between.snapshots=1000"
    with BrokerProcess(tmp_path / "data", settings) as kafkapy:
        for name in ("ours", "ours-too", "ours-as-well"):
            create(kafkapy, name)
    assert list((tmp_path / "data" / "__cluster_metadata-0").glob("0*.checkpoint"))
    apache_kafka.start(tmp_path)
    try:
        assert sorted(apache_kafka.topics("--list").split()) == ["ours", "ours-as-well", "ours-too"]
    finally:
        apache_kafka.stop(tmp_path)


def test_kafkapy_carries_on_a_directory_that_apache_kafka_made(apache_kafka: Any, tmp_path: Path) -> None:
    apache_kafka.start(tmp_path)
    try:
        apache_kafka.topics("--create", "--topic", "theirs", "--partitions", "3")
    finally:
        apache_kafka.stop(tmp_path)
    with BrokerProcess(tmp_path / "data") as kafkapy:
        assert [len(epochs) for _, epochs in topics(kafkapy).values()] == [3]
        create(kafkapy, "ours")
    apache_kafka.start(tmp_path)
    try:
        assert sorted(apache_kafka.topics("--list").split()) == ["ours", "theirs"]
    finally:
        apache_kafka.stop(tmp_path)
