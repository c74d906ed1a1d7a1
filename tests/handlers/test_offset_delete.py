"""OffsetDelete on the wire."""

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.offset_delete import (
    OffsetDeleteRequest,
    OffsetDeleteRequestPartition,
    OffsetDeleteRequestTopic,
)
from tests.conftest import StartBroker
from tests.handlers.group_requests import codes, commit_request, settle, start_coordinator


def delete_request(*partitions: tuple[str, int], group: str = "group") -> OffsetDeleteRequest:
    topics = [
        OffsetDeleteRequestTopic(name=name, partitions=[OffsetDeleteRequestPartition(partition_index=index)])
        for name, index in partitions
    ]
    return OffsetDeleteRequest(group_id=group, topics=topics)


async def test_each_partition_has_its_own_code(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await broker.send(commit_request((0, 7)), 9)
    deleted = await broker.send(delete_request(("topic", 0), ("topic", 1), ("topic", 9), ("elsewhere", 0)))
    assert deleted.error_code == ErrorCode.NONE
    unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert codes(deleted) == [ErrorCode.NONE, ErrorCode.NONE, unknown, unknown]


async def test_what_concerns_the_group_is_the_code_of_the_response(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    for group, code in (("elsewhere", ErrorCode.GROUP_ID_NOT_FOUND), ("", ErrorCode.INVALID_GROUP_ID)):
        deleted = await broker.send(delete_request(("topic", 0), group=group))
        assert (deleted.error_code, deleted.topics) == (code, [])


async def test_topics_that_may_be_in_use_are_spared(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker)
    deleted = await broker.send(delete_request(("topic", 0)))
    assert codes(deleted) == [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC]


async def test_a_topic_without_partitions_is_not_answered(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await broker.send(commit_request((0, 7)), 9)
    nothing = OffsetDeleteRequestTopic(name="topic", partitions=[])
    assert (await broker.send(OffsetDeleteRequest(group_id="group", topics=[nothing]))).topics == []
