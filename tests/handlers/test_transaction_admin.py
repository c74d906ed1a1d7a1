"""DescribeTransactions, ListTransactions, WriteTxnMarkers and what brokers ask with AddPartitionsToTxn."""

from typing import Any

import pytest

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.add_partitions_to_txn import (
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnTopic,
    AddPartitionsToTxnTransaction,
)
from kafkapy.protocol.messages.describe_transactions import DescribeTransactionsRequest
from kafkapy.protocol.messages.list_transactions import ListTransactionsRequest
from kafkapy.protocol.messages.write_txn_markers import (
    WritableTxnMarker,
    WritableTxnMarkerTopic,
    WriteTxnMarkersRequest,
)
from tests.conftest import StartBroker
from tests.handlers.transactional_producer import Transactor, committed_offset, read_committed
from tests.harness.broker import MemoryBroker

NONE = ErrorCode.NONE


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    """With a topic "t" of two partitions, and both coordinators."""
    broker = await start_broker(transaction_state_log_num_partitions=3, offsets_topic_num_partitions=1)
    broker.broker.create_topics([NewTopic("t", num_partitions=2)])
    broker.broker.internal_topic(TRANSACTION_STATE)
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    return broker


@pytest.fixture
async def producer(broker: MemoryBroker) -> Transactor:
    """It has a transaction open in partition 1 of "t"."""
    producer = await Transactor(broker.send, "open").start()
    assert await producer.produce(b"a", index=1) is NONE
    return producer


async def describe(broker: MemoryBroker, *names: str) -> list[Any]:
    request = DescribeTransactionsRequest(transactional_ids=list(names))
    states: list[Any] = (await broker.send(request, 0)).transaction_states
    return states


async def listed(broker: MemoryBroker, **filters: Any) -> tuple[int, list[str], list[str]]:
    """Error code, unknown states, ids."""
    filters = {"state_filters": [], "producer_id_filters": [], **filters}
    response = await broker.send(ListTransactionsRequest(**filters), 2)
    names = sorted(each.transactional_id for each in response.transaction_states)
    return response.error_code, response.unknown_state_filters, names


async def mark(
    broker: MemoryBroker,
    producer: Transactor,
    *,
    epoch: int,
    index: int = 1,
    topic: str = "t",
    commit: bool = False,
    coordinator_epoch: int = 0,
    transaction_version: int = 0,
) -> ErrorCode:
    marker = WritableTxnMarker(
        producer_id=producer.producer_id,
        producer_epoch=epoch,
        transaction_result=commit,
        topics=[WritableTxnMarkerTopic(name=topic, partition_indexes=[index])],
        coordinator_epoch=coordinator_epoch,
        transaction_version=transaction_version,
    )
    response = await broker.send(WriteTxnMarkersRequest(markers=[marker]), 2)
    return ErrorCode(response.markers[0].topics[0].partitions[0].error_code)


async def test_a_description_tells_the_state_the_producer_and_the_partitions(
    broker: MemoryBroker, producer: Transactor
) -> None:
    started_ms = broker.clock.now_ms()
    (found,) = await describe(broker, "open")
    assert (found.error_code, found.transaction_state) == (NONE, "Ongoing")
    assert (found.producer_id, found.producer_epoch) == producer.identity
    assert (found.transaction_timeout_ms, found.transaction_start_time_ms) == (60_000, started_ms)
    assert [(topic.topic, topic.partitions) for topic in found.topics] == [("t", [1])]
    await producer.end(commit=True)
    (found,) = await describe(broker, "open")
    assert (found.transaction_state, found.topics) == ("CompleteCommit", [])


async def test_an_id_that_is_not_there_is_said_not_to_be(broker: MemoryBroker) -> None:
    unknown, empty = await describe(broker, "nobody", "")
    assert unknown.error_code == ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
    assert empty.error_code == ErrorCode.INVALID_REQUEST


