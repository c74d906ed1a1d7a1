"""AlterReplicaLogDirs: a replica goes to another log directory, and the cluster is told."""

import asyncio
from typing import Any

from kafkapy.cluster.image import ResourceType
from kafkapy.cluster.record_types import ConfigRecord
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.alter_replica_log_dirs import (
    AlterReplicaLogDir,
    AlterReplicaLogDirsRequest,
    AlterReplicaLogDirTopic,
)
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest, DeleteTopicState
from kafkapy.protocol.messages.describe_log_dirs import DescribeLogDirsRequest
from kafkapy.records.builder import NewRecord, build_batch
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker

A, B = "/data/a", "/data/b"


def request(path: str, topic: str = "t", *partitions: int) -> AlterReplicaLogDirsRequest:
    wanted = AlterReplicaLogDirTopic(name=topic, partitions=list(partitions) or [0])
    return AlterReplicaLogDirsRequest(dirs=[AlterReplicaLogDir(path=path, topics=[wanted])])


def codes(response: Any) -> dict[tuple[str, int], ErrorCode]:
    return {
        (topic.topic_name, partition.partition_index): ErrorCode(partition.error_code)
        for topic in response.results
        for partition in topic.partitions
    }


def append(broker: MemoryBroker, size_bytes: int = 100) -> None:
    batch = build_batch([NewRecord(None, b"v" * size_bytes, -1)])
    broker.broker.partitions.named("t", 0).append(memoryview(batch), broker.clock.now_ms())


async def settled(broker: MemoryBroker) -> None:
    """All moves have come to their end."""
    while broker.broker.log_moves.moves:
        await broker.broker._jobs.finished()


async def described(broker: MemoryBroker) -> dict[str, list[tuple[str, int, bool, int]]]:
    """What is in each directory: (topic, partition, whether it is on its way, offset lag)."""
    response = await broker.send(DescribeLogDirsRequest(topics=None))
    return {
        result.log_dir: [
            (topic.name, partition.partition_index, partition.is_future_key, partition.offset_lag)
            for topic in result.topics
            for partition in topic.partitions
        ]
        for result in response.results
    }


def assigned(broker: MemoryBroker, topic: str, index: int = 0) -> str:
    """The directory in which the cluster believes a partition to be."""
    (directory_id,) = broker.broker.metadata.image.topics[topic].partitions[index].directories
    directories = broker.broker.log_directories.directories
    return next(each.path for each in directories if each.directory_id == directory_id)


async def test_a_replica_moves_and_the_cluster_knows_where_it_is(start_broker: StartBroker) -> None:
    broker = await start_broker(log_dirs=f"{A},{B}")
    broker.broker.create_topics([NewTopic("t")])
    await asyncio.sleep(0)
    append(broker)
    assert assigned(broker, "t") == A
    epoch = broker.broker.partitions.named("t", 0).leader_epoch
    for version in (1, 2):
        path = B if version == 1 else A
        assert codes(await broker.send(request(path), version)) == {("t", 0): ErrorCode.NONE}
        await settled(broker)
        other = {A: B, B: A}[path]
        assert await described(broker) == {path: [("t", 0, False, 0)], other: []}
        assert assigned(broker, "t") == path
    assert broker.broker.partitions.named("t", 0).leader_epoch == epoch
    append(broker)
    await broker.restart()
    assert broker.broker.partitions.named("t", 0).high_watermark == 2
    assert assigned(broker, "t") == A


async def test_a_move_that_is_slowed_down_can_be_watched_and_ended(start_broker: StartBroker) -> None:
    broker = await start_broker(log_dirs=f"{A},{B}")
    broker.broker.create_topics([NewTopic("t")])
    for _ in range(9):
        append(broker, 900_000)
    throttle = ConfigRecord(
        resource_type=ResourceType.BROKER,
        resource_name="1",
        name="replica.alter.log.dirs.io.max.bytes.per.second",
        value="1000000",
    )
    broker.broker.metadata.commit([throttle], broker.clock.now_ms())
    await broker.send(request(B))
    (move,) = broker.broker.log_moves.moves.values()
    while move.future.end_offset < 4:
        await broker.broker._jobs.finished()
    found = await described(broker)
    assert found[A] == [("t", 0, False, 0)]
    assert found[B] == [("t", 0, True, 5)]
    await broker.send(request(A))
    assert await described(broker) == {A: [("t", 0, False, 0)], B: []}
    await broker.send(request(B))
    for _ in range(5):
        await broker.broker._jobs.finished()
        await broker.advance(10_000)
    await settled(broker)
    assert await described(broker) == {A: [], B: [("t", 0, False, 0)]}


async def test_what_cannot_be_done_is_answered_partition_by_partition(start_broker: StartBroker) -> None:
    broker = await start_broker(log_dirs=f"{A},{B}")
    broker.broker.create_topics([NewTopic("t")])
    assert codes(await broker.send(request("/data/c"))) == {("t", 0): ErrorCode.LOG_DIR_NOT_FOUND}
    unknown = {("t", 7): ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}
    assert codes(await broker.send(request(B, "t", 7))) == unknown
    metadata = {("__cluster_metadata", 0): ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}
    assert codes(await broker.send(request(B, "__cluster_metadata"))) == metadata
    assert codes(await broker.send(request(A))) == {("t", 0): ErrorCode.NONE}
    twice = AlterReplicaLogDirsRequest(dirs=[*request("/data/c").dirs, *request(A).dirs])
    assert codes(await broker.send(twice)) == {("t", 0): ErrorCode.NONE}, "the last word counts"


async def test_a_topic_that_is_deleted_on_its_way_leaves_nothing(start_broker: StartBroker) -> None:
    broker = await start_broker(log_dirs=f"{A},{B}")
    broker.broker.create_topics([NewTopic("t")])
    for _ in range(3):
        append(broker, 900_000)
    await broker.send(request(B))
    deletion = DeleteTopicsRequest(
        topics=[DeleteTopicState(name="t", topic_id=bytes(16))], topic_names=[], timeout_ms=1000
    )
    await broker.send(deletion)
    assert broker.broker.log_moves.moves == {}
    await broker.restart(after_ms=100_000)
    await broker.advance(100_000)
    assert await described(broker) == {A: [], B: []}


async def test_new_partitions_go_where_the_fewest_are(start_broker: StartBroker) -> None:
    """The metadata log in the first directory does not count, what is on its way does."""
    broker = await start_broker(log_dirs=f"{A},{B}")
    broker.broker.create_topics([NewTopic("t", num_partitions=3)])
    await asyncio.sleep(0)
    found = {path: [entry[1] for entry in entries] for path, entries in (await described(broker)).items()}
    assert found == {A: [0, 2], B: [1]}
    assert [assigned(broker, "t", index) for index in range(3)] == [A, B, A]


async def test_a_wish_for_a_partition_that_is_not_there_yet_is_remembered(start_broker: StartBroker) -> None:
    broker = await start_broker(log_dirs=f"{A},{B}")
    await broker.send(request(B))
    broker.broker.create_topics([NewTopic("t")])
    assert await described(broker) == {A: [], B: [("t", 0, False, 0)]}
