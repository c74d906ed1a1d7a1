"""What `kafkapy.durability` and `flush.messages` promise: nothing is said to be kept before it is on disk."""

import asyncio
import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS
from kafkapy.cluster.image import CLUSTER_METADATA_TOPIC
from kafkapy.cluster.producer_ids import BLOCK_SIZE
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.create_topics import CreatableTopic, CreateTopicsRequest
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.offset_commit import (
    OffsetCommitRequest,
    OffsetCommitRequestPartition,
    OffsetCommitRequestTopic,
)
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.memory_files import MemoryFiles
from tests.broker.test_housekeeping import until
from tests.conftest import StartBroker
from tests.harness.broker import MemoryBroker

ALL, LEADER = -1, 1


class HeldSyncs:
    """While it is held no file gets to the disk from a thread."""

    def __init__(self, files: MemoryFiles) -> None:
        self._files = files
        self._changing = files.changing
        self._gate = threading.Event()
        self.begun = 0
        self.has_begun = threading.Event()

    @contextmanager
    def held(self) -> Iterator[None]:
        main = threading.get_ident()

        def changing(kind: str, path: str) -> None:
            if kind == "sync" and threading.get_ident() != main:
                self.begun += 1
                self.has_begun.set()
                assert self._gate.wait(10)
            self._changing(kind, path)

        self._files.changing = changing  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._gate.set()
            self._files.changing = self._changing  # type: ignore[method-assign]


def creation(name: str) -> CreateTopicsRequest:
    topic = CreatableTopic(name=name, num_partitions=1, replication_factor=1, assignments=[], configs=[])
    return CreateTopicsRequest(topics=[topic], timeout_ms=1000)


@pytest.fixture
async def syncing(start_broker: StartBroker) -> MemoryBroker:
    broker = await start_broker(kafkapy_durability="fsync", offsets_topic_num_partitions=1)
    await broker.send(creation("t"))
    return broker


def produce_request(broker: MemoryBroker, acks: int, *, timeout_ms: int = 30_000) -> ProduceRequest:
    records = build_batch([NewRecord(None, b"v", broker.clock.now_ms())])
    data = [TopicProduceData(name="t", partition_data=[PartitionProduceData(index=0, records=records)])]
    return ProduceRequest(acks=acks, timeout_ms=timeout_ms, topic_data=data)


def produce(broker: MemoryBroker, acks: int, *, timeout_ms: int = 30_000) -> "asyncio.Task[Any]":
    return broker.begin(produce_request(broker, acks, timeout_ms=timeout_ms), 12)


async def produced(task: "asyncio.Task[Any]") -> Any:
    return (await task).responses[0].partition_responses[0]


async def read(broker: MemoryBroker) -> Any:
    """What a reader of the topic gets at once."""
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=10_000)
    request = FetchRequest(max_wait_ms=0, min_bytes=0, topics=[FetchTopic(topic="t", partitions=[partition])])
    return (await broker.send(request, 12)).responses[0].partitions[0]


