"""A coordinator's log: what is appended is replayed, in order, with the ends of transactions."""

from collections.abc import Callable

import pytest

from kafkapy.broker.coordinator_log import CoordinatorLog
from kafkapy.broker.partition import Partition
from kafkapy.cluster.topics import NewTopic
from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers, read_header
from kafkapy.records.builder import build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch
from tests.harness.broker import MemoryBroker

NOW_MS = 1_700_000_000_000


@pytest.fixture
def partition(broker: MemoryBroker) -> Partition:
    broker.broker.create_topics([NewTopic("t", configs=[("cleanup.policy", "compact")])])
    return broker.broker.partitions.named("t", 0)


def replay(log: CoordinatorLog) -> list[tuple[list[tuple[int, bytes, bytes | None]], int, bool | None]]:
    return [
        ([(r.offset, r.key, r.value) for r in batch.records], batch.producer_id, batch.marker)
        for batch in log.read_all()
    ]


def test_records_come_back_as_they_were_appended(partition: Partition) -> None:
    log = CoordinatorLog(partition, Compression.GZIP)
    assert log.append([(b"a", b"1"), (b"b", None)], now_ms=NOW_MS) == 2
    assert log.append([(b"a", b"2")], now_ms=NOW_MS) == 3
    assert replay(log) == [([(0, b"a", b"1"), (1, b"b", None)], -1, None), ([(2, b"a", b"2")], -1, None)]
    assert log.is_committed(3)


def test_batches_without_a_producer_have_base_sequence_0_as_kafkas_coordinators_write_them(
    partition: Partition,
) -> None:
    CoordinatorLog(partition, Compression.NONE).append([(b"a", b"1")], now_ms=NOW_MS)
    records = partition.log.read(0, max_bytes=1000, up_to=1, at_least_one_batch=True).records
    ((_, header),) = iterate_headers(records)
    assert (header.producer_id, header.base_sequence, header.max_timestamp) == (-1, 0, NOW_MS)


def test_transactional_batches_and_their_ends_are_told_apart(partition: Partition) -> None:
    log = CoordinatorLog(partition, Compression.NONE)
    header = read_header(
        build_batch([], producer_id=5, producer_epoch=0, base_sequence=0, transactional=True)
    )
    proof = partition.log.producers.start_verification(header, bumps_epoch=False, now_ms=NOW_MS)
    log.append([(b"a", b"1")], now_ms=NOW_MS, producer=ProducerIdentity(5, 0), proof=proof)
    partition.append_own(end_transaction_batch(5, 0, EndTransactionMarker(True, 0), NOW_MS), NOW_MS)
    assert replay(log) == [([(0, b"a", b"1")], 5, None), ([], 5, True)]


def test_a_transactional_batch_without_proof_of_its_transaction_is_refused(partition: Partition) -> None:
    log = CoordinatorLog(partition, Compression.NONE)
    with pytest.raises(KafkaError) as refusal:
        log.append([(b"a", b"1")], now_ms=NOW_MS, producer=ProducerIdentity(5, 0))
    assert refusal.value.code is ErrorCode.INVALID_TXN_STATE
    assert replay(log) == []


def test_a_commit_is_called_back(partition: Partition) -> None:
    told: list[KafkaError | None] = []
    log = CoordinatorLog(partition, Compression.NONE)
    log.when_committed(log.append([(b"a", b"1")], now_ms=NOW_MS), told.append)
    assert told == [None]


@pytest.mark.parametrize("damage", [lambda size: (8, b"\0\0\xff\xff"), lambda size: (size // 2, bytes(8))])
async def test_a_log_that_was_damaged_on_the_disk_ends_a_replay(
    broker: MemoryBroker, partition: Partition, damage: Callable[[int], tuple[int, bytes]]
) -> None:
    """A length that reaches beyond the end; and offsets that go back."""
    log = CoordinatorLog(partition, Compression.NONE)
    for _ in range(2):
        log.append([(b"a", b"1")], now_ms=NOW_MS)
    file = broker.files.open(f"{partition.log.path}/{0:020d}.log")
    file.write_at(*damage(file.size))
    with pytest.raises(KafkaError) as refused:
        replay(log)
    assert refused.value.code is ErrorCode.CORRUPT_MESSAGE
