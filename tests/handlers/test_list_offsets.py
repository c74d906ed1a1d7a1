"""ListOffsets: the ends of a log, and its records by time."""

from typing import Any

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from tests.harness.broker import MemoryBroker

LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING = range(-1, -7, -1)


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    """Records at 10, 30, 20 and 40 ms after now, two to a batch, compressed."""
    broker.broker.create_topics([NewTopic("t")])
    now_ms = broker.clock.now_ms()
    partition = broker.broker.partitions.named("t", 0)
    for times in ((10, 30), (20, 40)):
        records = [NewRecord(None, b"v", now_ms + time) for time in times]
        partition.append(memoryview(build_batch(records, compression=Compression.LZ4)), now_ms)
    return broker


async def look_up(broker: MemoryBroker, timestamp: int, version: int = 11, **fields: Any) -> Any:
    epoch = fields.pop("current_leader_epoch", -1)
    wanted = ListOffsetsPartition(
        partition_index=fields.pop("index", 0), timestamp=timestamp, current_leader_epoch=epoch
    )
    request = ListOffsetsRequest(
        replica_id=-1,
        topics=[ListOffsetsTopic(name="t", partitions=[wanted] * fields.pop("times", 1))],
        **fields,
    )
    response = await broker.send(request, version)
    return response.topics[0].partitions[0]


async def test_the_ends_of_the_log_have_no_timestamp(topic: MemoryBroker) -> None:
    for special, offset in ((LATEST, 4), (EARLIEST, 0), (EARLIEST_LOCAL, 0)):
        found = await look_up(topic, special)
        assert (found.error_code, found.timestamp, found.offset, found.leader_epoch) == (0, -1, offset, 0)


@pytest.mark.parametrize(
    ("after_ms", "offset", "found_ms"), [(0, 0, 10), (10, 0, 10), (11, 1, 30), (30, 1, 30), (31, 3, 40)]
)
async def test_a_time_finds_the_first_record_at_or_after_it_inside_compressed_batches(
    topic: MemoryBroker, after_ms: int, offset: int, found_ms: int
) -> None:
    now_ms = topic.clock.now_ms()
    found = await look_up(topic, now_ms + after_ms)
    assert (found.offset, found.timestamp) == (offset, now_ms + found_ms)


async def test_a_time_after_all_records_finds_nothing_which_is_no_error(topic: MemoryBroker) -> None:
    found = await look_up(topic, topic.clock.now_ms() + 41)
    assert (found.error_code, found.timestamp, found.offset, found.leader_epoch) == (0, -1, -1, -1)


async def test_the_largest_timestamp_is_found_with_its_record(topic: MemoryBroker) -> None:
    found = await look_up(topic, MAX_TIMESTAMP)
    assert (found.offset, found.timestamp) == (3, topic.clock.now_ms() + 40)


@pytest.mark.parametrize("special", [LATEST_TIERED, EARLIEST_PENDING])
async def test_without_tiered_storage_its_ends_are_nowhere(topic: MemoryBroker, special: int) -> None:
    found = await look_up(topic, special)
    assert (found.error_code, found.timestamp, found.offset) == (0, -1, -1)


@pytest.mark.parametrize(
    ("special", "version"),
    [(MAX_TIMESTAMP, 6), (EARLIEST_LOCAL, 7), (LATEST_TIERED, 8), (EARLIEST_PENDING, 10), (-9, 11)],
)
async def test_a_special_time_that_the_version_does_not_know_is_refused(
    topic: MemoryBroker, special: int, version: int
) -> None:
    assert (await look_up(topic, special, version)).error_code == ErrorCode.UNSUPPORTED_VERSION


async def test_the_answer_carries_the_epoch_of_the_record_and_not_the_present_one(
    topic: MemoryBroker,
) -> None:
    topic.broker.partitions.named("t", 0).lead(3)
    assert (await look_up(topic, LATEST)).leader_epoch == 3
    assert (await look_up(topic, topic.clock.now_ms())).leader_epoch == 0
    assert (await look_up(topic, EARLIEST)).leader_epoch == 0


async def test_a_partition_named_twice_has_one_answer_and_a_topic_without_partitions_none(
    topic: MemoryBroker,
) -> None:
    twice = [ListOffsetsPartition(partition_index=0, timestamp=LATEST)] * 2
    topics = [ListOffsetsTopic(name="t", partitions=twice), ListOffsetsTopic(name="u", partitions=[])]
    response = await topic.send(ListOffsetsRequest(replica_id=-1, topics=topics))
    (answered,) = response.topics
    assert [p.error_code for p in answered.partitions] == [ErrorCode.INVALID_REQUEST]


async def test_where_no_record_has_a_time_the_first_one_is_of_the_latest(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    records = build_batch([NewRecord(None, b"v", -1)] * 2)
    broker.broker.partitions.named("t", 0).append(memoryview(records), broker.clock.now_ms())
    found = await look_up(broker, MAX_TIMESTAMP)
    assert (found.timestamp, found.offset, found.leader_epoch) == (-1, 0, 0)


async def test_an_unknown_isolation_level_fails_every_partition(topic: MemoryBroker) -> None:
    assert (await look_up(topic, LATEST, isolation_level=2)).error_code == ErrorCode.UNKNOWN_SERVER_ERROR


async def test_refusals(topic: MemoryBroker) -> None:
    assert (await look_up(topic, LATEST, times=2)).error_code == ErrorCode.INVALID_REQUEST
    assert (await look_up(topic, LATEST, index=5)).error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    topic.broker.partitions.named("t", 0).lead(3)
    assert (await look_up(topic, LATEST, current_leader_epoch=2)).error_code == ErrorCode.FENCED_LEADER_EPOCH
    assert (await look_up(topic, LATEST, current_leader_epoch=4)).error_code == ErrorCode.UNKNOWN_LEADER_EPOCH


async def test_what_was_deleted_is_not_found(topic: MemoryBroker) -> None:
    topic.broker.partitions.named("t", 0).delete_records_before(1)
    assert (await look_up(topic, EARLIEST)).offset == 1
    assert (await look_up(topic, topic.clock.now_ms())).offset == 1
