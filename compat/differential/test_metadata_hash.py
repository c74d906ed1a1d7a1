"""The hash of a group's topics, as each broker stores it: a group that moves needs no new assignment."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from compat.apache_kafka import NoApacheKafka, serve_command
from compat.differential.connection import Connection
from compat.differential.warm_up import warmed_up
from kafkapy.coordinator.group.consumer.records import PAIRS
from kafkapy.coordinator.group.consumer.topic_hash import group_hash
from kafkapy.coordinator.group.topics import TopicTable, TopicView
from kafkapy.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatRequest
from kafkapy.protocol.messages.create_topics import CreatableTopic, CreateTopicsRequest
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.log_records.consumer_group_metadata import ConsumerGroupMetadataKey
from kafkapy.protocol.messages.log_records.framing import CoordinatorRecords, UnknownRecordType
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkapy.records.batch import iterate_headers, records_of
from tests.harness.broker_process import BrokerProcess

SECONDS = 30.0
RACK = "east-1"
TOPICS = {"one": 1, "many": 40, "with.dots-and_more": 3}
RECORDS = CoordinatorRecords(PAIRS)


@pytest.fixture(scope="module", params=["kafkapy", "Apache Kafka"])
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrokerProcess]:
    """Each of the two, in a rack."""
    try:
        serve = serve_command() if request.param == "Apache Kafka" else None
    except NoApacheKafka as missing:
        pytest.skip(f"whether Apache Kafka stores the same hash stays unknown: {missing}")
    directory: Path = tmp_path_factory.mktemp("hash")
    settings = (f"broker.rack={RACK}", "offsets.topic.num.partitions=1")
    with BrokerProcess(directory / "data", *settings, serve=serve) as process:
        warmed_up(process.bootstrap)
        yield process


@pytest.fixture
def connection(broker: BrokerProcess) -> Iterator[Connection]:
    with Connection(broker.bootstrap) as connection:
        yield connection


@pytest.mark.timeout(120)
@pytest.mark.parametrize("names", [["one"], ["many", "missing"], [*TOPICS], ["missing"]], ids=str)
def test_the_stored_hash_is_that_of_the_topics(connection: Connection, names: list[str]) -> None:
    create_topics(connection)
    group_id = f"of {names}"
    expected = group_hash(described(connection), names)
    assert (expected == 0) == (names == ["missing"])
    epoch = 0
    deadline = time.monotonic() + SECONDS
    while (stored := stored_hashes(connection, group_id)[-1:]) != [expected]:
        assert time.monotonic() < deadline, f"the group has {stored} instead of {expected}"
        epoch = heartbeat(connection, group_id, names, epoch)


def heartbeat(connection: Connection, group_id: str, names: list[str], epoch: int) -> int:
    """The next epoch. Apache Kafka's coordinator hears of new topics later than the clients do."""
    request = ConsumerGroupHeartbeatRequest(
        group_id=group_id,
        member_id="member",
        member_epoch=epoch,
        rebalance_timeout_ms=60_000,
        subscribed_topic_names=names,
        topic_partitions=[],
    )
    answer = connection.ask(request, 1)
    assert answer.error_code == 0, answer.error_message
    next_epoch: int = answer.member_epoch
    return next_epoch


def create_topics(connection: Connection) -> None:
    topics = [
        CreatableTopic(name=name, num_partitions=count, replication_factor=1, assignments=[], configs=[])
        for name, count in TOPICS.items()
    ]
    connection.ask(CreateTopicsRequest(topics=topics), 7)
    while any(topic.error_code for topic in metadata_of(connection)):
        pass


def metadata_of(connection: Connection) -> list[object]:
    wanted = [MetadataRequestTopic(name=name) for name in TOPICS]
    topics: list[object] = connection.ask(MetadataRequest(topics=wanted), 12).topics
    return topics


def described(connection: Connection) -> TopicTable:
    """The topics that there are, each partition of which is in the one rack."""
    return TopicTable(
        *(
            TopicView(topic.name, topic.topic_id, len(topic.partitions), ((RACK,),) * len(topic.partitions))
            for topic in metadata_of(connection)
        )
    )


def stored_hashes(connection: Connection, group_id: str) -> list[int]:
    """Of the group's epochs, in the order of the log."""
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1_000_000)
    topics = [FetchTopic(topic="__consumer_offsets", partitions=[partition])]
    answer = connection.ask(FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics), 12)
    log = answer.responses[0].partitions[0].records
    found = []
    for position, header in iterate_headers(log):
        for record in records_of(log, position, header):
            try:
                key, value = RECORDS.decode(record.key, record.value)
            except UnknownRecordType:
                continue
            if isinstance(key, ConsumerGroupMetadataKey) and key.group_id == group_id and value is not None:
                found.append(value.metadata_hash)
    return found
