"""Produce as a client sees it: where batches go, what is refused, and what is not answered."""

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.produce import (
    PartitionProduceData,
    PartitionProduceResponse,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from tests.harness.broker import MemoryBroker
from tests.harness.memory_transport import ConnectionClosed


def batch(*values: bytes, key: bytes | None = b"k", timestamp: int = -1, **fields: object) -> bytearray:
    return build_batch([NewRecord(key, value, timestamp) for value in values], **fields)  # type: ignore[arg-type]


def request(
    records: bytes | bytearray | None,
    *,
    topic: str = "t",
    index: int = 0,
    acks: int = -1,
    topic_id: bytes = bytes(16),
    transactional_id: str | None = None,
) -> ProduceRequest:
    return ProduceRequest(
        transactional_id=transactional_id,
        acks=acks,
        timeout_ms=1000,
        topic_data=[
            TopicProduceData(
                name=topic,
                topic_id=topic_id,
                partition_data=[PartitionProduceData(index=index, records=records)],
            )
        ],
    )


async def produce(
    broker: MemoryBroker, records: bytes | bytearray | None, version: int = 12, **where: object
) -> PartitionProduceResponse:
    response = await broker.send(request(records, **where), version)  # type: ignore[arg-type]
    (topic,) = response.responses
    (partition,) = topic.partition_responses
    return partition


@pytest.fixture
def broker_with_topic(broker: MemoryBroker) -> MemoryBroker:
    broker.broker.create_topics([NewTopic("t")])
    return broker


async def test_batches_get_consecutive_offsets(broker_with_topic: MemoryBroker) -> None:
    first = await produce(broker_with_topic, batch(b"a", b"b"))
    second = await produce(broker_with_topic, batch(b"c"))
    assert (first.error_code, first.base_offset, first.log_append_time_ms, first.log_start_offset) == (
        0,
        0,
        -1,
        0,
    )
    assert second.base_offset == 2


async def test_a_topic_can_be_named_by_id(broker_with_topic: MemoryBroker) -> None:
    topic_id = broker_with_topic.broker.metadata.image.topics["t"].topic_id
    assert (await produce(broker_with_topic, batch(b"a"), 13, topic_id=topic_id)).error_code == 0
    unknown = await produce(broker_with_topic, batch(b"a"), 13, topic_id=bytes(range(16)))
    assert unknown.error_code == ErrorCode.UNKNOWN_TOPIC_ID


@pytest.mark.parametrize("where", [{"topic": "other"}, {"index": 7}])
async def test_an_unknown_partition_is_refused_and_not_created(
    broker_with_topic: MemoryBroker, where: dict[str, object]
) -> None:
    refused = await produce(broker_with_topic, batch(b"a"), **where)  # type: ignore[arg-type]
    assert refused.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert "other" not in broker_with_topic.broker.metadata.image.topics


async def test_other_acks_than_none_one_and_all_are_refused(broker_with_topic: MemoryBroker) -> None:
    refused = await produce(broker_with_topic, batch(b"a"), acks=2)
    assert (refused.error_code, refused.base_offset) == (ErrorCode.INVALID_REQUIRED_ACKS, -1)


async def test_a_produce_without_acknowledgement_is_not_answered_and_what_follows_is(
    broker_with_topic: MemoryBroker,
) -> None:
    client = broker_with_topic.connect()
    client.write(request(batch(b"a"), acks=0), 12)
    response = await client.send(request(batch(b"b")), 12)
    assert response.responses[0].partition_responses[0].base_offset == 1


async def test_a_failed_produce_without_acknowledgement_closes_the_connection(
    broker_with_topic: MemoryBroker,
) -> None:
    client = broker_with_topic.connect()
    client.write(request(batch(b"a"), topic="other", acks=0), 12)
    with pytest.raises(ConnectionClosed):
        await client.send(request(batch(b"b")), 12)


async def test_clients_do_not_write_to_internal_topics(broker: MemoryBroker) -> None:
    broker.broker.internal_topic("__consumer_offsets")
    refused = await produce(broker, batch(b"a"), topic="__consumer_offsets")
    assert refused.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION


async def test_zstd_needs_version_7(broker_with_topic: MemoryBroker) -> None:
    records = batch(b"a", compression=Compression.ZSTD)
    assert (await produce(broker_with_topic, records, 6)).error_code == ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    assert (await produce(broker_with_topic, records, 7)).error_code == 0


async def test_an_empty_records_field_is_refused(broker_with_topic: MemoryBroker) -> None:
    for records in (None, b""):
        assert (await produce(broker_with_topic, records)).error_code == ErrorCode.INVALID_RECORD


async def test_a_wrong_checksum_is_refused_and_the_log_unchanged(broker_with_topic: MemoryBroker) -> None:
    damaged = batch(b"abc")
    damaged[-3] ^= 1
    assert (await produce(broker_with_topic, damaged)).error_code == ErrorCode.CORRUPT_MESSAGE
    assert (await produce(broker_with_topic, batch(b"a"))).base_offset == 0


async def test_a_record_without_key_is_refused_by_a_compacted_topic_which_says_which(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("cleanup.policy", "compact")])])
    refused = await produce(broker, batch(b"a", key=None))
    assert refused.error_code == ErrorCode.INVALID_RECORD
    assert [error.batch_index for error in refused.record_errors] == [0]
    assert refused.error_message
    assert refused.log_start_offset == 0


async def test_a_topic_of_log_append_time_tells_the_time(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("message.timestamp.type", "LogAppendTime")])])
    assert (await produce(broker, batch(b"a"))).log_append_time_ms == broker.clock.now_ms()


