"""Apache Kafka's cleaner and kafkapy's leave the same of a log: batches, records, offsets, segments."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kafkapy.records.batch import BatchHeader, records_of
from kafkapy.records.compression import Compression
from kafkapy.storage.checkpoints import parse_offsets
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.os_files import OsFiles
from kafkapy.storage.segment_recovery import batches_of
from tests.storage.compaction_harness import CompactedLog

pytestmark = pytest.mark.timeout(300)

DELETE_RETENTION_MS = 2000
SETTINGS = {
    "cleanup.policy": "compact",
    "segment.bytes": 1 << 20,
    "min.cleanable.dirty.ratio": 0.01,
    "delete.retention.ms": DELETE_RETENTION_MS,
}
CONFIG = LogConfig(segment_bytes=1 << 20, compact=True, delete=False, delete_retention_ms=DELETE_RETENTION_MS)


def fill(log: CompactedLog, turn: int) -> None:
    """Keys that come again, tombstones, keyless records, all codecs, producers, ended transactions."""
    for number in range(200):
        log.now_ms += 1
        pairs: list[tuple[str | None, str | None]] = [
            (f"key {(number * 7 + index) % 60}", f"{turn} {number} {index} ".ljust(300, "."))
            for index in range(5)
        ]
        pairs.append((f"key {number % 60}" if number % 3 else None, None if number % 2 else "value"))
        log.put(*pairs, compression=list(Compression)[number % 5], append_time=number % 11 == 0)
        if number % 10 == 0:
            entry = log.log.producers.producers.get(7)
            sequence = 0 if entry is None else entry.next_sequence
            log.put(
                ("in transaction", f"{turn} {number}"),
                (f"key {number % 60}", None),
                producer_id=7,
                sequence=sequence,
                transactional=True,
            )
            log.end_transaction(7, committed=number % 20 == 0)
        if number % 25 == 0:
            log.put((f"key {number % 60}", "idempotent"), producer_id=100 + turn, sequence=number // 25)
            log.roll()
    log.roll()


def checkpoint_of(directory: Path) -> int:
    path = directory / "data" / "cleaner-offset-checkpoint"
    return parse_offsets(path.read_bytes()).get(("topic", 0), 0) if path.exists() else 0


def compacted_by_kafka(apache_kafka: Any, directory: Path, end_offset: int) -> None:
    port = apache_kafka.bootstrap.rpartition(":")[2]
    apache_kafka.run("start", directory, port, "log.cleaner.backoff.ms=200")
    try:
        until = time.monotonic() + 60
        while checkpoint_of(directory) < end_offset and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        apache_kafka.stop(directory)
    assert checkpoint_of(directory) == end_offset


def left_of(partition: Path) -> Iterator[tuple[Any, ...]]:
    """Segment by segment, batch by batch; a delete horizon depends on when the cleaner came by."""
    for path in sorted(partition.glob("*.log")):
        yield (path.name,)
        for _, header, batch in batches_of(OsFiles().open(path.as_posix())):
            yield comparable(header), *records_of(batch, 0, header)
        index = path.with_suffix(".txnindex")
        yield index.read_bytes() if index.exists() else b"", path.with_suffix(".index").stat().st_size > 0


def comparable(header: BatchHeader) -> BatchHeader:
    header = header._replace(crc=0)
    if header.compression:
        header = header._replace(batch_length=0)
    return header._replace(base_timestamp=-2, batch_length=0) if header.has_delete_horizon else header


def opened(directory: Path, now_ms: int) -> CompactedLog:
    log = CompactedLog(OsFiles(), directory.as_posix(), CONFIG)
    log.now_ms = now_ms
    log.epoch = log.log.leader_epochs.latest or 0
    return log


def test_both_cleaners_leave_the_same(apache_kafka: Any, tmp_path: Path) -> None:
    """Twice: the second pass comes when the delete horizons of the first have passed."""
    theirs, ours = tmp_path / "kafka", tmp_path / "kafkapy"
    apache_kafka.start(theirs)
    try:
        configs = [part for key, value in SETTINGS.items() for part in ("--config", f"{key}={value}")]
        apache_kafka.topics("--create", "--topic", "topic", *configs)
    finally:
        apache_kafka.stop(theirs)
    (theirs / "logs").symlink_to("data")
    shutil.copytree(theirs / "data", ours / "logs")

    for turn in range(2):
        now_ms = time.time_ns() // 1_000_000
        ends = []
        for directory in (theirs, ours):
            log = opened(directory, now_ms)
            log.epoch = 0
            fill(log, turn)
            ends.append(log.log.log_end_offset)
            if directory is ours:
                log.now_ms = time.time_ns() // 1_000_000 + turn * 2 * DELETE_RETENTION_MS
                log.compact()
                log.remove_files()
            log.close()
        if turn:
            time.sleep(DELETE_RETENTION_MS / 1000)
        compacted_by_kafka(apache_kafka, theirs, ends[0])
        expected = list(left_of(theirs / "data" / "topic-0"))
        assert list(left_of(ours / "logs" / "topic-0")) == expected
        assert len(expected) > 20
        check = opened(ours, now_ms)
        check.close()
        assert check.check() == []
