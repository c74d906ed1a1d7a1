"""DescribeTopicPartitions: pages and cursors as a Kafka 4.3 cuts and sets them."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_topic_partitions import (
    Cursor,
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    TopicRequest,
)
from kafkapy.protocol.messages.unregister_broker import UnregisterBrokerRequest
from kafkapy.protocol.uuid import ZERO_UUID
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker

Page = list[tuple[str | None, int, list[int]]]
Place = tuple[str, int]


def page_of(response: DescribeTopicPartitionsResponse) -> tuple[Page, Place | None]:
    """(name, code, partitions) of each topic, and the cursor."""
    page = [(t.name, t.error_code, [p.partition_index for p in t.partitions]) for t in response.topics]
    cursor = response.next_cursor
    return page, None if cursor is None else (cursor.topic_name, cursor.partition_index)


async def describe(
    broker: MemoryBroker, *names: str, limit: int = 2000, cursor: Place | None = None
) -> tuple[Page, Place | None]:
    request = DescribeTopicPartitionsRequest(
        topics=[TopicRequest(name=name) for name in names],
        response_partition_limit=limit,
        cursor=None if cursor is None else Cursor(topic_name=cursor[0], partition_index=cursor[1]),
    )
    return page_of(await broker.send(request))


@pytest.fixture
def topics(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("m", 3), NewTopic("b", 1), NewTopic("z", 1)])
    return broker


async def test_all_topics_come_by_name(topics: MemoryBroker) -> None:
    assert await describe(topics) == ([("b", 0, [0]), ("m", 0, [0, 1, 2]), ("z", 0, [0])], None)


async def test_a_page_ends_in_the_middle_of_a_topic(topics: MemoryBroker) -> None:
    assert await describe(topics, limit=2) == ([("b", 0, [0]), ("m", 0, [0])], ("m", 1))
    assert await describe(topics, limit=2, cursor=("m", 1)) == ([("m", 0, [1, 2])], ("z", 0))
    assert await describe(topics, limit=2, cursor=("z", 0)) == ([("z", 0, [0])], None)


@pytest.mark.parametrize("limit", [1, 0, -5])
async def test_a_page_has_at_least_one_partition(topics: MemoryBroker, limit: int) -> None:
    assert await describe(topics, limit=limit) == ([("b", 0, [0])], ("m", 0))


async def test_the_broker_bounds_the_page(start_broker: StartBroker) -> None:
    broker = await start_broker(max_request_partition_size_limit=2)
    broker.broker.create_topics([NewTopic("m", 3)])
    assert await describe(broker) == ([("m", 0, [0, 1])], ("m", 2))


async def test_unknown_topics_are_named_where_they_were_listed(topics: MemoryBroker) -> None:
    unknown, invalid = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_TOPIC_EXCEPTION
    assert await describe(topics, "z", "nope", "bad name", "z") == (
        [("bad name", invalid, []), ("nope", unknown, []), ("z", 0, [0])],
        None,
    )


async def test_a_full_page_is_followed_even_by_an_unknown_topic(topics: MemoryBroker) -> None:
    assert await describe(topics, "b", "bb", limit=1) == ([("b", 0, [0])], ("bb", 0))


@pytest.mark.parametrize(
    ("cursor", "page"),
    [
        (("c", 2), [("m", 0, [0, 1, 2]), ("z", 0, [0])]),
        (("m", 7), [("m", 0, []), ("z", 0, [0])]),
        (("zz", 0), []),
    ],
)
async def test_a_cursor_may_point_between_and_behind(topics: MemoryBroker, cursor: Place, page: Page) -> None:
    assert await describe(topics, cursor=cursor) == (page, None)


@pytest.mark.parametrize("cursor", [("m", -1), ("a", 0)])
async def test_a_cursor_must_fit_the_list(topics: MemoryBroker, cursor: Place) -> None:
    page, _ = await describe(topics, "m", "b", cursor=cursor)
    assert page == [("m", ErrorCode.INVALID_REQUEST, []), ("b", ErrorCode.INVALID_REQUEST, [])]


async def test_partitions_show_who_may_lead_them(topics: MemoryBroker) -> None:
    await topics.send(UnregisterBrokerRequest(broker_id=1))
    response = await topics.send(DescribeTopicPartitionsRequest(topics=[TopicRequest(name="b")]))
    (topic,) = response.topics
    assert (topic.topic_authorized_operations, topic.topic_id != ZERO_UUID) == (3576, True)
    (partition,) = topic.partitions
    assert (partition.error_code, partition.leader_id, partition.isr_nodes) == (0, -1, [])
    assert (partition.eligible_leader_replicas, partition.last_known_elr) == ([1], [1])
    assert partition.offline_replicas == [1]
