"""Transactions as clients see them: what they may do when, and what readers get to see of it."""

from dataclasses import replace

import pytest

from kafkapy.broker.coordinator_log import CoordinatorLog
from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.coordinator.runtime import settled
from kafkapy.coordinator.transaction.metadata import LAST_CLIENT_EPOCH
from kafkapy.coordinator.transaction.records import transaction_record
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.delete_topics import DeleteTopicsRequest
from kafkapy.protocol.messages.log_records.framing import encode_key, encode_versioned
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from tests.conftest import StartBroker
from tests.handlers.transactional_producer import (
    NEWEST,
    OLDER,
    Transactor,
    committed_offset,
    read_committed,
)
from tests.harness.broker import MemoryBroker

NONE = ErrorCode.NONE
FENCED = ErrorCode.PRODUCER_FENCED
OLD_EPOCH = ErrorCode.INVALID_PRODUCER_EPOCH
WRONG_STATE = ErrorCode.INVALID_TXN_STATE


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    """With a topic "t" of two partitions, and both coordinators."""
    broker = await start_broker(transaction_state_log_num_partitions=3, offsets_topic_num_partitions=2)
    broker.broker.create_topics([NewTopic("t", num_partitions=2, configs=[("retention.ms", "-1")])])
    broker.broker.internal_topic(TRANSACTION_STATE)
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    return broker


@pytest.fixture
async def new(broker: MemoryBroker) -> Transactor:
    """A client of transaction version 2 that has its producer id."""
    return await Transactor(broker.send).start()


@pytest.fixture
async def old(broker: MemoryBroker) -> Transactor:
    """A client of transaction version 1."""
    return await Transactor(broker.send, versions=OLDER).start()


# -- a transaction -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("versions", [NEWEST, OLDER])
async def test_readers_see_a_committed_transaction_whole_and_an_aborted_one_never(
    broker: MemoryBroker, versions: dict[str, int]
) -> None:
    producer = await Transactor(broker.send, versions=versions).start()
    for commit in (True, False, True):
        if versions is OLDER:
            assert await producer.add(0, 1) is NONE
        for index in (0, 1):
            assert await producer.produce(b"%d" % commit, index=index) is NONE
        before = await read_committed(broker.send)
        assert await producer.end(commit=commit) is NONE
        assert len(await read_committed(broker.send)) == len(before) + commit
    assert await read_committed(broker.send, index=1) == [b"1", b"1"]


async def test_a_new_client_gets_the_next_epoch_with_every_end_and_an_old_one_keeps_its_own(
    broker: MemoryBroker, new: Transactor
) -> None:
    assert new.epoch == 0
    await new.produce(b"a")
    await new.end(commit=True)
    assert new.epoch == 1
    old = await Transactor(broker.send, "old", versions=OLDER).start()
    await old.add(0)
    await old.produce(b"b")
    assert await old.end(commit=True) is NONE
    assert await old.add(0) is NONE
    assert await old.produce(b"c") is NONE


async def test_an_old_client_must_add_a_partition_before_it_writes_to_it(old: Transactor) -> None:
    assert await old.produce(b"a") is ErrorCode.TRANSACTION_ABORTABLE
    old.versions = {**OLDER, "produce": 10}
    assert await old.produce(b"a") is WRONG_STATE
    assert await old.add(0) is NONE
    assert await old.produce(b"a") is NONE
    assert await old.produce(b"a", index=1) is WRONG_STATE


async def test_unknown_partitions_and_internal_topics_keep_the_others_out(old: Transactor) -> None:
    assert await old.add(0, 7) is ErrorCode.OPERATION_NOT_ATTEMPTED
    assert await old.add(7) is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    old.topic = CONSUMER_OFFSETS
    assert await old.add(0) is ErrorCode.TOPIC_AUTHORIZATION_FAILED


