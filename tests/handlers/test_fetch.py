"""Fetch as a client sees it: which bytes, when, and under which limits."""

import asyncio
from typing import Any

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic, ForgottenTopic
from kafkapy.records.batch import iterate_headers
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t", num_partitions=2)])
    return broker


def append(broker: MemoryBroker, *values: bytes, index: int = 0) -> int:
    """Append one batch; its size in bytes."""
    records = build_batch([NewRecord(None, value, -1) for value in values])
    broker.broker.partitions.named("t", index).append(memoryview(records), broker.clock.now_ms())
    return len(records)


def request(*partitions: FetchPartition, topic: str = "t", **fields: Any) -> FetchRequest:
    fields = {"max_wait_ms": 0, "min_bytes": 1, "max_bytes": 1 << 20, **fields}
    topics = [FetchTopic(topic=topic, partitions=list(partitions))] if partitions else []
    return FetchRequest(
        topics=topics, forgotten_topics_data=fields.pop("forgotten_topics_data", []), **fields
    )


def from_offset(offset: int, index: int = 0, **fields: Any) -> FetchPartition:
    return FetchPartition(partition=index, fetch_offset=offset, **{"partition_max_bytes": 1 << 20, **fields})


def offsets(partition: Any) -> list[int]:
    return [header.base_offset for _, header in iterate_headers(partition.records)]


async def fetch(
    broker: MemoryBroker, *partitions: FetchPartition, version: int = 12, **fields: Any
) -> list[Any]:
    response = await broker.send(request(*partitions, **fields), version)
    assert response.error_code == 0
    return [partition for topic in response.responses for partition in topic.partitions]


async def test_whole_batches_are_returned_from_the_one_that_holds_the_offset(topic: MemoryBroker) -> None:
    append(topic, b"a", b"b", b"c")
    append(topic, b"d")
    (partition,) = await fetch(topic, from_offset(1))
    assert offsets(partition) == [0, 3]
    assert (partition.high_watermark, partition.last_stable_offset, partition.log_start_offset) == (4, 4, 0)


async def test_at_the_end_there_is_nothing_which_is_empty_bytes_and_no_error(topic: MemoryBroker) -> None:
    (partition,) = await fetch(topic, from_offset(0))
    assert (partition.error_code, partition.records) == (0, b"")
    assert partition.aborted_transactions is None


async def test_only_readers_of_committed_data_get_a_list_of_aborted_transactions(topic: MemoryBroker) -> None:
    (partition,) = await fetch(topic, from_offset(0), isolation_level=1)
    assert partition.aborted_transactions == []


@pytest.mark.parametrize("offset", [5, -1])
async def test_an_offset_outside_the_log_is_out_of_range(topic: MemoryBroker, offset: int) -> None:
    append(topic, b"a")
    (partition,) = await fetch(topic, from_offset(offset))
    assert partition.error_code == ErrorCode.OFFSET_OUT_OF_RANGE
    assert (partition.high_watermark, partition.log_start_offset, partition.records) == (-1, -1, b"")


async def test_unknown_partitions_topics_and_topic_ids_have_their_own_errors(topic: MemoryBroker) -> None:
    (partition,) = await fetch(topic, from_offset(0, index=9))
    assert partition.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    (partition,) = await fetch(topic, from_offset(0), topic="other")
    assert partition.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    (partition,) = await fetch(topic, from_offset(0), version=18)
    assert partition.error_code == ErrorCode.UNKNOWN_TOPIC_ID


async def test_the_first_batch_comes_even_above_the_limits_and_the_next_partition_nothing(
    topic: MemoryBroker,
) -> None:
    size = append(topic, b"x" * 1000)
    append(topic, b"x" * 1000)
    append(topic, b"y", index=1)
    first, second = await fetch(topic, from_offset(0), from_offset(0, index=1), max_bytes=1)
    assert len(first.records) == size
    assert second.records == b""


