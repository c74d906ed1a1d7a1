"""The broker dies at each write of the end of a transaction: whatever the moment, it ends, and as a whole."""

import asyncio

import pytest

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import settled
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.memory_files import PowerCut
from tests.conftest import StartBroker
from tests.handlers.transactional_producer import (
    NEWEST,
    OLDER,
    Transactor,
    committed_offset,
    read_committed,
)
from tests.harness.broker import MemoryBroker
from tests.harness.held_threads import HeldThreads

NONE = ErrorCode.NONE
INDEXES = (0, 1)
OUTCOMES = {True: TransactionState.COMPLETE_COMMIT, False: TransactionState.COMPLETE_ABORT}


async def open_transaction(
    start_broker: StartBroker, versions: dict[str, int], **settings: object
) -> tuple[MemoryBroker, Transactor]:
    """A transaction with a record in each of two partitions, and an offset of a group."""
    broker = await start_broker(
        transaction_state_log_num_partitions=1, offsets_topic_num_partitions=1, **settings
    )
    forever = [("retention.ms", "-1")]
    broker.broker.create_topics([NewTopic("t", num_partitions=len(INDEXES), configs=forever)])
    broker.broker.internal_topic(TRANSACTION_STATE)
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    await broker.advance(0)
    producer = await Transactor(broker.send, versions=versions).start()
    if versions is OLDER:
        assert await producer.add(*INDEXES) is NONE
        assert await producer.add_offsets() is NONE
    for index in INDEXES:
        assert await producer.produce(b"a", index=index) is NONE
    assert await producer.commit_offset(5) is NONE
    return broker, producer


async def end_until(broker: MemoryBroker, producer: Transactor, call: int, commit: bool) -> bool:
    """End the transaction in a broker that dies at its `call`th write; False if it has made fewer."""
    broker.files.cut_at = broker.files.calls + call
    try:
        await settled(
            broker.broker.transactions.end(
                producer.name,
                ProducerIdentity(*producer.identity),
                commit=commit,
                client_version=2 if producer.versions is NEWEST else 0,
            )
        )
    except PowerCut:
        return True
    broker.files.cut_at = None
    return False


async def outcome(broker: MemoryBroker) -> TransactionState:
    return (await settled(broker.broker.transactions.describe("id"))).state


async def assert_ended(broker: MemoryBroker, *, commit: bool) -> None:
    """All of the transaction is there, or nothing, and nothing of it is open anywhere."""
    assert await outcome(broker) is OUTCOMES[commit]
    for index in INDEXES:
        assert await read_committed(broker.send, index=index) == [b"a"] * commit
    assert await committed_offset(broker.send) == (NONE, 5 if commit else -1)
    for topic in ("t", CONSUMER_OFFSETS):
        partition = broker.broker.partitions.named(topic, 0)
        assert partition.last_stable_offset == partition.high_watermark


async def assert_aborted(broker: MemoryBroker) -> None:
    """Nothing of it is to be seen, and nothing is open."""
    for index in INDEXES:
        assert await read_committed(broker.send, index=index) == []
        partition = broker.broker.partitions.named("t", index)
        assert partition.last_stable_offset == partition.high_watermark
    assert await committed_offset(broker.send) == (NONE, -1)


@pytest.mark.parametrize("versions", [NEWEST, OLDER], ids=["new", "old"])
@pytest.mark.parametrize("commit", [True, False])
async def test_a_transaction_ends_whole_whenever_the_broker_dies(
    start_broker: StartBroker, versions: dict[str, int], commit: bool
) -> None:
    states = []
    call = 0
    died = True
    while died:
        call += 1
        broker, producer = await open_transaction(start_broker, versions)
        died = await end_until(broker, producer, call, commit)
        await broker.kill()
        states.append(await outcome(broker))
        if states[-1] is not TransactionState.ONGOING:
            await assert_ended(broker, commit=commit)
        assert await producer.end(commit=commit) is NONE
        await assert_ended(broker, commit=commit)
        producer.topic = "t"
        if versions is OLDER:
            assert await producer.add(0) is NONE
        assert await producer.produce(b"next") is NONE
        assert await producer.end(commit=True) is NONE
        assert await read_committed(broker.send) == [b"a"] * commit + [b"next"]
    assert states[0] is TransactionState.ONGOING
    assert states.count(OUTCOMES[commit]) >= len(INDEXES) + 3, "prepared, each marker, completed, not at all"


