"""What readers are answered: to the end of a log, and where there is nothing or an error."""

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.records.batch import iterate_headers
from tests.broker.test_housekeeping import until
from tests.broker.test_log_cleaner import BACKOFF_MS, compacted_topic, values_of, write
from tests.harness.broker import MemoryBroker


async def test_a_reader_gets_to_the_end_of_a_compacted_log(broker: MemoryBroker) -> None:
    partition = compacted_topic(broker)
    await write(broker, partition, "1", "2", "3")
    await broker.advance(BACKOFF_MS)
    await until(broker, lambda: values_of(partition) == [b"3", b"last"])
    position, seen = 0, []
    for _ in range(5):
        wanted = FetchPartition(partition=0, fetch_offset=position, partition_max_bytes=1000)
        topics = [FetchTopic(topic="t", partitions=[wanted])]
        response = await broker.send(FetchRequest(max_wait_ms=0, min_bytes=1, topics=topics), 12)
        answered = response.responses[0].partitions[0]
        if position == answered.high_watermark:
            break
        headers = [header for _, header in iterate_headers(answered.records)]
        position = headers[-1].next_offset
        seen += [header.base_offset for header in headers]
    assert (position, answered.high_watermark) == (4, 4)
    assert seen[-2:] == [2, 3]


async def test_whatever_is_wrong_with_a_partition_its_records_are_empty_and_not_null(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    wrong = {
        ErrorCode.OFFSET_OUT_OF_RANGE: (
            "t",
            FetchPartition(partition=0, fetch_offset=9, partition_max_bytes=1),
        ),
        ErrorCode.UNKNOWN_LEADER_EPOCH: (
            "t",
            FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1, current_leader_epoch=99),
        ),
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: (
            "nothing",
            FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1),
        ),
        ErrorCode.NONE: ("t", FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1)),
    }
    for code, (topic, partition) in wrong.items():
        for version in (4, 11, 12):
            if code is ErrorCode.UNKNOWN_LEADER_EPOCH and version < 9:
                continue
            topics = [FetchTopic(topic=topic, partitions=[partition])]
            request = FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics)
            answered = (await broker.send(request, version)).responses[0].partitions[0]
            assert (answered.error_code, answered.records) == (code, b""), version


async def test_without_an_error_nobody_is_sent_to_another_leader(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=1)
    topics = [FetchTopic(topic="t", partitions=[partition])]
    response = await broker.send(FetchRequest(max_wait_ms=0, min_bytes=0, topics=topics), 12)
    assert response.responses[0].partitions[0].current_leader is None