async def test_a_limit_of_nothing_still_gives_one_batch_and_no_more(topic: MemoryBroker) -> None:
    append(topic, b"x")
    append(topic, b"y", index=1)
    first, second = await fetch(topic, from_offset(0), from_offset(0, index=1), max_bytes=0)
    assert (offsets(first), second.records) == ([0], b"")


async def test_a_batch_that_does_not_fit_uses_up_the_limit(topic: MemoryBroker) -> None:
    size = append(topic, b"x" * 1000)
    append(topic, b"x" * 1000)
    append(topic, b"y", index=1)
    first, second = await fetch(topic, from_offset(0), from_offset(0, index=1), max_bytes=size + 500)
    assert (offsets(first), second.records) == ([0], b"")


async def test_a_negative_limit_of_a_partition_is_an_error(topic: MemoryBroker) -> None:
    append(topic, b"x")
    (partition,) = await fetch(topic, from_offset(0, partition_max_bytes=-1))
    assert partition.error_code == ErrorCode.UNKNOWN_SERVER_ERROR


async def test_unknown_partitions_are_answered_last(topic: MemoryBroker) -> None:
    both = [from_offset(0, index=9), from_offset(0)]
    answered = await fetch(topic, *both, isolation_level=0)
    assert [partition.partition_index for partition in answered] == [0, 9]
    assert [partition.aborted_transactions for partition in answered] == [None, []]


async def test_nobody_is_a_follower(topic: MemoryBroker) -> None:
    (partition,) = await fetch(topic, from_offset(0), replica_id=5)
    assert partition.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER


async def test_an_unknown_isolation_level_fails_the_request(topic: MemoryBroker) -> None:
    response = await topic.send(request(from_offset(0), isolation_level=2), 12)
    (partition,) = response.responses[0].partitions
    assert response.error_code == partition.error_code == ErrorCode.UNKNOWN_SERVER_ERROR
    assert partition.aborted_transactions == []
    by_id = request(from_offset(0), isolation_level=2, topic="")
    by_id.topics[0].topic_id = topic.broker.metadata.image.topics["t"].topic_id
    assert (await topic.send(by_id, 18)).responses == []


async def test_the_limit_of_a_partition_leaves_room_for_the_next(topic: MemoryBroker) -> None:
    size = append(topic, b"x" * 100)
    append(topic, b"x" * 100)
    append(topic, b"y", index=1)
    first, second = await fetch(topic, from_offset(0, partition_max_bytes=size + 1), from_offset(0, index=1))
    assert offsets(first) == [0]
    assert offsets(second) == [0]


async def test_an_append_wakes_a_waiting_fetch(topic: MemoryBroker) -> None:
    waiting = topic.begin(request(from_offset(0), max_wait_ms=1000), 12)
    await topic.advance(500)
    assert not waiting.done()
    append(topic, b"a")
    response = await waiting
    assert offsets(response.responses[0].partitions[0]) == [0]


async def test_a_fetch_waits_for_min_bytes_over_all_its_partitions(topic: MemoryBroker) -> None:
    size = append(topic, b"a")
    wanted = request(from_offset(0), from_offset(0, index=1), max_wait_ms=1000, min_bytes=3 * size)
    waiting = topic.begin(wanted, 12)
    await topic.advance(0)
    append(topic, b"a", index=1)
    await topic.advance(0)
    assert not waiting.done()
    append(topic, b"a")
    response = await waiting
    assert [offsets(partition) for partition in response.responses[0].partitions] == [[0, 1], [0]]


async def test_a_fetch_that_has_reached_its_limit_does_not_wait_for_more(topic: MemoryBroker) -> None:
    size = append(topic, b"x" * 1000)
    append(topic, b"x" * 1000)
    wanted = from_offset(0, partition_max_bytes=size + 10)
    response = await asyncio.wait_for(
        topic.send(request(wanted, max_wait_ms=1000, min_bytes=size + 10), 12), 5
    )
    assert offsets(response.responses[0].partitions[0]) == [0]


