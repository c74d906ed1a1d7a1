"""A partition: appends move the high watermark, and who waits for it is told."""

import pytest

from kafkapy.broker.partition import Partition
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch
from tests.harness.broker import MemoryBroker

NOW_MS = 1_700_000_000_000


@pytest.fixture
def partition(broker: MemoryBroker) -> Partition:
    broker.broker.create_topics([NewTopic("t")])
    return broker.broker.partitions.named("t", 0)


def batch(*values: bytes, **fields: object) -> bytearray:
    return build_batch([NewRecord(None, value, NOW_MS) for value in values], **fields)  # type: ignore[arg-type]


def test_the_high_watermark_follows_the_log_and_wakes_with_the_bytes(partition: Partition) -> None:
    woken: list[int] = []
    partition.waiters[woken.append] = None
    records = batch(b"a", b"b")
    appended, append_time_ms = partition.append(memoryview(records), NOW_MS)
    assert (appended.first_offset, append_time_ms, partition.high_watermark) == (0, -1, 2)
    assert woken == [len(records)]


def test_a_retried_batch_moves_nothing_and_wakes_nobody(partition: Partition) -> None:
    records = bytes(batch(b"a", producer_id=1, producer_epoch=0, base_sequence=0))
    partition.append(memoryview(bytearray(records)), NOW_MS)
    woken: list[int] = []
    partition.waiters[woken.append] = None
    appended, _ = partition.append(memoryview(bytearray(records)), NOW_MS)
    assert (appended.duplicate, appended.first_offset, partition.high_watermark) == (True, 0, 1)
    assert not woken


def test_readers_of_committed_data_stop_where_an_open_transaction_starts(partition: Partition) -> None:
    partition.append_own(batch(b"a"), NOW_MS)
    producer = {"producer_id": 1, "producer_epoch": 0, "base_sequence": 0}
    begun = batch(b"b", transactional=True, **producer)
    proof = partition.log.producers.start_verification(read_header(begun), bumps_epoch=False, now_ms=NOW_MS)
    partition.append_own(begun, NOW_MS, verification=proof)
    partition.append_own(batch(b"c"), NOW_MS)
    assert (partition.last_stable_offset, partition.high_watermark) == (1, 3)
    partition.append_own(end_transaction_batch(1, 0, EndTransactionMarker(False, 0), NOW_MS), NOW_MS)
    assert partition.last_stable_offset == partition.high_watermark == 4
    (aborted,) = partition.log.aborted_transactions(0, 4)
    assert (aborted.producer_id, aborted.first_offset) == (1, 1)


async def test_a_transaction_that_a_recovery_finds_complete_is_stable(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    partition = broker.broker.partitions.named("t", 0)
    begun = batch(b"b", transactional=True, producer_id=1, producer_epoch=0, base_sequence=0)
    proof = partition.log.producers.start_verification(read_header(begun), bumps_epoch=False, now_ms=NOW_MS)
    partition.append_own(begun, NOW_MS, verification=proof)
    partition.append_own(end_transaction_batch(1, 0, EndTransactionMarker(True, 0), NOW_MS), NOW_MS)
    await broker.kill()
    assert broker.broker.partitions.named("t", 0).last_stable_offset == 2


def test_a_commit_is_told_at_once_or_when_it_is_reached(partition: Partition) -> None:
    told: list[KafkaError | None] = []
    partition.when_committed(1, told.append)
    assert not told
    partition.append_own(batch(b"a"), NOW_MS)
    partition.when_committed(1, told.append)
    assert told == [None, None]
    assert not partition.waiters


def test_a_commit_that_will_never_be_is_told_when_the_disk_has_gone(partition: Partition) -> None:
    told: list[KafkaError | None] = []
    partition.when_committed(1, told.append)
    partition.log.is_offline = True
    partition.wake()
    (error,) = told
    assert error is not None
    assert error.code is ErrorCode.KAFKA_STORAGE_ERROR
    partition.log.is_offline = False


def test_a_new_leader_epoch_wakes_who_waits(partition: Partition) -> None:
    woken: list[int] = []
    partition.waiters[woken.append] = None
    partition.lead(7)
    assert woken == [0]
    partition.check_leader_epoch(7)
    partition.append_own(batch(b"a"), NOW_MS)
    assert partition.log.end_offset_for_epoch(7).end_offset == 1
