"""The chores: what happens to old data when nobody asks."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from kafkapy.broker import housekeeping
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.os_files import OsFiles
from tests.harness.broker import MemoryBroker

HOUR_MS = 3_600_000


async def until(broker: MemoryBroker, is_so: Callable[[], bool]) -> None:
    """Give jobs in threads the time they take."""
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0)
            await broker.advance(0)


def append(broker: MemoryBroker, topic: str, value: bytes) -> None:
    now_ms = broker.clock.now_ms()
    records = build_batch([NewRecord(None, value, now_ms)])
    broker.broker.partitions.named(topic, 0).append(memoryview(records), now_ms)


def files_of(broker: MemoryBroker, directory: str) -> set[str]:
    return set(broker.files.list(directory))


async def test_records_leave_with_their_segment_when_retention_has_passed(broker: MemoryBroker) -> None:
    settings = [
        ("retention.ms", str(HOUR_MS)),
        ("segment.ms", str(HOUR_MS)),
        ("file.delete.delay.ms", "1000"),
    ]
    broker.broker.create_topics([NewTopic("t", configs=settings)])
    append(broker, "t", b"old")
    await broker.advance(2 * HOUR_MS)
    append(broker, "t", b"new")
    await broker.advance(HOUR_MS // 2)
    log = broker.broker.partitions.named("t", 0).log
    assert (log.log_start_offset, log.log_end_offset) == (1, 2)
    assert f"{1:020}.log" in files_of(broker, "/data/t-0")
    await broker.advance(1001)
    await until(broker, lambda: not any(name.endswith(".deleted") for name in files_of(broker, "/data/t-0")))


async def test_retention_of_many_partitions_lets_requests_in_between(
    broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "AT_ONCE", 1)
    settings = [("retention.ms", str(HOUR_MS)), ("segment.ms", str(HOUR_MS))]
    topics = ["a", "b", "c", "d"]
    for topic in topics:
        broker.broker.create_topics([NewTopic(topic, configs=settings)])
        append(broker, topic, b"old")
    await broker.advance(1)  # the chores' own moments are elsewhere
    partitions = {topic: broker.broker.partitions.named(topic, 0) for topic in topics}
    later_ms = broker.clock.now_ms() + 2 * HOUR_MS
    monkeypatch.setattr(broker.clock, "now_ms", lambda: later_ms)
    broker.broker._housekeeping.apply_retention()
    assert [p.log.log_start_offset for p in partitions.values()] == [1, 0, 0, 0]
    broker.broker.partitions.remove(partitions["b"])
    await broker.advance(0)
    assert [p.log.log_start_offset for p in partitions.values()] == [1, 0, 1, 1]
    broker.broker.partitions.add(partitions["b"])


async def test_the_files_of_a_deleted_topic_leave_the_disk_after_the_delay(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("file.delete.delay.ms", "1000")])])
    broker.broker.topic_deleted(broker.broker.metadata.image.topics["t"])
    assert any(name.endswith("-delete") for name in files_of(broker, "/data"))
    assert "t-0" not in files_of(broker, "/data")
    await broker.advance(1000)
    await until(broker, lambda: not any(name.endswith("-delete") for name in files_of(broker, "/data")))


async def test_checkpoints_are_written_every_minute(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    append(broker, "t", b"a")
    await broker.advance(60_000)
    checkpoint = "/data/replication-offset-checkpoint"
    await until(broker, lambda: broker.files.exists(checkpoint) and b"t 0 1" in broker.files.read(checkpoint))


async def test_a_roll_syncs_what_it_closed(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("segment.ms", "1000")])])
    append(broker, "t", b"a")
    await broker.advance(2000)
    append(broker, "t", b"b")
    log = broker.broker.partitions.named("t", 0).log
    await until(broker, lambda: log.recovery_point >= 1)


async def test_a_roll_during_a_sync_is_synced_after_it(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t", configs=[("segment.ms", "1000")])])
    for _ in range(3):
        append(broker, "t", b"a")
        broker.clock.advance(2000)
    log = broker.broker.partitions.named("t", 0).log
    await until(broker, lambda: log.recovery_point >= 2)


async def test_producers_are_forgotten_a_day_after_their_last_batch(broker: MemoryBroker) -> None:
    broker.broker.create_topics([NewTopic("t")])
    partition = broker.broker.partitions.named("t", 0)
    now_ms = broker.clock.now_ms()
    batch = build_batch([NewRecord(None, b"v", now_ms)], producer_id=7, producer_epoch=0, base_sequence=0)
    partition.append(memoryview(batch), now_ms)
    await broker.advance(23 * HOUR_MS)
    assert not partition.log.producers.is_empty
    await broker.advance(HOUR_MS + 600_000)
    assert partition.log.producers.is_empty


async def test_a_reader_in_a_deleted_segment_finishes_and_then_learns_that_it_is_gone(tmp_path: Path) -> None:
    """On a real disk, where what is read is a mapping of the file."""
    broker = MemoryBroker(files=OsFiles(), log_dirs=tmp_path.as_posix())
    await broker.start()
    settings = [("retention.ms", "1000"), ("segment.ms", "1000"), ("file.delete.delay.ms", "1000")]
    broker.broker.create_topics([NewTopic("t", configs=settings)])
    log = broker.broker.partitions.named("t", 0).log
    value = bytes(range(256)) * 1000
    append(broker, "t", value)
    data = log.read(0, max_bytes=1 << 20, up_to=1, at_least_one_batch=True).records
    await broker.advance(2000)
    append(broker, "t", b"new")
    await broker.advance(HOUR_MS)
    await until(broker, lambda: not any(path.suffix == ".deleted" for path in (tmp_path / "t-0").iterdir()))
    assert not (tmp_path / "t-0" / f"{0:020}.log").exists()
    (record,) = records_of(data, 0, read_header(data))
    assert record.value == value
    with pytest.raises(KafkaError, match="OFFSET_OUT_OF_RANGE"):
        log.read(0, max_bytes=1 << 20, up_to=2, at_least_one_batch=True)
    await broker.stop()
