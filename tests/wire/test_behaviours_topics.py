"""Topics that come, go and come again, as clients see them."""

from typing import Any

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from kafkapy.protocol.messages.create_topics import (
    CreatableTopic,
    CreatableTopicConfig,
    CreateTopicsRequest,
)
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.builder import NewRecord, build_batch
from tests.conftest import StartBroker
from tests.handlers.group_requests import codes, commit_request
from tests.harness.broker import MemoryBroker


def produce(
    records: bytes | bytearray, *, topic: str = "", topic_id: bytes = bytes(16), index: int = 0
) -> Any:
    partitions = [PartitionProduceData(index=index, records=records)]
    data = [TopicProduceData(name=topic, topic_id=topic_id, partition_data=partitions)]
    return ProduceRequest(acks=-1, timeout_ms=1000, topic_data=data)


def batch(sequence: int = -1, producer: int = -1) -> bytearray:
    epoch = -1 if producer < 0 else 0
    record = NewRecord(None, b"v", -1)
    return build_batch([record], producer_id=producer, producer_epoch=epoch, base_sequence=sequence)


async def appended(broker: MemoryBroker, request: ProduceRequest, version: int) -> Any:
    return (await broker.send(request, version)).responses[0].partition_responses[0]


async def test_a_producer_that_asks_for_a_new_topic_can_write_to_all_its_partitions(
    start_broker: StartBroker,
) -> None:
    broker = await start_broker(num_partitions=4)
    asked = MetadataRequest(topics=[MetadataRequestTopic(name="t")], allow_auto_topic_creation=True)
    await broker.send(asked, 9)
    (topic,) = (await broker.send(asked, 9)).topics
    assert [partition.leader_id for partition in topic.partitions] == [1] * 4
    for index in range(4):
        assert (await appended(broker, produce(batch(), topic="t", index=index), 9)).error_code == 0


async def test_the_id_of_a_topic_that_was_created_anew_is_unknown_everywhere(broker: MemoryBroker) -> None:
    (created,) = broker.broker.create_topics([NewTopic("t")])
    old_id = created.topic_id
    await broker.send(
        DeleteTopicsRequest(topics=[DeleteTopicState(name="t", topic_id=bytes(16))], timeout_ms=99)
    )
    broker.broker.create_topics([NewTopic("t")])
    assert (
        await appended(broker, produce(batch(), topic_id=old_id), 13)
    ).error_code == ErrorCode.UNKNOWN_TOPIC_ID
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1000)
    fetch = FetchRequest(
        max_wait_ms=0, min_bytes=1, topics=[FetchTopic(topic_id=old_id, partitions=[partition])]
    )
    fetched = (await broker.send(fetch)).responses[0].partitions[0]
    asked = MetadataRequest(topics=[MetadataRequestTopic(name=None, topic_id=old_id)])
    described = (await broker.send(asked)).topics[0]
    committed = await broker.send(commit_request((0, 1), topic="", topic_id=old_id), 10)
    deleted = await broker.send(
        DeleteTopicsRequest(topics=[DeleteTopicState(name=None, topic_id=old_id)], timeout_ms=99)
    )
    outcomes = [fetched.error_code, described.error_code, *codes(committed), deleted.responses[0].error_code]
    assert outcomes == [ErrorCode.UNKNOWN_TOPIC_ID] * 4


async def test_nothing_of_a_deleted_topic_is_left_in_its_successor(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("max.message.bytes", "100")])])
    await appended(broker, produce(batch(0, producer=7), topic="t"), 12)
    await broker.send(DeleteTopicsRequest(topic_names=["t"], timeout_ms=99), 5)
    broker.broker.create_topics([NewTopic("t")])
    again = await appended(broker, produce(batch(0, producer=7), topic="t"), 12)
    assert (again.error_code, again.base_offset, again.log_start_offset) == (0, 0, 0)
    large = build_batch([NewRecord(None, b"v" * 200, -1)])
    assert (await appended(broker, produce(large, topic="t"), 12)).error_code == 0


async def test_tools_may_write_booleans_in_any_case_and_the_longest_durations(broker: MemoryBroker) -> None:
    configs = {"preallocate": "True", "unclean.leader.election.enable": "FALSE", "flush.ms": str(2**63 - 1)}
    wanted = CreatableTopic(
        name="t",
        num_partitions=1,
        replication_factor=1,
        assignments=[],
        configs=[CreatableTopicConfig(name=name, value=value) for name, value in configs.items()],
    )
    (created,) = (await broker.send(CreateTopicsRequest(topics=[wanted]), 7)).topics
    assert (created.error_code, created.error_message) == (0, None)
    shown = {config.name: config.value for config in created.configs}
    assert shown["flush.ms"] == str(2**63 - 1)
    assert [shown[name].lower() for name in ("preallocate", "unclean.leader.election.enable")] == [
        "true",
        "false",
    ]


async def test_every_topic_that_is_named_has_a_result_and_a_bad_one_fails_alone(broker: MemoryBroker) -> None:
    wanted = [
        CreatableTopic(name=name, num_partitions=count, replication_factor=1, assignments=[], configs=[])
        for name, count in (("a", 1), ("b", 0), ("c", 2))
    ]
    created = (await broker.send(CreateTopicsRequest(topics=wanted), 7)).topics
    assert {topic.name: topic.error_code for topic in created} == {
        "a": ErrorCode.NONE,
        "b": ErrorCode.INVALID_PARTITIONS,
        "c": ErrorCode.NONE,
    }
    more = [CreatePartitionsTopic(name=name, count=2, assignments=None) for name in ("a", "b", "c")]
    request = CreatePartitionsRequest(topics=more, timeout_ms=99, validate_only=False)
    grown = (await broker.send(request)).results
    assert {topic.name: topic.error_code for topic in grown} == {
        "a": ErrorCode.NONE,
        "b": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        "c": ErrorCode.INVALID_PARTITIONS,
    }
    deletion = DeleteTopicsRequest(topic_names=["a", "b", "c"], timeout_ms=99)
    deleted = (await broker.send(deletion, 5)).responses
    assert {topic.name: topic.error_code for topic in deleted} == {
        "a": ErrorCode.NONE,
        "b": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        "c": ErrorCode.NONE,
    }