async def test_one_request_may_have_batches_of_one_producer_only(
    broker: MemoryBroker, new: Transactor
) -> None:
    batches = [
        build_batch(
            [NewRecord(None, b"a", -1)],
            producer_id=new.producer_id,
            producer_epoch=epoch,
            base_sequence=0,
            transactional=True,
        )
        for epoch in (0, 1)
    ]
    partitions = [PartitionProduceData(index=index, records=each) for index, each in enumerate(batches)]
    response = await broker.send(
        ProduceRequest(
            transactional_id="id",
            acks=-1,
            timeout_ms=1000,
            topic_data=[TopicProduceData(name="t", partition_data=partitions)],
        ),
        12,
    )
    codes = [partition.error_code for partition in response.responses[0].partition_responses]
    assert codes == [ErrorCode.INVALID_PRODUCER_ID_MAPPING] * 2


async def test_who_is_unknown_may_do_nothing(broker: MemoryBroker) -> None:
    stranger = Transactor(broker.send, "nobody")
    stranger.producer_id, stranger.epoch = 5, 0
    unknown = ErrorCode.INVALID_PRODUCER_ID_MAPPING
    assert await stranger.add(0) is unknown
    assert await stranger.produce(b"a") is unknown
    assert await stranger.add_offsets() is unknown
    assert await stranger.commit_offset(1) is unknown
    assert await stranger.end(commit=True) is unknown


async def test_without_a_coordinator_clients_are_told_to_look_for_it(start_broker: StartBroker) -> None:
    broker = await start_broker()
    broker.broker.create_topics([NewTopic("t")])
    producer = Transactor(broker.send)
    assert await producer.init() is ErrorCode.NOT_COORDINATOR
    assert await producer.add(0) is ErrorCode.NOT_COORDINATOR
    assert await producer.end(commit=True) is ErrorCode.NOT_COORDINATOR


@pytest.mark.parametrize("timeout_ms", [0, -1, 900_001])
async def test_a_timeout_of_nothing_or_too_much_is_invalid(broker: MemoryBroker, timeout_ms: int) -> None:
    producer = Transactor(broker.send)
    assert await producer.init(timeout_ms=timeout_ms) is ErrorCode.INVALID_TRANSACTION_TIMEOUT


# -- fencing -----------------------------------------------------------------------------------------------


async def test_a_second_producer_aborts_what_the_first_left_and_fences_it(
    broker: MemoryBroker, new: Transactor
) -> None:
    await new.produce(b"left behind")
    second = Transactor(broker.send)
    assert await second.init() is ErrorCode.CONCURRENT_TRANSACTIONS
    assert await second.init() is NONE
    assert second.identity == (new.producer_id, 2)
    assert await new.produce(b"late") is OLD_EPOCH
    assert await new.produce(b"late", index=1) is OLD_EPOCH
    assert await new.add(0) is FENCED
    assert await new.end(commit=True) is FENCED
    assert await new.init(resumes=True) is FENCED
    assert await new.commit_offset(1) is OLD_EPOCH
    assert await second.produce(b"new") is NONE
    assert await second.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"new"]


async def test_clients_that_do_not_know_the_newer_code_are_told_the_older(
    broker: MemoryBroker, old: Transactor
) -> None:
    await Transactor(broker.send).start()
    old.versions = {**OLDER, "init": 3, "add": 1, "add_offsets": 1, "end": 1}
    assert await old.init(resumes=True) is OLD_EPOCH
    assert await old.add(0) is OLD_EPOCH
    assert await old.add_offsets() is OLD_EPOCH
    assert await old.end(commit=True) is OLD_EPOCH


async def test_a_producer_that_resumes_gets_the_next_epoch_and_may_ask_for_it_again(
    new: Transactor,
) -> None:
    before = new.twin()
    assert await new.init(resumes=True) is NONE
    assert new.epoch == before.epoch + 1
    assert await before.init(resumes=True) is NONE
    assert before.identity == new.identity


async def test_a_producer_may_commit_with_the_id_and_epoch_it_kept_over_a_restart_of_both(
    broker: MemoryBroker, new: Transactor
) -> None:
    await new.produce(b"a")
    kept = new.twin()
    await broker.restart()
    assert await kept.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"a"]


# -- the end of a transaction ------------------------------------------------------------------------------


async def test_an_end_may_be_repeated_but_not_turned_round(new: Transactor) -> None:
    await new.produce(b"a")
    late = new.twin()
    assert await new.end(commit=True) is NONE
    assert await late.twin().end(commit=False) is WRONG_STATE
    assert await late.end(commit=True) is NONE
    assert late.identity == new.identity


