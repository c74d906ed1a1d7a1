"""Metadata: brokers, topics and partitions as clients see them, and creation of what is missing."""

from dataclasses import replace

import pytest

from kafkapy.cluster.topics import NewTopic, delete_topics
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_topics import CreatableTopic, CreateTopicsRequest
from kafkapy.protocol.messages.metadata import (
    MetadataRequest,
    MetadataRequestTopic,
    MetadataResponse,
    MetadataResponseBroker,
    MetadataResponseTopic,
)
from kafkapy.protocol.messages.unregister_broker import UnregisterBrokerRequest
from kafkapy.protocol.uuid import ZERO_UUID
from tests.conftest import StartBroker
from tests.harness.broker import ADDRESS, MemoryBroker

UNKNOWN = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def named(*names: str | None, create: bool = False, operations: bool = False) -> MetadataRequest:
    return MetadataRequest(
        topics=[MetadataRequestTopic(name=name) for name in names],
        allow_auto_topic_creation=create,
        include_topic_authorized_operations=operations,
    )


async def ask(broker: MemoryBroker, request: MetadataRequest, version: int = 13) -> MetadataResponse:
    response = await broker.send(request, version)
    assert isinstance(response, MetadataResponse)
    return response


def outcomes(response: MetadataResponse) -> list[tuple[str | None, int]]:
    return [(topic.name, topic.error_code) for topic in response.topics]


async def test_the_broker_is_where_the_client_found_it(broker: MemoryBroker) -> None:
    response = await ask(broker, named())
    assert response.brokers == [MetadataResponseBroker(node_id=1, host=ADDRESS[0], port=ADDRESS[1])]
    assert (response.controller_id, response.cluster_id) == (1, broker.broker.cluster_id)
    assert response.error_code == 0


@pytest.mark.parametrize("version", range(14))
async def test_every_version_describes_partitions(broker: MemoryBroker, version: int) -> None:
    broker.broker.create_topics([NewTopic("t", 2)])
    (topic,) = (await ask(broker, MetadataRequest(topics=None if version else []), version)).topics
    assert (topic.error_code, topic.name, topic.is_internal) == (0, "t", False)
    assert [(p.partition_index, p.error_code, p.leader_id) for p in topic.partitions] == [
        (0, 0, 1),
        (1, 0, 1),
    ]
    assert (topic.partitions[0].replica_nodes, topic.partitions[0].isr_nodes) == ([1], [1])
    assert topic.partitions[0].leader_epoch == (0 if version >= 7 else -1)
    known_id = broker.broker.metadata.image.topics["t"].topic_id
    assert topic.topic_id == (known_id if version >= 10 else ZERO_UUID)


