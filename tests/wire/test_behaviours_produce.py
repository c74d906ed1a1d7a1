"""What producers of all kinds may rely on: whatever their batches claim, the broker keeps the books."""

from typing import Any

import pytest
import snappy

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.batch import HEADER_BYTES, iterate_headers, read_header, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.header import LENGTH_OVERHEAD_BYTES, seal
from tests.harness.broker import MemoryBroker

DAY_MS = 86_400_000


@pytest.fixture
def topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t")])
    return broker


async def append(broker: MemoryBroker, records: bytes | bytearray, topic: str = "t") -> Any:
    data = [TopicProduceData(name=topic, partition_data=[PartitionProduceData(index=0, records=records)])]
    request = ProduceRequest(acks=-1, timeout_ms=1000, topic_data=data)
    return (await broker.send(request, 12)).responses[0].partition_responses[0]


async def stored(broker: MemoryBroker, offset: int = 0) -> bytes:
    partition = FetchPartition(partition=0, fetch_offset=offset, partition_max_bytes=1_000_000)
    topics = [FetchTopic(topic="t", partitions=[partition])]
    response = await broker.send(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 12)
    return bytes(response.responses[0].partitions[0].records)


def values(buffer: bytes) -> list[bytes | None]:
    return [
        record.value for at, header in iterate_headers(buffer) for record in records_of(buffer, at, header)
    ]


def of_producer(sequence: int, *, epoch: int = 0) -> bytearray:
    record = NewRecord(b"k", b"%d" % sequence, -1)
    return build_batch([record], producer_id=7, producer_epoch=epoch, base_sequence=sequence)


def with_body(batch: bytearray, body: bytes, codec: Compression) -> bytearray:
    """The batch with other bytes for its records, said to be of this codec."""
    copy = batch[:HEADER_BYTES] + body
    length = len(copy) - LENGTH_OVERHEAD_BYTES
    seal(copy, 0, read_header(batch)._replace(attributes=codec, batch_length=length))
    return copy


async def test_snappy_may_come_as_one_bare_block_or_as_javas_stream(topic: MemoryBroker) -> None:
    plain = build_batch([NewRecord(b"k", b"bare" * 100, -1)])
    bare = with_body(plain, snappy.compress(bytes(plain[HEADER_BYTES:])), Compression.SNAPPY)
    framed = build_batch([NewRecord(b"k", b"framed" * 100, -1)], compression=Compression.SNAPPY)
    assert framed[HEADER_BYTES : HEADER_BYTES + 8] == b"\x82SNAPPY\0"
    assert [(await append(topic, records)).error_code for records in (bare, framed)] == [0, 0]
    assert values(await stored(topic)) == [b"bare" * 100, b"framed" * 100]


@pytest.mark.parametrize("claimed", [0, 5, 2**31 - 1])
async def test_the_leader_epoch_that_a_client_writes_is_overwritten(
    topic: MemoryBroker, claimed: int
) -> None:
    topic.broker.partitions.named("t", 0).lead(3)
    records = build_batch([NewRecord(b"k", b"v", -1)], partition_leader_epoch=claimed)
    assert (await append(topic, records)).error_code == 0
    assert read_header(await stored(topic)).partition_leader_epoch == 3


async def test_a_record_is_found_by_time_though_its_client_never_set_the_greatest(
    topic: MemoryBroker,
) -> None:
    now_ms = topic.clock.now_ms()
    records = build_batch([NewRecord(b"k", b"v", now_ms + each) for each in (0, 10)])
    seal(records, 0, read_header(records)._replace(max_timestamp=-1))
    await append(topic, records)
    assert read_header(await stored(topic)).max_timestamp == now_ms + 10
    wanted = [ListOffsetsPartition(partition_index=0, timestamp=now_ms + 5)]
    request = ListOffsetsRequest(replica_id=-1, topics=[ListOffsetsTopic(name="t", partitions=wanted)])
    (found,) = (await topic.send(request)).topics[0].partitions
    assert (found.offset, found.timestamp) == (1, now_ms + 10)


async def test_a_batch_larger_than_the_topic_allows_is_refused(broker: MemoryBroker) -> None:
    largest = build_batch([NewRecord(None, b"x" * 100, -1)])
    too_large = build_batch([NewRecord(None, b"x" * 101, -1)])
    broker.broker.create_topics([NewTopic("t", configs=[("max.message.bytes", str(len(largest)))])])
    assert (await append(broker, largest)).error_code == 0
    assert (await append(broker, too_large)).error_code == ErrorCode.MESSAGE_TOO_LARGE


async def test_clients_cannot_write_control_batches(topic: MemoryBroker) -> None:
    marker = build_batch([NewRecord(b"\0\0\0\1", b"\0\0\0\0\0\0", -1)], control=True)
    assert (await append(topic, marker)).error_code == ErrorCode.INVALID_RECORD
    assert await stored(topic) == b""


async def test_each_of_the_last_five_batches_may_be_sent_again(topic: MemoryBroker) -> None:
    for sequence in range(7):
        assert (await append(topic, of_producer(sequence))).base_offset == sequence
    for sequence in range(2, 7):
        again = await append(topic, of_producer(sequence))
        assert (again.error_code, again.base_offset) == (0, sequence)
    for forgotten in range(2):
        refused = await append(topic, of_producer(forgotten))
        assert refused.error_code == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert (await append(topic, of_producer(7))).base_offset == 7


async def test_a_producer_that_nobody_knows_any_more_may_go_on_where_it_was(topic: MemoryBroker) -> None:
    assert (await append(topic, of_producer(41))).base_offset == 0
    await topic.advance(2 * DAY_MS)
    assert (await append(topic, of_producer(77))).base_offset == 1


async def test_an_old_producer_epoch_is_told_as_such_and_not_as_a_leader_epoch(topic: MemoryBroker) -> None:
    await append(topic, of_producer(0, epoch=2))
    assert (await append(topic, of_producer(1, epoch=1))).error_code == ErrorCode.INVALID_PRODUCER_EPOCH
