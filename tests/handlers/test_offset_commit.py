"""OffsetCommit on the wire: topics by name and by id, failures per partition."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.offset_commit import OffsetCommitRequest
from tests.conftest import StartBroker
from tests.handlers.group_requests import codes, commit_request, join, settle, start_coordinator

BY_NAME = range(2, 10)


@pytest.mark.parametrize("version", BY_NAME)
async def test_partitions_that_do_not_exist_fail_alone(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    request = commit_request((2, 7), (3, 7), (-1, 7), (0, 7))
    request.topics += commit_request((0, 1), topic="elsewhere").topics
    unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    committed = await broker.send(request, version)
    assert codes(committed) == [ErrorCode.NONE, unknown, unknown, ErrorCode.NONE, unknown]
    assert [topic.name for topic in committed.topics] == ["topic", "elsewhere"]


async def test_topics_may_be_named_by_id(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    topic_id = broker.broker.metadata.image.topics["topic"].topic_id
    request = commit_request((0, 7), (9, 7), topic="", topic_id=topic_id)
    request.topics += commit_request((0, 7), topic="", topic_id=b"?" * 16).topics
    committed = await broker.send(request, 10)
    assert codes(committed) == [
        ErrorCode.NONE,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode.UNKNOWN_TOPIC_ID,
    ]
    assert [topic.topic_id for topic in committed.topics] == [topic_id, b"?" * 16]


@pytest.mark.parametrize("version", BY_NAME)
async def test_a_commit_without_topics_is_a_success_whoever_sends_it(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    request = OffsetCommitRequest(
        group_id="elsewhere", generation_id_or_member_epoch=5, member_id="m", topics=[]
    )
    assert (await broker.send(request, version)).topics == []


@pytest.mark.parametrize("version", BY_NAME)
async def test_a_generation_of_an_unknown_group_has_a_code_of_its_own_since_version_9(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    request = commit_request((0, 1), (1, 1), generation_id_or_member_epoch=1, member_id="m")
    expected = ErrorCode.GROUP_ID_NOT_FOUND if version >= 9 else ErrorCode.ILLEGAL_GENERATION
    assert codes(await broker.send(request, version)) == [expected, expected]


async def test_a_refusal_stands_at_every_partition_that_exists(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await settle(broker)
    refused = commit_request((0, 1), (9, 1), (2, 1))
    assert codes(await broker.send(refused, 9)) == [
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode.UNKNOWN_MEMBER_ID,
    ]


async def test_during_the_sync_phase_members_are_told_to_wait(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    joined = await join(broker)
    request = commit_request((0, 1), generation_id_or_member_epoch=1, member_id=joined.member_id)
    assert codes(await broker.send(request, 9)) == [ErrorCode.REBALANCE_IN_PROGRESS]


async def test_metadata_that_is_too_long_fails_its_partition_alone(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker, offset_metadata_max_bytes=4)
    request = commit_request((0, 1), metadata="12345")
    request.topics += commit_request((1, 1), metadata="1234").topics
    assert codes(await broker.send(request, 9)) == [ErrorCode.OFFSET_METADATA_TOO_LARGE, ErrorCode.NONE]


async def test_the_coordinator_may_not_be_here(start_broker: StartBroker) -> None:
    broker = await start_broker()
    broker.broker.create_topics([NewTopic("topic", 1, 1)])
    assert codes(await broker.send(commit_request((0, 1)), 9)) == [ErrorCode.NOT_COORDINATOR]


async def test_a_topic_without_partitions_is_not_answered(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    assert (await broker.send(commit_request(), 9)).topics == []
