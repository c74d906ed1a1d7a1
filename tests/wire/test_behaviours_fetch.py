"""Readers reach the end of a log, whatever compaction has taken out of it."""

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