async def test_lists_can_be_narrowed_down(broker: MemoryBroker, producer: Transactor) -> None:
    idle = await Transactor(broker.send, "idle").start()
    await broker.advance(5_000)
    assert await listed(broker) == (NONE, [], ["idle", "open"])
    assert await listed(broker, state_filters=["Ongoing"]) == (NONE, [], ["open"])
    assert await listed(broker, state_filters=["Empty", "Nope"]) == (NONE, ["Nope"], ["idle"])
    assert await listed(broker, state_filters=["Nope"]) == (NONE, ["Nope"], [])
    assert await listed(broker, producer_id_filters=[idle.producer_id]) == (NONE, [], ["idle"])
    assert await listed(broker, duration_filter=4_999, state_filters=["Ongoing"]) == (NONE, [], ["open"])
    assert await listed(broker, duration_filter=5_000, state_filters=["Ongoing"]) == (NONE, [], [])
    assert await listed(broker, transactional_id_pattern="o.*") == (NONE, [], ["open"])
    assert await listed(broker, transactional_id_pattern="pe") == (NONE, [], [])
    assert await listed(broker, transactional_id_pattern="") == (NONE, [], ["idle", "open"])


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "(?=a).*", r"(a)\1"])
async def test_a_pattern_that_is_none_is_refused(broker: MemoryBroker, pattern: str) -> None:
    code, _, _ = await listed(broker, transactional_id_pattern=pattern)
    assert code == ErrorCode.INVALID_REGULAR_EXPRESSION


async def test_without_transactions_the_list_is_empty(start_broker: StartBroker) -> None:
    assert await listed(await start_broker()) == (NONE, [], [])


async def test_an_administrator_can_end_a_transaction_in_a_partition(
    broker: MemoryBroker, producer: Transactor
) -> None:
    await producer.commit_offset(5)
    partition = broker.broker.partitions.named("t", 1)
    assert partition.last_stable_offset == 0
    assert await mark(broker, producer, epoch=0) is NONE
    assert partition.last_stable_offset == partition.high_watermark == 2
    assert await read_committed(broker.send, index=1) == []
    assert await mark(broker, producer, epoch=0, topic=CONSUMER_OFFSETS, index=0, commit=True) is NONE
    assert await committed_offset(broker.send) == (NONE, 5)


async def test_a_marker_of_the_past_is_refused(broker: MemoryBroker, producer: Transactor) -> None:
    assert await mark(broker, producer, epoch=0, index=9) is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    stale = ErrorCode.INVALID_PRODUCER_EPOCH
    assert await mark(broker, producer, epoch=0, transaction_version=2) is stale
    assert await mark(broker, producer, epoch=1, transaction_version=2, coordinator_epoch=5) is NONE
    assert await mark(broker, producer, epoch=0) is stale
    old_coordinator = ErrorCode.TRANSACTION_COORDINATOR_FENCED
    assert await mark(broker, producer, epoch=1, coordinator_epoch=4) is old_coordinator


async def test_a_transaction_ends_where_somebody_else_has_written_markers_before(
    broker: MemoryBroker, producer: Transactor
) -> None:
    assert await mark(broker, producer, epoch=3, coordinator_epoch=7) is NONE
    assert await producer.end(commit=True) is NONE
    other = await Transactor(broker.send, "other").start()
    assert await other.produce(b"b", index=1) is NONE
    assert await mark(broker, other, epoch=0, coordinator_epoch=7) is NONE
    assert await other.produce(b"c", index=1) is NONE
    assert await other.end(commit=True) is NONE
    assert await read_committed(broker.send, index=1) == [b"c"]


async def ask(broker: MemoryBroker, producer: Transactor, *indexes: int, verify: bool) -> list[ErrorCode]:
    """What a broker is told of partitions of "t"."""
    transaction = AddPartitionsToTxnTransaction(
        transactional_id=producer.name,
        producer_id=producer.producer_id,
        producer_epoch=producer.epoch,
        verify_only=verify,
        topics=[AddPartitionsToTxnTopic(name="t", partitions=list(indexes))],
    )
    response = await broker.send(AddPartitionsToTxnRequest(transactions=[transaction]), 5)
    (result,) = response.results_by_transaction
    return [ErrorCode(each.partition_error_code) for each in result.topic_results[0].results_by_partition]


async def test_a_broker_may_ask_for_partitions_and_add_them(
    broker: MemoryBroker, producer: Transactor
) -> None:
    assert await ask(broker, producer, 1, 0, verify=True) == [NONE, ErrorCode.TRANSACTION_ABORTABLE]
    assert await ask(broker, producer, 0, verify=False) == [NONE]
    assert await ask(broker, producer, 1, 0, verify=True) == [NONE, NONE]
    late = producer.twin()
    late.epoch = 7
    assert await ask(broker, late, 0, verify=True) == [ErrorCode.PRODUCER_FENCED]