async def test_a_repeated_end_does_not_end_the_next_transaction(
    broker: MemoryBroker, new: Transactor
) -> None:
    await new.produce(b"a")
    late = new.twin()
    await new.end(commit=True)
    await new.produce(b"b")
    assert await late.end(commit=True) is FENCED
    assert await late.end(commit=False) is FENCED
    assert await read_committed(broker.send) == [b"a"]


async def test_nothing_can_be_aborted_but_not_committed(new: Transactor) -> None:
    assert await new.twin().end(commit=True) is WRONG_STATE
    assert await new.end(commit=False) is NONE
    assert new.epoch == 1
    assert await new.end(commit=False) is NONE
    assert new.epoch == 2


async def test_an_old_client_with_nothing_open_is_in_the_wrong_state(old: Transactor) -> None:
    assert await old.end(commit=True) is WRONG_STATE
    assert await old.end(commit=False) is WRONG_STATE
    await old.add(0)
    assert await old.end(commit=True) is NONE
    assert await old.end(commit=True) is NONE
    assert await old.end(commit=False) is WRONG_STATE


async def test_a_late_batch_of_a_transaction_that_has_ended_is_not_written(
    broker: MemoryBroker, new: Transactor
) -> None:
    await new.produce(b"a")
    late = new.twin()
    await new.end(commit=True)
    assert await late.produce(b"late") is OLD_EPOCH
    assert await late.produce(b"late", index=1) is OLD_EPOCH
    await new.produce(b"b")
    assert await late.produce(b"late") is OLD_EPOCH
    await new.end(commit=True)
    assert await read_committed(broker.send) == [b"a", b"b"]
    assert await read_committed(broker.send, index=1) == []


async def test_a_late_batch_of_an_old_client_does_not_begin_a_transaction_of_its_own(
    broker: MemoryBroker, old: Transactor
) -> None:
    await old.add(0)
    await old.produce(b"a")
    late = old.twin()
    await old.end(commit=True)
    assert await late.produce(b"late") is ErrorCode.TRANSACTION_ABORTABLE
    assert await late.produce(b"a", sequence=0) is ErrorCode.TRANSACTION_ABORTABLE
    partition = broker.broker.partitions.named("t", 0)
    assert partition.last_stable_offset == partition.high_watermark


async def test_the_first_batch_of_a_transaction_that_arrives_out_of_order_has_to_wait(
    new: Transactor,
) -> None:
    assert await new.produce(b"second", sequence=1) is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    assert await new.produce(b"first", sequence=0) is NONE
    assert await new.produce(b"second", sequence=1) is NONE


async def store_epoch(broker: MemoryBroker, producer: Transactor) -> None:
    """Let the coordinator believe that the producer has got as far as its epoch."""
    transactions = broker.broker.transactions
    stored = replace(await settled(transactions.describe(producer.name)), epoch=producer.epoch)
    key, value, version = transaction_record(producer.name, stored, 1)
    partition = broker.broker.partitions.named(TRANSACTION_STATE, transactions.partition_for(producer.name))
    log = CoordinatorLog(partition, Compression.NONE)
    log.append([(encode_key(key), encode_versioned(value, version))], now_ms=broker.clock.now_ms())
    await broker.restart()


async def test_when_the_epochs_are_used_up_the_producer_goes_on_with_a_new_id(
    broker: MemoryBroker, new: Transactor
) -> None:
    new.epoch = LAST_CLIENT_EPOCH
    await store_epoch(broker, new)
    last = new.twin()
    await new.produce(b"a")
    assert await new.end(commit=True) is NONE
    assert (new.producer_id != last.producer_id, new.epoch) == (True, 0)
    assert await last.end(commit=True) is NONE
    assert last.identity == new.identity
    assert await new.produce(b"b") is NONE
    assert await new.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"a", b"b"]


# -- time --------------------------------------------------------------------------------------------------


async def test_a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced(
    broker: MemoryBroker, new: Transactor
) -> None:
    await new.produce(b"slow")
    await broker.advance(60_000)
    partition = broker.broker.partitions.named("t", 0)
    assert partition.last_stable_offset == 0
    await broker.advance(10_000)
    assert partition.last_stable_offset == partition.high_watermark
    assert await new.produce(b"late") is OLD_EPOCH
    assert await new.add(0) is FENCED
    assert await new.twin().end(commit=True) is WRONG_STATE
    assert await new.end(commit=False) is NONE
    assert await new.produce(b"next") is NONE
    assert await new.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"next"]