async def turns(count: int = 20) -> None:
    """Let everything run that can."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_produce_to_all_replicas_is_answered_and_readable_when_it_is_on_disk(
    syncing: MemoryBroker,
) -> None:
    with HeldSyncs(syncing.files).held():
        waiting = produce(syncing, ALL)
        assert (await produced(produce(syncing, LEADER))).base_offset == 1
        await turns()
        assert not waiting.done()
        seen = await read(syncing)
        assert (seen.high_watermark, seen.records) == (0, b"")
    assert (await produced(waiting)).base_offset == 0
    assert (await read(syncing)).high_watermark >= 1


async def test_an_answer_that_waits_for_the_disk_keeps_nothing_of_its_request(syncing: MemoryBroker) -> None:
    buffers = syncing.edge.buffers
    free = buffers.shared()
    with HeldSyncs(syncing.files).held():
        waiting = produce(syncing, ALL)
        await turns()
        assert not waiting.done()
        assert buffers.shared() is free
    await produced(waiting)


async def test_requests_that_come_during_a_sync_share_the_next_one(syncing: MemoryBroker) -> None:
    syncs = HeldSyncs(syncing.files)
    with syncs.held():
        first = produce(syncing, ALL)
        await asyncio.to_thread(syncs.has_begun.wait, 5)
        others = [produce(syncing, ALL) for _ in range(10)]
        await turns()
        assert syncs.begun == 1
    answers = [await produced(task) for task in (first, *others)]
    assert [answer.base_offset for answer in answers] == list(range(11))


async def test_the_requests_of_one_connection_share_a_sync_and_are_answered_in_order(
    syncing: MemoryBroker,
) -> None:
    syncs = HeldSyncs(syncing.files)
    client = syncing.connect()
    with syncs.held():
        for _ in range(5):
            client.write(produce_request(syncing, ALL), 12)
        await asyncio.to_thread(syncs.has_begun.wait, 5)
        assert syncing.broker.partitions.named("t", 0).log.log_end_offset == 5
        assert (await read(syncing)).high_watermark == 0
    offsets = [(await client.receive(ProduceRequest.api_key, 12)).responses[0] for _ in range(5)]
    assert [topic.partition_responses[0].base_offset for topic in offsets] == list(range(5))
    client.disconnect()


async def test_a_waiting_fetch_is_woken_by_the_sync(syncing: MemoryBroker) -> None:
    partition = FetchPartition(partition=0, fetch_offset=0, partition_max_bytes=10_000)
    wanted = [FetchTopic(topic="t", partitions=[partition])]
    waiting = syncing.begin(FetchRequest(max_wait_ms=30_000, min_bytes=1, topics=wanted), 12)
    await turns()
    await produced(produce(syncing, ALL))
    assert (await waiting).responses[0].partitions[0].records


async def test_a_producer_waits_no_longer_than_it_said(syncing: MemoryBroker) -> None:
    with HeldSyncs(syncing.files).held():
        waiting = produce(syncing, ALL, timeout_ms=100)
        await turns()
        await syncing.advance(100)
        answer = await produced(waiting)
        assert (answer.error_code, answer.base_offset) == (ErrorCode.REQUEST_TIMED_OUT, 0)


async def test_a_failed_sync_is_never_acknowledged(syncing: MemoryBroker) -> None:
    reasons: list[str] = []
    syncing.broker.on_failed = reasons.append
    syncing.files.fail("sync", path="/t-0/")
    answer = await produced(produce(syncing, ALL))
    assert answer.error_code == ErrorCode.KAFKA_STORAGE_ERROR
    assert (await read(syncing)).error_code == ErrorCode.KAFKA_STORAGE_ERROR
    assert reasons == ["the directory of the metadata log, /data, is offline"]


async def test_a_topic_is_there_when_the_metadata_log_is_on_disk(syncing: MemoryBroker) -> None:
    with HeldSyncs(syncing.files).held():
        waiting = syncing.begin(creation("new"))
        seen = asyncio.ensure_future(
            syncing.send(
                ListOffsetsRequest(
                    replica_id=-1,
                    topics=[
                        ListOffsetsTopic(
                            name="new", partitions=[ListOffsetsPartition(partition_index=0, timestamp=-1)]
                        )
                    ],
                ),
                7,
            )
        )
        await turns()
        assert not waiting.done()
        assert not seen.done()
    assert (await waiting).topics[0].error_code == ErrorCode.NONE
    assert (await seen).topics[0].partitions[0].error_code == ErrorCode.NONE
    syncing.files.crash()
    await syncing.kill()
    assert {"t", "new"} <= set(syncing.broker.metadata.image.topics)


async def test_a_commit_is_answered_and_seen_when_it_is_on_disk(syncing: MemoryBroker) -> None:
    partition = OffsetCommitRequestPartition(partition_index=0, committed_offset=7, committed_metadata="")
    topics = [OffsetCommitRequestTopic(name="t", partitions=[partition])]
    commit = OffsetCommitRequest(group_id="g", topics=topics)
    syncing.broker.internal_topic(CONSUMER_OFFSETS)
    assert (await syncing.send(commit, 8)).topics[0].partitions[0].error_code == ErrorCode.NONE
    partition.committed_offset = 9
    with HeldSyncs(syncing.files).held():
        waiting = syncing.begin(commit, 8)
        await turns()
        seen = syncing.begin(OffsetFetchRequest(group_id="g", topics=None), 7)
        await turns()
        assert not waiting.done()
        assert not seen.done()
    assert (await waiting).topics[0].partitions[0].error_code == ErrorCode.NONE
    assert (await seen).topics[0].partitions[0].committed_offset == 9
    syncing.files.crash()
    await syncing.kill()
    found = await syncing.send(OffsetFetchRequest(group_id="g", topics=None), 7)
    assert found.topics[0].partitions[0].committed_offset == 9


async def producer_ids(broker: MemoryBroker, count: int) -> set[int]:
    """So many, asked for again where the next block has to be waited for."""
    init = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000)
    given: set[int] = set()
    while len(given) < count:
        answer = await broker.send(init)
        if answer.error_code:
            assert answer.error_code == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
            await asyncio.sleep(0)
        else:
            assert answer.producer_id not in given
            given.add(answer.producer_id)
    return given


@pytest.mark.parametrize("durability", ["os", "fsync"])
async def test_producer_ids_are_never_given_out_twice_whatever_the_metadata_log_loses(
    start_broker: StartBroker, durability: str
) -> None:
    broker = await start_broker(kafkapy_durability=durability)
    before = await producer_ids(broker, 1500)
    broker.files.crash()
    await broker.kill()
    assert not before & await producer_ids(broker, 1500)


async def test_the_next_block_of_producer_ids_is_not_used_before_it_is_on_disk(broker: MemoryBroker) -> None:
    with HeldSyncs(broker.files).held():
        before = await producer_ids(broker, BLOCK_SIZE)
        init = InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000)
        assert (await broker.send(init)).error_code == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    assert not before & await producer_ids(broker, 1)


async def test_what_a_killed_broker_left_in_the_page_cache_is_synced_before_anybody_sees_it(
    start_broker: StartBroker,
) -> None:
    broker = await start_broker()
    broker.broker.create_topics([NewTopic("t")])
    await produced(produce(broker, ALL))
    assert broker.broker.partitions.named("t", 0).log.synced_offset == 0
    broker.settings["kafkapy.durability"] = "fsync"
    await broker.kill()
    assert (await read(broker)).high_watermark == 1
    broker.files.crash()
    await broker.kill()
    assert (await read(broker)).high_watermark == 1


async def test_flush_messages_keeps_producers_and_readers_waiting_for_every_nth_record(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("flush.messages", "3")])])
    for _ in range(2):
        await produced(produce(broker, LEADER))
    with HeldSyncs(broker.files).held():
        assert (await read(broker)).high_watermark == 2
        waiting = produce(broker, LEADER)
        await turns()
        assert not waiting.done()
        assert (await read(broker)).high_watermark == 2
    assert (await produced(waiting)).base_offset == 2
    assert (await read(broker)).high_watermark == 3
    assert broker.broker.metadata_log.unsettled is None, "nobody waits for it in this mode, but it is synced"
    metadata = broker.broker.log_directories.logs[CLUSTER_METADATA_TOPIC, 0]
    await until(broker, lambda: metadata.synced_offset == metadata.log_end_offset)
    broker.files.crash()
    await broker.kill()
    assert broker.broker.partitions.named("t", 0).log.log_end_offset == 3


async def test_flush_ms_has_logs_synced_that_the_scheduler_finds(start_broker: StartBroker) -> None:
    broker = await start_broker(log_flush_scheduler_interval_ms=1000, log_flush_interval_ms=5000)
    broker.broker.create_topics([NewTopic("t")])
    await produced(produce(broker, LEADER))
    log = broker.broker.partitions.named("t", 0).log
    await broker.advance(4000)
    assert log.synced_offset == 0
    await broker.advance(2000)
    async with asyncio.timeout(5):
        while log.synced_offset == 0:
            await broker.advance(0)


async def test_a_full_disk_refuses_what_is_new_serves_what_is_there_and_recovers(
    broker: MemoryBroker,
) -> None:
    broker.broker.create_topics([NewTopic("t")])
    reasons: list[str] = []
    broker.broker.on_failed = reasons.append
    await produced(produce(broker, ALL))
    broker.files.fail("write", path="/t-0/", error=errno.ENOSPC)
    for _ in range(2):
        assert (await produced(produce(broker, ALL))).error_code == ErrorCode.KAFKA_STORAGE_ERROR
    seen = await read(broker)
    assert (seen.error_code, seen.high_watermark, bool(seen.records)) == (ErrorCode.NONE, 1, True)
    assert reasons == []
    await broker.restart()
    assert (await produced(produce(broker, ALL))).base_offset == 1
