"""ConsumerGroupHeartbeat and what depends on it, over the wire of a broker in memory."""

from typing import Any

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.consumer_group_describe import ConsumerGroupDescribeRequest
from kafkapy.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatRequest
from kafkapy.protocol.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.protocol.messages.incremental_alter_configs import (
    AlterableConfig,
    AlterConfigsResource,
    IncrementalAlterConfigsRequest,
)
from kafkapy.protocol.messages.list_groups import ListGroupsRequest
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestGroup
from kafkapy.protocol.uuid import parse_uuid
from tests.conftest import StartBroker
from tests.handlers.group_requests import codes, commit_request, start_coordinator
from tests.harness.broker import MemoryBroker

GROUP_RESOURCE = 32


async def beat(broker: MemoryBroker, member_id: str, epoch: int, *, version: int = 1, **options: Any) -> Any:
    request = ConsumerGroupHeartbeatRequest(
        group_id="group", member_id=member_id, member_epoch=epoch, **options
    )
    return await broker.send(request, version=version)


async def enter(broker: MemoryBroker, member_id: str, *, version: int = 1, **options: Any) -> Any:
    first = {"rebalance_timeout_ms": 60_000, "subscribed_topic_names": ["topic"], "topic_partitions": []}
    return await beat(broker, member_id, 0, version=version, **{**first, **options})


def partitions(response: Any) -> list[int]:
    return [index for topic in response.assignment.topic_partitions for index in topic.partitions]


async def describe(broker: MemoryBroker, group: str = "group") -> Any:
    request = ConsumerGroupDescribeRequest(group_ids=[group], include_authorized_operations=False)
    return (await broker.send(request, version=1)).groups[0]


@pytest.mark.parametrize(("is_wanted", "operations"), [(True, 3400), (False, -(2**31))])
async def test_operations_are_told_where_asked_for_of_groups_that_there_are(
    start_broker: StartBroker, is_wanted: bool, operations: int
) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a")
    request = ConsumerGroupDescribeRequest(
        group_ids=["group", "missing"], include_authorized_operations=is_wanted
    )
    found, missing = (await broker.send(request)).groups
    assert (found.authorized_operations, missing.authorized_operations) == (operations, -(2**31))


