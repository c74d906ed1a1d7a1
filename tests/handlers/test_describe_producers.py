"""DescribeProducers: who writes to a partition."""

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_producers import DescribeProducersRequest, TopicRequest
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker


async def test_each_idempotent_producer_is_described_by_its_last_batch(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    records = [NewRecord(None, b"v", broker.clock.now_ms())] * 3
    batch = build_batch(records, producer_id=9, producer_epoch=2, base_sequence=0)
    broker.broker.partitions.named("t", 0).append(memoryview(batch), broker.clock.now_ms())
    request = DescribeProducersRequest(topics=[TopicRequest(name="t", partition_indexes=[0, 1])])
    known, unknown = (await broker.send(request)).topics[0].partitions
    (producer,) = known.active_producers
    assert (producer.producer_id, producer.producer_epoch, producer.last_sequence) == (9, 2, 2)
    assert producer.last_timestamp == broker.clock.now_ms()
    assert (producer.coordinator_epoch, producer.current_txn_start_offset) == (-1, -1)
    assert (unknown.error_code, unknown.error_message) == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, None)


async def test_what_is_wrong_with_a_topic_is_told_in_words(broker: MemoryBroker) -> None:
    topics = [TopicRequest(name=name, partition_indexes=[0]) for name in ("no-such", "a b")]
    answered = (await broker.send(DescribeProducersRequest(topics=topics))).topics
    unknown, impossible = (topic.partitions[0] for topic in answered)
    assert (unknown.error_code, unknown.error_message) == (
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        "This server does not host this topic-partition.",
    )
    assert impossible.error_code == ErrorCode.INVALID_TOPIC_EXCEPTION
    assert impossible.error_message.startswith("Topic name is invalid: 'a b'")
