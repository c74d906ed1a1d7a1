"""DescribeLogDirs: what is where, and how large."""

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.messages.describe_log_dirs import DescribableLogDirTopic, DescribeLogDirsRequest
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker


async def test_every_partition_is_in_its_directory_with_its_size(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", num_partitions=2), NewTopic("u")])
    batch = build_batch([NewRecord(None, b"v" * 100, -1)])
    broker.broker.partitions.named("t", 1).append(memoryview(batch), broker.clock.now_ms())
    (directory,) = (await broker.send(DescribeLogDirsRequest(topics=None))).results
    assert (directory.error_code, directory.log_dir, directory.is_cordoned) == (0, "/data", False)
    sizes = {(t.name, p.partition_index): p.partition_size for t in directory.topics for p in t.partitions}
    assert sizes == {("t", 0): 0, ("t", 1): len(batch), ("u", 0): 0}


async def test_only_what_is_asked_for_is_listed(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", num_partitions=2)])
    request = DescribeLogDirsRequest(topics=[DescribableLogDirTopic(topic="t", partitions=[1, 7])])
    (directory,) = (await broker.send(request, 4)).results
    assert [(t.name, [p.partition_index for p in t.partitions]) for t in directory.topics] == [("t", [1])]