async def test_no_topics_are_asked_for_with_an_empty_list(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    assert (await ask(broker, MetadataRequest(topics=[]), 1)).topics == []


async def test_unknown_and_impossible_names_are_told_apart(broker: MemoryBroker) -> None:
    response = await ask(broker, named("nope", "bad name", "", "nope"))
    invalid = ErrorCode.INVALID_TOPIC_EXCEPTION
    assert outcomes(response) == [("nope", UNKNOWN), ("bad name", invalid), ("", invalid)]
    assert all(topic.topic_id == ZERO_UUID and topic.partitions == [] for topic in response.topics)


async def test_a_missing_topic_is_unknown_once_and_there_the_next_time(start_broker: StartBroker) -> None:
    broker = await start_broker(num_partitions=3)
    assert outcomes(await ask(broker, named("new", create=True))) == [("new", UNKNOWN)]
    (topic,) = (await ask(broker, named("new", create=True))).topics
    assert (topic.error_code, len(topic.partitions)) == (0, 3)
    assert broker.broker.partitions.named("new", 2).log.log_end_offset == 0


async def test_internal_topics_are_created_with_their_own_settings(start_broker: StartBroker) -> None:
    broker = await start_broker(num_partitions=3, offsets_topic_num_partitions=7)
    (missing,) = (await ask(broker, named("__consumer_offsets", create=True))).topics
    assert (missing.error_code, missing.is_internal) == (UNKNOWN, True)
    (topic,) = (await ask(broker, named("__consumer_offsets"))).topics
    assert (len(topic.partitions), topic.is_internal) == (7, True)


@pytest.mark.parametrize("name", ["a_b", "__cluster_metadata"])
async def test_a_topic_that_cannot_be_created_stays_unknown(broker: MemoryBroker, name: str) -> None:
    broker.broker.create_topics([NewTopic("a.b")])
    for _ in range(2):
        assert outcomes(await ask(broker, named(name, create=True))) == [(name, UNKNOWN)]


async def test_nothing_is_created_unless_client_and_broker_allow_it(start_broker: StartBroker) -> None:
    broker = await start_broker(auto_create_topics_enable=False)
    for request in (named("t", create=True), named("t")):
        assert outcomes(await ask(broker, request)) == [("t", UNKNOWN)]
    assert broker.broker.metadata.image.topics == {}


async def test_old_clients_cannot_forbid_creation(broker: MemoryBroker) -> None:
    await ask(broker, MetadataRequest(topics=[MetadataRequestTopic(name="t")]), 3)
    assert "t" in broker.broker.metadata.image.topics


async def test_topics_are_found_by_id_and_names_beside_ids_are_ignored(broker: MemoryBroker) -> None:
    (created,) = broker.broker.create_topics([NewTopic("t")])
    request = MetadataRequest(
        topics=[
            MetadataRequestTopic(name=None, topic_id=created.topic_id),
            MetadataRequestTopic(name=None, topic_id=bytes([9]) * 16),
            MetadataRequestTopic(name="ignored"),
        ]
    )
    assert outcomes(await ask(broker, request)) == [("t", 0), (None, ErrorCode.UNKNOWN_TOPIC_ID)]
    assert "ignored" not in broker.broker.metadata.image.topics


async def test_the_id_of_a_deleted_topic_is_not_that_of_its_successor(broker: MemoryBroker) -> None:
    (first,) = broker.broker.create_topics([NewTopic("t")])
    image = broker.broker.metadata.image
    broker.broker.metadata.commit(delete_topics(image, [first.topic_id]).records, 0)
    broker.broker.create_topics([NewTopic("t")])
    (topic,) = (await ask(broker, named("t"))).topics
    assert topic.topic_id != first.topic_id
    by_old_id = MetadataRequest(topics=[MetadataRequestTopic(name=None, topic_id=first.topic_id)])
    assert outcomes(await ask(broker, by_old_id)) == [(None, ErrorCode.UNKNOWN_TOPIC_ID)]


@pytest.mark.parametrize("version", [10, 11])
async def test_two_versions_have_ids_but_do_not_take_them(broker: MemoryBroker, version: int) -> None:
    by_id = MetadataRequestTopic(name=None, topic_id=bytes([9]) * 16)
    request = MetadataRequest(topics=[by_id, MetadataRequestTopic(name="t")])
    response = await ask(broker, request, version)
    assert outcomes(response) == [("", ErrorCode.INVALID_REQUEST), ("t", ErrorCode.INVALID_REQUEST)]
    assert (response.brokers, response.cluster_id, response.controller_id) == ([], None, -1)


async def test_a_topic_without_name_and_id_fails_the_whole_request(broker: MemoryBroker) -> None:
    response = await ask(broker, named(None))
    assert outcomes(response) == [("", ErrorCode.UNKNOWN_SERVER_ERROR)]
    assert response.error_code == ErrorCode.UNKNOWN_SERVER_ERROR


async def test_operations_are_listed_for_those_who_ask(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    topics = (await ask(broker, named("t", "nope", operations=True))).topics
    assert [topic.topic_authorized_operations for topic in topics] == [3576, 3576]
    assert (await ask(broker, named("t"))).topics[0].topic_authorized_operations == -(2**31)
    everything = MetadataRequest(topics=None, include_cluster_authorized_operations=True)
    assert (await ask(broker, everything, 8)).cluster_authorized_operations == 8096
    assert (await ask(broker, named(), 10)).cluster_authorized_operations == -(2**31)


async def test_a_partition_without_a_leader_says_so_and_keeps_its_epoch(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    await broker.send(UnregisterBrokerRequest(broker_id=1))
    response = await ask(broker, named("t"))
    assert (response.brokers, response.controller_id) == ([], -1)
    (partition,) = response.topics[0].partitions
    assert partition.error_code == ErrorCode.LEADER_NOT_AVAILABLE
    assert (partition.leader_id, partition.leader_epoch, partition.offline_replicas) == (-1, 1, [1])


async def test_brokers_that_are_fenced_are_not_shown(broker: MemoryBroker) -> None:
    image = broker.broker.metadata.image
    image.brokers[2] = replace(image.brokers[1], broker_id=2, fenced=True)
    assert [b.node_id for b in (await ask(broker, named())).brokers] == [1]


async def test_thousands_of_partitions_arrive_complete(broker: MemoryBroker) -> None:
    wide = CreatableTopic(name="wide", num_partitions=1000, replication_factor=1, assignments=[], configs=[])
    await broker.send(CreateTopicsRequest(topics=[wide]))
    topic: MetadataResponseTopic = (await ask(broker, named("wide"))).topics[0]
    assert [partition.partition_index for partition in topic.partitions] == list(range(1000))