async def test_a_retried_batch_is_answered_with_its_first_offset(broker_with_topic: MemoryBroker) -> None:
    now_ms = broker_with_topic.clock.now_ms()
    records = bytes(batch(b"a", b"b", timestamp=now_ms, producer_id=7, producer_epoch=0, base_sequence=0))
    first = await produce(broker_with_topic, records)
    await produce(broker_with_topic, batch(b"x"))
    again = await produce(broker_with_topic, records)
    assert (again.error_code, again.base_offset, again.log_append_time_ms) == (0, first.base_offset, now_ms)
    assert (await produce(broker_with_topic, batch(b"y"))).base_offset == 3


async def test_a_gap_in_the_sequence_and_an_old_epoch_are_refused(broker_with_topic: MemoryBroker) -> None:
    producer = {"producer_id": 7, "producer_epoch": 1}
    await produce(broker_with_topic, batch(b"a", base_sequence=0, **producer))
    gap = await produce(broker_with_topic, batch(b"c", base_sequence=2, **producer))
    assert gap.error_code == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    old = await produce(broker_with_topic, batch(b"c", producer_id=7, producer_epoch=0, base_sequence=1))
    assert old.error_code == ErrorCode.INVALID_PRODUCER_EPOCH


async def test_producers_are_remembered_over_a_restart(broker_with_topic: MemoryBroker) -> None:
    now_ms = broker_with_topic.clock.now_ms()
    records = bytes(batch(b"a", timestamp=now_ms, producer_id=7, producer_epoch=0, base_sequence=0))
    await produce(broker_with_topic, records)
    await broker_with_topic.restart()
    assert (await produce(broker_with_topic, records)).base_offset == 0
    assert (await produce(broker_with_topic, batch(b"b"))).base_offset == 1


async def test_a_transactional_batch_waits_until_there_is_a_coordinator(
    broker_with_topic: MemoryBroker,
) -> None:
    records = batch(b"a", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True)
    refused = await produce(broker_with_topic, records, transactional_id="x")
    assert refused.error_code == ErrorCode.NOT_ENOUGH_REPLICAS
    assert refused.error_message is not None
    assert "NOT_COORDINATOR" in refused.error_message


def three(*records: bytes | bytearray, acks: int = -1) -> ProduceRequest:
    """One request with records for partitions 0, 1 and 2."""
    partitions = [PartitionProduceData(index=index, records=each) for index, each in enumerate(records)]
    topic = TopicProduceData(name="t", partition_data=partitions)
    return ProduceRequest(acks=acks, timeout_ms=1000, topic_data=[topic])


def codes(response: ProduceResponse) -> list[int]:
    return [p.error_code for topic in response.responses for p in topic.partition_responses]


async def test_a_transactional_batch_without_a_transactional_id_fails_the_whole_request(
    broker_with_topic: MemoryBroker,
) -> None:
    records = batch(b"a", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True)
    response = await broker_with_topic.send(three(batch(b"x"), records), 12)
    assert codes(response) == [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED] * 2
    assert (await produce(broker_with_topic, batch(b"a"))).base_offset == 0


async def test_a_batch_of_impossible_magic_fails_the_whole_request_and_says_why(
    broker_with_topic: MemoryBroker,
) -> None:
    damaged = batch(b"a")
    damaged[16] = 255
    response = await broker_with_topic.send(three(batch(b"x"), damaged, b""), 12)
    assert codes(response) == [ErrorCode.CORRUPT_MESSAGE] * 3
    messages = {p.error_message for p in response.responses[0].partition_responses}
    assert messages == {"Invalid magic found in record: -1"}
    client = broker_with_topic.connect()
    client.write(three(damaged, acks=0), 12)
    with pytest.raises(ConnectionClosed):
        await client.send(three(batch(b"x")), 12)


async def test_of_a_partition_named_twice_the_last_records_count(broker_with_topic: MemoryBroker) -> None:
    twice = request(batch(b"a", b"b"))
    twice.topic_data += request(batch(b"c")).topic_data
    response = await broker_with_topic.send(twice, 12)
    assert codes(response) == [0]
    assert (await produce(broker_with_topic, batch(b"d"))).base_offset == 1


async def test_a_topic_without_partitions_is_not_answered(broker_with_topic: MemoryBroker) -> None:
    nothing = request(b"")
    nothing.topic_data[0].partition_data.clear()
    assert (await broker_with_topic.send(nothing, 12)).responses == []


async def test_the_shape_of_a_batch_is_looked_at_before_anything_else(
    broker_with_topic: MemoryBroker,
) -> None:
    refused = await produce(broker_with_topic, b"", acks=2)
    assert (refused.error_code, refused.log_start_offset) == (ErrorCode.INVALID_RECORD, -1)


async def test_a_refusal_by_the_log_tells_where_it_starts(broker_with_topic: MemoryBroker) -> None:
    moved = batch(b"a")
    moved[7] = 1
    refused = await produce(broker_with_topic, moved)
    assert (refused.error_code, refused.log_start_offset) == (ErrorCode.INVALID_RECORD, 0)
    gap = await produce(broker_with_topic, batch(b"a", producer_id=7, producer_epoch=0, base_sequence=-1))
    assert (gap.error_code, gap.log_start_offset) == (ErrorCode.INVALID_RECORD, 0)
    too_large = await produce(broker_with_topic, batch(b"x" * 2_000_000))
    assert (too_large.error_code, too_large.log_start_offset) == (ErrorCode.MESSAGE_TOO_LARGE, -1)
