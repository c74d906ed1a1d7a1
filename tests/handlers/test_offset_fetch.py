"""OffsetFetch on the wire: one group or many, names or ids, errors where each version has them."""

from typing import Any

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.coordinator.group.classic.member import MemberIdentity
from kafkapy.coordinator.group.offsets import OffsetToCommit
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.offset_fetch import (
    OffsetFetchRequest,
    OffsetFetchRequestGroup,
    OffsetFetchRequestTopic,
    OffsetFetchRequestTopics,
)
from tests.conftest import StartBroker
from tests.handlers.group_requests import commit_request, start_coordinator


def fetch_request(version: int, *partitions: int, topic: str = "topic", topic_id: bytes = bytes(16)) -> Any:
    """One topic's offsets, in the shape of the version; all offsets if no partition is named."""
    indexes = list(partitions)
    if version < 8:
        named = [OffsetFetchRequestTopic(name=topic, partition_indexes=indexes)] if indexes else None
        return OffsetFetchRequest(group_id="group", topics=named)
    wanted = None
    if indexes:
        wanted = [
            OffsetFetchRequestTopics(
                name=topic if version < 10 else "", topic_id=topic_id, partition_indexes=indexes
            )
        ]
    return OffsetFetchRequest(groups=[OffsetFetchRequestGroup(group_id="group", topics=wanted)])


def offsets(response: Any) -> list[tuple[str, int, int]]:
    """(topic, partition, offset) of everything in the response."""
    topics = response.topics or [topic for group in response.groups for topic in group.topics]
    return [(t.name, p.partition_index, p.committed_offset) for t in topics for p in t.partitions]


@pytest.mark.parametrize("version", range(1, 10))
async def test_offsets_come_back_with_their_metadata_and_leader_epoch(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    await broker.send(commit_request((0, 7), metadata="state", leader_epoch=3), 9)
    fetched = await broker.send(fetch_request(version, 0, 1), version)
    assert offsets(fetched) == [("topic", 0, 7), ("topic", 1, -1)]
    topics = fetched.topics or fetched.groups[0].topics
    found, missing = topics[0].partitions
    assert (found.metadata, found.error_code) == ("state", ErrorCode.NONE)
    assert found.committed_leader_epoch == (3 if version >= 5 else -1)
    assert (missing.metadata, missing.committed_leader_epoch, missing.error_code) == ("", -1, ErrorCode.NONE)


@pytest.mark.parametrize("version", range(1, 10))
async def test_a_group_or_topic_nobody_knows_has_no_offsets_and_is_no_error(
    start_broker: StartBroker, version: int
) -> None:
    broker = await start_coordinator(start_broker)
    fetched = await broker.send(fetch_request(version, 5, topic="elsewhere"), version)
    assert offsets(fetched) == [("elsewhere", 5, -1)]
    assert fetched.error_code == 0
    assert all(group.error_code == 0 for group in fetched.groups)


@pytest.mark.parametrize("version", range(2, 10))
async def test_without_topics_all_offsets_come(start_broker: StartBroker, version: int) -> None:
    broker = await start_coordinator(start_broker)
    assert offsets(await broker.send(fetch_request(version), version)) == []
    await broker.send(commit_request((0, 7), (2, 9)), 9)
    assert offsets(await broker.send(fetch_request(version), version)) == [("topic", 0, 7), ("topic", 2, 9)]


async def test_an_error_of_the_group_is_where_each_version_looks_for_it(start_broker: StartBroker) -> None:
    broker = await start_broker()
    refused = ErrorCode.NOT_COORDINATOR
    first = await broker.send(fetch_request(1, 0, 1), 1)
    assert [p.error_code for t in first.topics for p in t.partitions] == [refused, refused]
    assert [p.committed_offset for t in first.topics for p in t.partitions] == [-1, -1]
    for version in range(2, 8):
        fetched = await broker.send(fetch_request(version, 0), version)
        assert (fetched.error_code, fetched.topics) == (refused, [])
    for version in range(8, 11):
        [group] = (await broker.send(fetch_request(version, 0), version)).groups
        assert (group.group_id, group.error_code, group.topics) == ("group", refused, [])


async def test_many_groups_are_answered_together(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await broker.send(commit_request((0, 1)), 9)
    await broker.send(commit_request((0, 2), group_id="other"), 9)
    groups = [
        OffsetFetchRequestGroup(group_id=name, topics=None, member_id="ignored", member_epoch=9)
        for name in ("group", "other", "unknown")
    ]
    fetched = await broker.send(OffsetFetchRequest(groups=groups), 9)
    assert [g.group_id for g in fetched.groups] == ["group", "other", "unknown"]
    assert offsets(fetched) == [("topic", 0, 1), ("topic", 0, 2)]


class TestTopicIds:
    async def test_topics_may_be_named_by_id(self, start_broker: StartBroker) -> None:
        broker = await start_coordinator(start_broker)
        topic_id = broker.broker.metadata.image.topics["topic"].topic_id
        await broker.send(commit_request((0, 7), topic="", topic_id=topic_id), 10)
        for request in (fetch_request(10, 0, topic_id=topic_id), fetch_request(10)):
            [group] = (await broker.send(request, 10)).groups
            [topic] = group.topics
            assert topic.topic_id == topic_id
            assert topic.partitions[0].committed_offset == 7
        assert offsets(await broker.send(fetch_request(9, 0), 9)) == [("topic", 0, 7)]

    async def test_an_unknown_id_is_an_error_of_its_partitions(self, start_broker: StartBroker) -> None:
        broker = await start_coordinator(start_broker)
        [group] = (await broker.send(fetch_request(10, 0, topic_id=b"?" * 16), 10)).groups
        assert group.error_code == ErrorCode.NONE
        assert group.topics[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_ID
        assert group.topics[0].partitions[0].committed_offset == -1

    async def test_an_offset_of_another_topic_of_the_same_name_does_not_count(
        self, start_broker: StartBroker
    ) -> None:
        broker = await start_coordinator(start_broker)
        coordinator = broker.broker.groups
        topic_id = broker.broker.metadata.image.topics["topic"].topic_id
        stale = OffsetToCommit("topic", b"another topic id", 0, 7, -1, "")
        coordinator.commit_offsets("group", MemberIdentity("", -1), [stale])
        [group] = (await broker.send(fetch_request(10, 0, topic_id=topic_id), 10)).groups
        assert group.topics[0].partitions[0].committed_offset == -1
        assert offsets(await broker.send(fetch_request(9, 0), 9)) == [("topic", 0, 7)]

    async def test_topics_that_are_gone_cannot_be_named_by_id(self, start_broker: StartBroker) -> None:
        broker = await start_coordinator(start_broker)
        broker.broker.create_topics([NewTopic("short-lived", 1, 1)])
        await broker.send(commit_request((0, 1)), 9)
        await broker.send(commit_request((0, 1), topic="short-lived"), 9)
        del broker.broker.metadata.image.topics["short-lived"]
        [group] = (await broker.send(fetch_request(10), 10)).groups
        assert len(group.topics) == 1
        assert {name for name, _, _ in offsets(await broker.send(fetch_request(9), 9))} == {
            "topic",
            "short-lived",
        }
