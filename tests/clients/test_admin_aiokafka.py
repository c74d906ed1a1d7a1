"""The admin client of aiokafka, which speaks older versions of the APIs."""

from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.clients.facade import Client, Committed, Sent, produce


@pytest.fixture
async def own(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    yield admin
    await admin.close()


async def test_topics_partitions_and_configs(own: AIOKafkaAdminClient, unique: str) -> None:
    made = await own.create_topics([NewTopic(unique, 2, 1, topic_configs={"retention.ms": "1000"})])
    assert [error[:2] for error in made.topic_errors] == [(unique, 0)]
    again = await own.create_topics([NewTopic(unique, 2, 1)])
    assert [error[:2] for error in again.topic_errors] == [(unique, 36)]
    grown = await own.create_partitions({unique: NewPartitions(3)})
    assert [error[:2] for error in grown.topic_errors] == [(unique, 0)]
    resource = ConfigResource(ConfigResourceType.TOPIC, unique)
    (described,) = await own.describe_configs([resource])
    assert ("retention.ms", "1000") in {entry[:2] for entry in described.resources[0][4]}
    wanted = ConfigResource(ConfigResourceType.TOPIC, unique, configs={"retention.ms": "2000"})
    (altered,) = await own.alter_configs([wanted])
    assert [entry[0] for entry in altered.resources] == [0]
    gone = await own.delete_topics([unique])
    assert gone.topic_error_codes == [(unique, 0)]


async def test_topics_and_the_cluster_are_described(own: AIOKafkaAdminClient, topic: str) -> None:
    assert topic in await own.list_topics()
    (described,) = await own.describe_topics([topic])
    assert (described["error_code"], described["topic"]) == (0, topic)
    assert [partition["leader"] for partition in described["partitions"]] == [1]
    cluster = await own.describe_cluster()
    assert [broker["node_id"] for broker in cluster["brokers"]] == [1]


async def test_groups_and_their_offsets(
    own: AIOKafkaAdminClient, confluent: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 2)
    member = confluent.consumer(group=group)
    member.assign([(topic, 0), (topic, 1)])
    member.commit({(topic, 0): Committed(3, "note"), (topic, 1): Committed(5, "")})
    offsets = await own.list_consumer_group_offsets(group)
    assert offsets[TopicPartition(topic, 0)].offset == 3
    assert offsets[TopicPartition(topic, 1)].offset == 5
    assert group in {name for name, *_ in await own.list_consumer_groups()}
    assert await own.find_coordinator(group) == 1
    (described,) = await own.describe_consumer_groups([group])
    assert described.groups[0][0] == 0


async def test_records_are_deleted(own: AIOKafkaAdminClient, confluent: Client, topic: str) -> None:
    produce(confluent.producer(), topic, [Sent(b"%d" % n) for n in range(10)])
    partition = TopicPartition(topic, 0)
    deleted = await own.delete_records({partition: RecordsToDelete(before_offset=6)})
    assert deleted[partition] == 6