@pytest.mark.parametrize("commit", [True, False])
async def test_a_transaction_ends_whole_even_if_the_broker_dies_again_while_it_finishes_it(
    start_broker: StartBroker, commit: bool
) -> None:
    call = 0
    died = True
    while died:
        call += 1
        broker, producer = await open_transaction(start_broker, NEWEST)
        assert await end_until(broker, producer, 3, commit)
        assert await outcome(broker) is not TransactionState.ONGOING
        try:
            await broker.kill(dies_at=call)
            died = False
        except PowerCut:
            pass
        await broker.kill()
        await assert_ended(broker, commit=commit)
        assert await producer.end(commit=commit) is NONE


@pytest.mark.parametrize("versions", [NEWEST, OLDER], ids=["new", "old"])
@pytest.mark.parametrize("cause", ["timeout", "second producer"])
async def test_a_transaction_that_the_broker_aborts_is_aborted_whole_whenever_it_dies(
    start_broker: StartBroker, versions: dict[str, int], cause: str
) -> None:
    states = []
    call = 0
    died = True
    while died:
        call += 1
        broker, producer = await open_transaction(start_broker, versions)
        if cause == "timeout":
            await broker.advance(55_000)
        broker.files.cut_at = broker.files.calls + call
        try:
            if cause == "timeout":
                await broker.advance(20_000)
            else:
                with pytest.raises(KafkaError, match="CONCURRENT_TRANSACTIONS"):
                    await settled(broker.broker.transactions.initialize("id", 60_000))
            died = False
        except PowerCut:
            pass
        await broker.kill()
        states.append(await outcome(broker))
        if states[-1] is not TransactionState.ONGOING:
            await assert_ended(broker, commit=False)
            assert await producer.end(commit=True) is not NONE
        await Transactor(broker.send, versions=versions).start()
        assert await producer.produce(b"late") is not NONE
        await assert_aborted(broker)
    assert states[0] is TransactionState.ONGOING
    assert states.count(OUTCOMES[False]) >= len(INDEXES) + 3, "prepared, each marker, completed, not at all"


@pytest.mark.parametrize("commit", [True, False])
async def test_with_fsync_a_transaction_ends_whole_whenever_the_power_fails(
    start_broker: StartBroker, commit: bool
) -> None:
    states = []
    call = 0
    died = True
    while died:
        call += 1
        broker, producer = await open_transaction(
            start_broker, NEWEST, kafkapy_durability="fsync", threads=HeldThreads()
        )
        broker.files.cut_at = broker.files.calls + call
        ending = asyncio.ensure_future(producer.twin().end(commit=commit))
        while not (ending.done() or broker.files.is_down):
            await broker.advance(0)
        died = broker.files.is_down
        if not ending.cancel():
            assert died or ending.result() is NONE
        broker.files.crash()
        await broker.kill()
        states.append(await outcome(broker))
        assert died or states[-1] is not TransactionState.ONGOING, "what was answered is kept"
        while (code := await producer.end(commit=commit)) is ErrorCode.CONCURRENT_TRANSACTIONS:
            await broker.advance(0)
        assert code is NONE
        await assert_ended(broker, commit=commit)
    assert states[0] is TransactionState.ONGOING
    assert states[-1] is not TransactionState.ONGOING


async def test_an_open_transaction_survives_and_can_be_committed(start_broker: StartBroker) -> None:
    broker, producer = await open_transaction(start_broker, NEWEST)
    await broker.kill()
    assert await outcome(broker) is TransactionState.ONGOING
    assert await read_committed(broker.send) == []
    assert await producer.produce(b"more") is NONE
    assert await producer.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"a", b"more"]


async def test_a_marker_that_a_disk_does_not_take_is_written_when_it_does(start_broker: StartBroker) -> None:
    broker, producer = await open_transaction(start_broker, NEWEST)
    await broker.kill()
    partition = broker.broker.partitions.named("t", 1)
    partition.log.is_offline = True
    assert await producer.end(commit=True) is NONE
    assert await outcome(broker) is TransactionState.PREPARE_COMMIT
    assert await producer.produce(b"next") is ErrorCode.CONCURRENT_TRANSACTIONS
    assert await producer.end(commit=True) is ErrorCode.CONCURRENT_TRANSACTIONS
    assert await Transactor(broker.send).init() is ErrorCode.CONCURRENT_TRANSACTIONS
    await broker.advance(1_000)
    assert await outcome(broker) is TransactionState.PREPARE_COMMIT
    partition.log.is_offline = False
    await broker.advance(1_000)
    await assert_ended(broker, commit=True)
