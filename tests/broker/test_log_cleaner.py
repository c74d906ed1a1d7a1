"""Compacted topics become small by themselves."""

from dataclasses import replace
from pathlib import Path

import pytest

from kafkapy.broker.coordinator_log import CoordinatorLog
from kafkapy.broker.internal_topics import CONSUMER_OFFSETS
from kafkapy.broker.partition import Partition
from kafkapy.cluster.topics import NewTopic
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.storage.os_files import OsFiles
from tests.broker.test_housekeeping import HOUR_MS, until
from tests.harness.broker import MemoryBroker

BACKOFF_MS = 15_000


def compacted_topic(broker: MemoryBroker, name: str = "t", **settings: str) -> Partition:
    configs = {"cleanup.policy": "compact", "segment.ms": "1000", **settings}
    broker.broker.create_topics([NewTopic(name, configs=list(configs.items()))])
    return broker.broker.partitions.named(name, 0)


async def write(broker: MemoryBroker, partition: Partition, *values: str) -> None:
    """Every value of the one key in a segment of its own, and a last record in the active one."""
    for value in (*values, "last"):
        now_ms = broker.clock.now_ms()
        key = b"other" if value == "last" else b"key"
        partition.append(memoryview(build_batch([NewRecord(key, value.encode(), now_ms)])), now_ms)
        await broker.advance(1001)


def values_of(partition: Partition) -> list[bytes | None]:
    stored = CoordinatorLog(partition, Compression.NONE).read_all()
    return [record.value for batch in stored for record in batch.records]


async def test_a_dirty_log_is_compacted_after_the_backoff(broker: MemoryBroker) -> None:
    partition = compacted_topic(broker)
    await write(broker, partition, "1", "2", "3")
    assert values_of(partition) == [b"1", b"2", b"3", b"last"]
    await broker.advance(BACKOFF_MS)
    await until(broker, lambda: values_of(partition) == [b"3", b"last"])
    assert (partition.log.log_start_offset, partition.high_watermark) == (0, 4)
    checkpoint = "/data/cleaner-offset-checkpoint"
    await until(broker, lambda: broker.files.exists(checkpoint) and b"t 0 3" in broker.files.read(checkpoint))


async def test_all_that_are_dirty_are_compacted_one_after_another(broker: MemoryBroker) -> None:
    partitions = [compacted_topic(broker, name) for name in ("t", "u", "v")]
    for partition in partitions:
        await write(broker, partition, "1", "2")
    await broker.advance(BACKOFF_MS)
    await until(broker, lambda: all(values_of(each) == [b"2", b"last"] for each in partitions))


async def test_a_damaged_log_is_left_alone_and_the_others_are_not(
    broker: MemoryBroker, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, sound = (compacted_topic(broker, name) for name in ("t", "u"))
    for partition in (damaged, sound):
        await write(broker, partition, "1", "2")
    path = f"/data/t-0/{0:020}.log"
    broker.files.open(path).write_at(64, b"\xff")
    await broker.advance(BACKOFF_MS)
    await until(broker, lambda: "t-0 is not compacted any more" in caplog.text)
    await broker.advance(BACKOFF_MS)
    await until(broker, lambda: values_of(sound) == [b"2", b"last"])
    assert not damaged.log.is_offline
    assert not any(name.endswith(".cleaned") for name in broker.files.list("/data/t-0"))


async def test_a_clean_log_is_left_alone(broker: MemoryBroker) -> None:
    partition = compacted_topic(broker, **{"min.cleanable.dirty.ratio": "1.0"})
    await write(broker, partition, "1", "2")
    await broker.advance(BACKOFF_MS)
    assert values_of(partition) == [b"1", b"2", b"last"]


async def test_a_log_that_is_compacted_and_deleted_loses_what_is_old(broker: MemoryBroker) -> None:
    policy = {"cleanup.policy": "compact,delete", "retention.ms": "60000", "min.cleanable.dirty.ratio": "1.0"}
    partition = compacted_topic(broker, **policy)
    await write(broker, partition, "1", "2")
    await broker.advance(80_000)
    assert partition.log.log_start_offset == partition.log.log_end_offset == 3


async def test_what_has_been_compacted_stays_so_after_a_restart(broker: MemoryBroker) -> None:
    partition = compacted_topic(broker)
    await write(broker, partition, "1", "2")
    await broker.advance(BACKOFF_MS)
    await until(broker, lambda: len(values_of(partition)) == 2)
    await broker.restart()
    assert values_of(broker.broker.partitions.named("t", 0)) == [b"2", b"last"]


async def test_a_year_of_commits_stays_small() -> None:
    """A commit every six hours; without compaction the partition would have more than 200,000 bytes."""
    rare = {"log_cleaner_backoff_ms": HOUR_MS, "log_flush_offset_checkpoint_interval_ms": 24 * HOUR_MS}
    broker = MemoryBroker(offsets_topic_num_partitions=1, **rare)
    await broker.start()
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    partition = broker.broker.partitions.named(CONSUMER_OFFSETS, 0)
    coordinator = CoordinatorLog(partition, Compression.NONE)
    for _ in range(365 * 4):
        coordinator.append([(b"group topic partition", b"offset" * 10)], now_ms=broker.clock.now_ms())
        broker.clock.advance(6 * HOUR_MS)
        if len(partition.log.segments) > 2:
            await until(broker, lambda: len(partition.log.segments) == 2)
    assert partition.log.log_end_offset == 365 * 4
    assert partition.log.size_bytes < 9 * 4 * 160, "a segment of a week, and one record"
    await broker.stop()


async def test_a_stop_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    """On a real disk and in another process."""
    broker = MemoryBroker(log_dirs=tmp_path.as_posix())
    broker.files = OsFiles()  # type: ignore[assignment]
    broker._make()
    await broker.start()
    partition = compacted_topic(broker)
    partition.log.update_config(replace(partition.log.config, segment_bytes=1 << 20))
    for number in range(400):
        now_ms = broker.clock.now_ms()
        record = NewRecord(b"%d" % (number % 10), bytes(10_000), now_ms)
        partition.append(memoryview(build_batch([record])), now_ms)
    await broker.advance(BACKOFF_MS)
    await broker.stop()
    names = {path.suffix for path in (tmp_path / "t-0").iterdir()}
    assert not names & {".cleaned", ".swap"}