async def test_a_member_gets_its_partitions(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    entered = await enter(broker, "a")
    assert (entered.error_code, entered.member_id, entered.member_epoch) == (ErrorCode.NONE, "a", 2)
    assert (entered.heartbeat_interval_ms, partitions(entered)) == (5_000, [0, 1, 2])
    assert (await beat(broker, "a", 2)).assignment is None
    left = await beat(broker, "a", -1)
    assert (left.error_code, left.member_epoch, left.heartbeat_interval_ms) == (ErrorCode.NONE, -1, 0)


async def test_members_that_bring_no_id_get_one_in_version_0_only(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    entered = await enter(broker, "", version=0)
    assert len(parse_uuid(entered.member_id)) == 16
    refused = await enter(broker, "")
    assert (refused.error_code, refused.error_message) == (
        ErrorCode.INVALID_REQUEST,
        "MemberId can't be empty.",
    )


async def test_a_cluster_without_the_feature_has_no_consumer_groups(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    broker.broker.metadata.image.features["group.version"] = 0
    assert (await enter(broker, "a")).error_code == ErrorCode.UNSUPPORTED_VERSION


async def test_new_partitions_and_new_topics_reach_the_group(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker, group_consumer_assignment_interval_ms=0)
    await enter(broker, "a", subscribed_topic_names=["topic", "later"])
    topic = CreatePartitionsTopic(name="topic", count=4, assignments=None)
    await broker.send(CreatePartitionsRequest(topics=[topic], timeout_ms=1, validate_only=False))
    assert partitions(await beat(broker, "a", 2)) == [0, 1, 2, 3]
    broker.broker.create_topics([NewTopic("later", 1, 1)])
    assert len(partitions(await beat(broker, "a", 3))) == 5


async def test_a_pattern_subscribes(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a", subscribed_topic_names=None, subscribed_topic_regex="top.c")
    await broker.advance(1_000)
    assert partitions(await beat(broker, "a", 1)) == [0, 1, 2]
    refused = await enter(broker, "b", subscribed_topic_names=None, subscribed_topic_regex="(?=x)")
    assert refused.error_code == ErrorCode.INVALID_REGULAR_EXPRESSION


async def test_settings_of_the_group_count_at_once(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a")
    config = AlterableConfig(name="consumer.heartbeat.interval.ms", config_operation=0, value="7000")
    resource = AlterConfigsResource(resource_type=GROUP_RESOURCE, resource_name="group", configs=[config])
    await broker.send(IncrementalAlterConfigsRequest(resources=[resource], validate_only=False))
    assert (await beat(broker, "a", 2)).heartbeat_interval_ms == 7_000


async def test_the_group_is_described_and_listed_as_what_it_is(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a", rack_id="rack", instance_id="i")
    group = await describe(broker)
    assert (group.group_state, group.group_epoch, group.assignment_epoch) == ("Stable", 2, 2)
    (member,) = group.members
    assert (member.member_id, member.rack_id, member.instance_id, member.member_type) == (
        "a",
        "rack",
        "i",
        1,
    )
    (assigned,), (target,) = member.assignment.topic_partitions, member.target_assignment.topic_partitions
    assert (assigned.topic_name, assigned.partitions) == ("topic", [0, 1, 2])
    assert assigned == target
    (listed,) = (await broker.send(ListGroupsRequest(types_filter=["Consumer"]), version=5)).groups
    assert (listed.group_type, listed.group_state, listed.protocol_type) == ("consumer", "Stable", "consumer")
    assert not (await broker.send(ListGroupsRequest(types_filter=["classic"]), version=5)).groups
    assert not (await broker.send(ListGroupsRequest(states_filter=["Empty"]), version=5)).groups


async def test_apis_of_the_other_kind_do_not_know_the_group(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a")
    (classic,) = (await broker.send(DescribeGroupsRequest(groups=["group"]), version=6)).groups
    assert (classic.error_code, classic.group_state) == (ErrorCode.GROUP_ID_NOT_FOUND, "Dead")
    missing = await describe(broker, "missing")
    assert (missing.error_code, missing.error_message) == (
        ErrorCode.GROUP_ID_NOT_FOUND,
        "Group missing not found.",
    )


async def test_offsets_are_committed_and_fetched_with_the_member_epoch(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a")
    good = commit_request((0, 5), member_id="a", generation_id_or_member_epoch=2)
    assert codes(await broker.send(good, version=9)) == [ErrorCode.NONE]
    assert codes(await broker.send(good, version=8)) == [ErrorCode.UNSUPPORTED_VERSION]
    stale = commit_request((0, 6), member_id="a", generation_id_or_member_epoch=1)
    assert codes(await broker.send(stale, version=9)) == [ErrorCode.STALE_MEMBER_EPOCH]
    for member_id, epoch, code in (
        ("a", 2, ErrorCode.NONE),
        ("a", 1, ErrorCode.STALE_MEMBER_EPOCH),
        ("b", 2, ErrorCode.UNKNOWN_MEMBER_ID),
        (None, -1, ErrorCode.NONE),
    ):
        wanted = OffsetFetchRequestGroup(
            group_id="group", member_id=member_id, member_epoch=epoch, topics=None
        )
        (group,) = (await broker.send(OffsetFetchRequest(groups=[wanted]), version=9)).groups
        assert group.error_code == code


async def test_the_group_is_there_after_a_restart(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    await enter(broker, "a")
    before = await describe(broker)
    await broker.restart()
    assert await describe(broker) == before
    assert (await beat(broker, "a", 2)).error_code == ErrorCode.NONE
