"""Consumer groups (KIP-848) over the whole broker: what members must say, are told again, and may keep."""

from typing import Any

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.consumer_group_describe import ConsumerGroupDescribeRequest
from kafkapy.protocol.messages.consumer_group_heartbeat import ConsumerGroupHeartbeatRequest, TopicPartitions
from kafkapy.protocol.messages.consumer_protocol import (
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
)
from kafkapy.protocol.messages.create_partitions import CreatePartitionsRequest, CreatePartitionsTopic
from kafkapy.protocol.messages.describe_groups import DescribeGroupsRequest
from kafkapy.protocol.messages.list_groups import ListGroupsRequest
from kafkapy.protocol.messages.log_records.framing import decode_versioned, encode_versioned
from tests.conftest import StartBroker
from tests.handlers.group_requests import join_request, start_coordinator, sync_request
from tests.harness.broker import MemoryBroker


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    """With the topic "topic" of three partitions; assignments are made at once."""
    return await start_coordinator(start_broker, group_consumer_assignment_interval_ms=0)


class Member:
    """A member that says and owns what a test wants."""

    def __init__(self, broker: MemoryBroker, name: str, **place: Any) -> None:
        self.broker = broker
        self.name = name
        self.place = place
        self.epoch = 0

    async def beat(self, *owned: int, epoch: int | None = None, **more: Any) -> Any:
        """A heartbeat with the newest epoch unless another is given; the answer."""
        topic_id = self.broker.broker.metadata.image.topics["topic"].topic_id
        held = [TopicPartitions(topic_id=topic_id, partitions=list(owned))] if owned else []
        request = ConsumerGroupHeartbeatRequest(
            group_id="group",
            member_id=self.name,
            member_epoch=self.epoch if epoch is None else epoch,
            **{"topic_partitions": held, **self.place, **more},
        )
        answer = await self.broker.send(request)
        if answer.error_code == ErrorCode.NONE:
            self.epoch = answer.member_epoch
        return answer

    async def enter(self, *owned: int) -> Any:
        return await self.beat(*owned, epoch=0, rebalance_timeout_ms=60_000, subscribed_topic_names=["topic"])


def partitions(answer: Any) -> list[int] | None:
    """Those of an answer that tells some; None for one that tells nothing new."""
    if answer.assignment is None:
        return None
    return [index for topic in answer.assignment.topic_partitions for index in topic.partitions]


async def shown(broker: MemoryBroker) -> dict[str, list[int]]:
    """What administrators see that members have."""
    request = ConsumerGroupDescribeRequest(group_ids=["group"], include_authorized_operations=False)
    (group,) = (await broker.send(request)).groups
    return {
        member.member_id: [
            index for topic in member.assignment.topic_partitions for index in topic.partitions
        ]
        for member in group.members
    }


async def test_who_joins_must_not_own_anything_yet(broker: MemoryBroker) -> None:
    member = Member(broker, "a")
    assert (await member.enter(0)).error_code == ErrorCode.INVALID_REQUEST
    assert partitions(await member.enter()) == [0, 1, 2]


async def test_a_change_of_the_topic_is_told_again_until_the_member_has_heard_it(
    broker: MemoryBroker,
) -> None:
    member = Member(broker, "a")
    await member.enter()
    more = [CreatePartitionsTopic(name="topic", count=4, assignments=None)]
    await broker.send(CreatePartitionsRequest(topics=more, timeout_ms=99, validate_only=False))
    told = await member.beat(0, 1, 2)
    assert (told.member_epoch, partitions(told)) == (3, [0, 1, 2, 3])
    lost = {"rebalance_timeout_ms": 60_000, "subscribed_topic_names": ["topic"]}
    again = await member.beat(0, 1, 2, epoch=2, **lost)
    assert (again.error_code, again.member_epoch, partitions(again)) == (0, 3, [0, 1, 2, 3])
    assert partitions(await member.beat(0, 1, 2, 3)) is None


async def test_a_member_stays_where_it_is_until_it_has_given_up_what_it_should(broker: MemoryBroker) -> None:
    first, second = Member(broker, "a"), Member(broker, "b")
    await first.enter()
    assert partitions(await second.enter()) == []
    told = await first.beat(0, 1, 2)
    kept = partitions(told)
    assert kept is not None
    assert (told.member_epoch, len(kept)) == (2, 2)
    assert await shown(broker) == {"a": [0, 1, 2], "b": []}
    for _ in range(2):
        assert (await first.beat(0, 1, 2)).member_epoch == 2
        assert partitions(await second.beat()) is None
    assert (await first.beat(*kept)).member_epoch == 3
    assert partitions(await second.beat()) == [index for index in range(3) if index not in kept]


async def test_who_leaves_for_now_finds_its_partitions_again_and_nobody_takes_its_place_before(
    broker: MemoryBroker,
) -> None:
    static, other = Member(broker, "a", instance_id="i"), Member(broker, "b")
    await static.enter()
    await other.enter()
    kept = partitions(await static.beat(0, 1, 2))
    assert kept is not None
    await static.beat(*kept)
    rest = partitions(await other.beat())
    intruder = Member(broker, "c", instance_id="i")
    assert (await intruder.enter()).error_code == ErrorCode.UNRELEASED_INSTANCE_ID
    intruder.epoch = static.epoch
    assert (await intruder.beat()).error_code == ErrorCode.FENCED_INSTANCE_ID
    await static.beat(epoch=-2)
    assert partitions(await other.beat(*(rest or ()))) is None
    assert partitions(await Member(broker, "d", instance_id="i").enter()) == kept


async def test_the_group_is_shown_as_what_it_is_by_the_apis_of_its_kind(broker: MemoryBroker) -> None:
    await Member(broker, "a").enter()
    (listed,) = (await broker.send(ListGroupsRequest())).groups
    assert (listed.group_type, listed.group_state, listed.protocol_type) == ("consumer", "Stable", "consumer")
    described = await broker.send(
        ConsumerGroupDescribeRequest(group_ids=["group"], include_authorized_operations=False)
    )
    assert (described.groups[0].error_code, described.groups[0].group_state) == (0, "Stable")
    classic = (await broker.send(DescribeGroupsRequest(groups=["group"]), 5)).groups[0]
    assert (classic.error_code, classic.group_state) == (0, "Dead")


async def test_a_classic_member_that_gets_nothing_gets_an_assignment_that_parses(
    broker: MemoryBroker,
) -> None:
    owner = Member(broker, "a")
    await owner.enter()
    request = join_request()
    subscription = ConsumerProtocolSubscription(topics=["topic"], user_data=None)
    request.protocols[0].metadata = encode_versioned(subscription, 1)
    joined = await broker.send(request, 3)
    assert joined.error_code == ErrorCode.NONE
    sync = sync_request(joined.member_id, generation_id=joined.generation_id)
    share = (await broker.send(sync, 3)).assignment
    assert decode_versioned(ConsumerProtocolAssignment, share).assigned_partitions == []