async def test_a_waiting_fetch_is_answered_when_its_time_is_up(topic: MemoryBroker) -> None:
    waiting = topic.begin(request(from_offset(0), max_wait_ms=1000), 12)
    await topic.advance(0)
    await topic.advance(999)
    assert not waiting.done()
    await topic.advance(1)
    assert (await waiting).responses[0].partitions[0].records == b""


async def test_an_error_is_answered_at_once(topic: MemoryBroker) -> None:
    wanted = request(from_offset(0), from_offset(9, index=1), max_wait_ms=1000)
    response = await asyncio.wait_for(topic.send(wanted, 12), 5)
    assert [p.error_code for p in response.responses[0].partitions] == [0, ErrorCode.OFFSET_OUT_OF_RANGE]


async def test_deleting_the_topic_answers_who_waits_for_it(topic: MemoryBroker) -> None:
    waiting = topic.begin(request(from_offset(0), max_wait_ms=1000), 12)
    await topic.advance(0)
    broker = topic.broker
    broker.topic_deleted(broker.metadata.image.topics["t"])
    response = await waiting
    assert response.responses[0].partitions[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


async def test_a_client_that_leaves_while_it_waits_leaves_nothing_behind(topic: MemoryBroker) -> None:
    client = topic.connect()
    client.write(request(from_offset(0), max_wait_ms=1000), 12)
    await topic.advance(0)
    partition = topic.broker.partitions.named("t", 0)
    assert partition.waiters
    client.disconnect()
    await topic.advance(0)
    assert not partition.waiters


async def test_wrong_leader_epochs_are_refused_with_the_leader_that_knows_better(topic: MemoryBroker) -> None:
    topic.broker.partitions.named("t", 0).lead(5)
    stale = request(from_offset(0, current_leader_epoch=4))
    stale.topics[0].topic_id = topic.broker.metadata.image.topics["t"].topic_id
    response = await topic.send(stale, 18)
    (partition,) = response.responses[0].partitions
    assert partition.error_code == ErrorCode.FENCED_LEADER_EPOCH
    assert (partition.current_leader.leader_id, partition.current_leader.leader_epoch) == (1, 5)
    assert [(node.node_id, node.host) for node in response.node_endpoints] == [(1, "127.0.0.1")]
    (partition,) = await fetch(topic, from_offset(0, current_leader_epoch=6))
    assert partition.error_code == ErrorCode.UNKNOWN_LEADER_EPOCH
    (partition,) = await fetch(topic, from_offset(0, current_leader_epoch=-2))
    assert partition.error_code == 0


async def test_a_reader_whose_log_was_cut_learns_where_it_parts_from_ours(topic: MemoryBroker) -> None:
    append(topic, b"a")
    partition = topic.broker.partitions.named("t", 0)
    partition.lead(5)
    append(topic, b"b")
    (answer,) = await fetch(topic, from_offset(3, last_fetched_epoch=0))
    assert (answer.error_code, answer.records) == (0, b"")
    assert (answer.diverging_epoch.epoch, answer.diverging_epoch.end_offset) == (0, 1)
    (answer,) = await fetch(topic, from_offset(2, last_fetched_epoch=5))
    assert answer.diverging_epoch is None


async def test_a_session_remembers_the_partitions_and_answers_what_is_new(topic: MemoryBroker) -> None:
    topic_id = topic.broker.metadata.image.topics["t"].topic_id
    full = request(from_offset(0), from_offset(0, index=1), session_epoch=0)
    full.topics[0].topic_id = topic_id
    response = await topic.send(full, 18)
    session_id = response.session_id
    assert session_id > 0
    append(topic, b"a", index=1)
    response = await topic.send(request(session_id=session_id, session_epoch=1), 18)
    (answered,) = response.responses
    assert [p.partition_index for p in answered.partitions] == [1]
    forget = request(
        session_id=session_id,
        session_epoch=2,
        forgotten_topics_data=[ForgottenTopic(topic_id=topic_id, partitions=[0, 1])],
    )
    assert (await topic.send(forget, 18)).session_id == 0
    response = await topic.send(request(session_id=session_id, session_epoch=3), 18)
    assert (response.error_code, response.session_id) == (ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0)