async def test_time_in_which_the_broker_is_down_does_not_count(broker: MemoryBroker, new: Transactor) -> None:
    await new.produce(b"a")
    await broker.restart(after_ms=3_600_000)
    await broker.advance(50_000)
    assert await new.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"a"]


async def test_an_id_that_is_not_used_for_long_is_forgotten(start_broker: StartBroker) -> None:
    broker = await start_broker(
        transactional_id_expiration_ms=60_000,
        transaction_remove_expired_transaction_cleanup_interval_ms=10_000,
    )
    broker.broker.internal_topic(TRANSACTION_STATE)
    new = await Transactor(broker.send).start()
    await broker.advance(60_000)
    assert await new.end(commit=True) is ErrorCode.INVALID_PRODUCER_ID_MAPPING
    again = await Transactor(broker.send).start()
    assert (again.producer_id != new.producer_id, again.epoch) == (True, 0)


# -- offsets of groups -------------------------------------------------------------------------------------


@pytest.mark.parametrize("versions", [NEWEST, OLDER])
@pytest.mark.parametrize("commit", [True, False])
async def test_offsets_are_committed_with_the_transaction_or_not_at_all(
    broker: MemoryBroker, versions: dict[str, int], commit: bool
) -> None:
    producer = await Transactor(broker.send, versions=versions).start()
    if versions is OLDER:
        assert await producer.commit_offset(5) is ErrorCode.TRANSACTION_ABORTABLE
        assert await producer.add_offsets() is NONE
    assert await producer.commit_offset(5) is NONE
    assert await committed_offset(broker.send) == (ErrorCode.UNSTABLE_OFFSET_COMMIT, -1)
    assert await committed_offset(broker.send, require_stable=False) == (NONE, -1)
    assert await producer.end(commit=commit) is NONE
    assert await committed_offset(broker.send) == (NONE, 5 if commit else -1)
    await broker.restart()
    assert await committed_offset(broker.send) == (NONE, 5 if commit else -1)


async def test_offsets_of_an_open_transaction_are_still_pending_after_a_restart(
    broker: MemoryBroker, new: Transactor
) -> None:
    await new.commit_offset(5)
    await broker.restart()
    assert await committed_offset(broker.send) == (ErrorCode.UNSTABLE_OFFSET_COMMIT, -1)
    assert await new.end(commit=True) is NONE
    assert await committed_offset(broker.send) == (NONE, 5)


async def test_offsets_are_refused_for_members_that_the_group_does_not_have(
    broker: MemoryBroker, new: Transactor
) -> None:
    assert await new.commit_offset(5, group="") is ErrorCode.INVALID_GROUP_ID
    assert await new.commit_offset(5, generation_id=3) is ErrorCode.ILLEGAL_GENERATION
    assert await new.commit_offset(5, index=9) is ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert await new.commit_offset(5) is NONE
    assert await new.commit_offset(6, member_id="x", generation_id=1) is ErrorCode.UNKNOWN_MEMBER_ID


async def test_offsets_of_a_fenced_producer_are_refused(broker: MemoryBroker, new: Transactor) -> None:
    await new.commit_offset(5)
    await Transactor(broker.send).start()
    assert await new.commit_offset(6) is OLD_EPOCH
    assert await committed_offset(broker.send) == (NONE, -1)


# -- topics that go ----------------------------------------------------------------------------------------


async def test_a_transaction_ends_although_one_of_its_topics_has_been_deleted(
    broker: MemoryBroker, new: Transactor
) -> None:
    broker.broker.create_topics([NewTopic("gone")])
    new.topic = "gone"
    assert await new.produce(b"a") is NONE
    new.topic = "t"
    assert await new.produce(b"b", sequence=0) is NONE
    await broker.send(DeleteTopicsRequest(topic_names=["gone"], timeout_ms=1000), 5)
    assert await new.end(commit=True) is NONE
    assert await read_committed(broker.send) == [b"b"]
