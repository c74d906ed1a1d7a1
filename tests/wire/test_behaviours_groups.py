"""Groups over the whole broker: who is a member, what may be committed, and what a restart interrupts."""

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest, OffsetFetchRequestTopic
from tests.conftest import StartBroker
from tests.handlers.group_requests import (
    codes,
    commit_request,
    heartbeat_request,
    join_request,
    settle,
    start_coordinator,
    sync_request,
)
from tests.harness.broker import MemoryBroker


async def second_member(broker: MemoryBroker, first: str) -> str:
    """Another member of the same client comes, and the first joins again: generation 2 before its sync."""
    waiting = broker.begin(join_request(), 3)
    await broker.advance(0)
    again = broker.begin(join_request(first), 3)
    await broker.advance(0)
    assert (await again).generation_id == 2
    member_id: str = (await waiting).member_id
    return member_id


async def test_two_members_of_one_client_are_two_members(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    first = await settle(broker)
    second = await second_member(broker, first)
    assert first != second
    shares = {first: b"one half", second: b"the other"}
    parked = broker.begin(sync_request(second, generation_id=2), 3)
    await broker.advance(0)
    assert (await broker.send(sync_request(first, shares, generation_id=2), 3)).assignment == b"one half"
    assert (await parked).assignment == b"the other"


@pytest.mark.parametrize("retention_ms", [-1, -5, 0])
async def test_somebody_outside_may_commit_with_any_retention(
    start_broker: StartBroker, retention_ms: int
) -> None:
    broker = await start_coordinator(start_broker)
    committed = await broker.send(commit_request((0, 7), retention_time_ms=retention_ms), 2)
    assert codes(committed) == [ErrorCode.NONE]
    wanted = [OffsetFetchRequestTopic(name="topic", partition_indexes=[0])]
    fetched = await broker.send(OffsetFetchRequest(group_id="group", topics=wanted), 5)
    (partition,) = fetched.topics[0].partitions
    assert (partition.committed_offset, partition.committed_leader_epoch, partition.metadata) == (7, -1, "")


async def test_a_restart_during_a_rebalance_makes_the_members_join_again(start_broker: StartBroker) -> None:
    broker = await start_coordinator(start_broker)
    first = await settle(broker)
    second = await second_member(broker, first)
    await broker.restart()
    old = await broker.send(heartbeat_request(first, generation_id=2), 3)
    new = await broker.send(heartbeat_request(second, generation_id=2), 3)
    assert (old.error_code, new.error_code) == (ErrorCode.ILLEGAL_GENERATION, ErrorCode.UNKNOWN_MEMBER_ID)
    assert await second_member(broker, first) != second
