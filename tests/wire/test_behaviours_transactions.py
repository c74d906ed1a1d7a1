"""Transactions over the whole broker: readers, writers beside them, topics that come again, old clusters."""

import pytest

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.protocol.messages.list_offsets import ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.protocol.messages.update_features import FeatureUpdateKey, UpdateFeaturesRequest
from kafkapy.records.builder import NewRecord, build_batch
from tests.conftest import StartBroker
from tests.handlers.transactional_producer import OLDER, Transactor, read_committed
from tests.harness.broker import MemoryBroker

NONE = ErrorCode.NONE
LATEST = -1
READ_UNCOMMITTED, READ_COMMITTED = 0, 1


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    """With a topic "t", and both coordinators."""
    broker = await start_broker(transaction_state_log_num_partitions=1, offsets_topic_num_partitions=1)
    broker.broker.create_topics([NewTopic("t")])
    broker.broker.internal_topic(TRANSACTION_STATE)
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    return broker


async def latest(broker: MemoryBroker, isolation_level: int) -> int:
    wanted = [ListOffsetsPartition(partition_index=0, timestamp=LATEST)]
    request = ListOffsetsRequest(
        replica_id=-1, isolation_level=isolation_level, topics=[ListOffsetsTopic(name="t", partitions=wanted)]
    )
    offset: int = (await broker.send(request)).topics[0].partitions[0].offset
    return offset


async def aborted(broker: MemoryBroker, offset: int) -> list[tuple[int, int]]:
    """What a reader of committed records is told from an offset on: producer ids and first offsets."""
    partition = FetchPartition(partition=0, fetch_offset=offset, partition_max_bytes=1 << 20)
    topics = [FetchTopic(topic="t", partitions=[partition])]
    request = FetchRequest(max_wait_ms=0, min_bytes=0, isolation_level=READ_COMMITTED, topics=topics)
    answered = (await broker.send(request, 12)).responses[0].partitions[0]
    return [(each.producer_id, each.first_offset) for each in answered.aborted_transactions]


async def test_aborted_transactions_are_told_as_they_ended_also_those_that_began_before_the_fetch(
    broker: MemoryBroker,
) -> None:
    first, second = [await Transactor(broker.send, name).start() for name in ("first", "second")]
    assert await first.produce(b"0") is NONE
    assert await second.produce(b"1") is NONE
    assert await first.produce(b"2") is NONE
    assert await second.end(commit=False) is NONE
    assert await first.end(commit=False) is NONE
    told = [(second.producer_id, 1), (first.producer_id, 0)]
    assert await aborted(broker, 0) == await aborted(broker, 2) == told
    assert await aborted(broker, 4) == told[1:]
    assert await read_committed(broker.send) == []


async def test_the_end_for_readers_of_committed_records_waits_for_the_oldest_and_never_goes_back(
    broker: MemoryBroker,
) -> None:
    first, second = [await Transactor(broker.send, name).start() for name in ("first", "second")]
    ends = [await latest(broker, READ_COMMITTED)]
    for step in (
        lambda: first.produce(b"0"),
        lambda: second.produce(b"1"),
        lambda: second.end(commit=True),
        lambda: second.produce(b"3"),
        lambda: first.end(commit=False),
        lambda: second.end(commit=True),
    ):
        assert await step() is NONE
        ends.append(await latest(broker, READ_COMMITTED))
    assert ends == [0, 0, 0, 0, 0, 3, 6]
    assert await latest(broker, READ_UNCOMMITTED) == 6


async def test_within_its_transaction_a_producer_cannot_write_beside_it(broker: MemoryBroker) -> None:
    producer = await Transactor(broker.send).start()
    assert await producer.produce(b"inside") is NONE
    beside = build_batch(
        [NewRecord(None, b"beside", -1)],
        producer_id=producer.producer_id,
        producer_epoch=producer.epoch,
        base_sequence=1,
    )
    data = [TopicProduceData(name="t", partition_data=[PartitionProduceData(index=0, records=beside)])]
    response = await broker.send(ProduceRequest(acks=-1, timeout_ms=1000, topic_data=data), 12)
    assert response.responses[0].partition_responses[0].error_code == ErrorCode.INVALID_TXN_STATE
    assert await producer.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"inside"]


async def test_a_transaction_ends_in_the_topic_that_has_the_name_now(broker: MemoryBroker) -> None:
    producer = await Transactor(broker.send).start()
    assert await producer.produce(b"lost with its topic") is NONE
    await broker.send(DeleteTopicsRequest(topic_names=["t"], timeout_ms=1000), 5)
    broker.broker.create_topics([NewTopic("t")])
    assert await producer.end(commit=True) is NONE
    assert await producer.produce(b"new") is NONE
    assert await producer.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"new"]
    assert await latest(broker, READ_COMMITTED) == await latest(broker, READ_UNCOMMITTED)


async def test_in_a_cluster_of_transaction_version_1_clients_know_to_fall_back(broker: MemoryBroker) -> None:
    lower = FeatureUpdateKey(feature="transaction.version", max_version_level=1, upgrade_type=2)
    assert (await broker.send(UpdateFeaturesRequest(feature_updates=[lower]))).error_code == NONE
    versions = ApiVersionsRequest(client_software_name="test", client_software_version="1")
    told = {each.name: each.max_version_level for each in (await broker.send(versions)).finalized_features}
    assert told["transaction.version"] == 1
    producer = await Transactor(broker.send, versions=OLDER).start()
    for commit in (True, False, True):
        assert await producer.add(0) is NONE
        assert await producer.produce(b"%d" % commit) is NONE
        assert await producer.end(commit=commit) is NONE
    assert await read_committed(broker.send) == [b"1", b"1"]
