"""Partition logs: Apache Kafka's tool reads kafkapy's files, both write the same bytes, and each goes on with
the other's.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kafkapy.records.batch import BatchHeader, read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.check import check
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.dump import dump
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.os_files import OsFiles
from kafkapy.storage.segment_recovery import batches_of
from tests.storage.log_harness import LogHarness

pytestmark = pytest.mark.timeout(300)

SEGMENT_BYTES = 1 << 20
CONFIG = LogConfig(segment_bytes=SEGMENT_BYTES, retention_ms=-1)
SEGMENT_FILES = (".log", ".index", ".timeindex", ".txnindex", ".snapshot")


def lived(path: Path) -> Path:
    """A partition with several segments, all codecs, producers, open and ended transactions, two leader
    epochs.
    """
    log = LogHarness(OsFiles(), path.as_posix(), LogConfig(segment_bytes=40_000, index_interval_bytes=4096))
    for number in range(60):
        log.now_ms += 1000
        log.epoch = 3 if number > 30 else 0
        values = [f"{number} {index} ".encode().ljust(200, b".") for index in range(10)]
        log.append(*values, compression=list(Compression)[number % 5])
        if number % 3 == 0:
            log.append(b"x" * 300, b"y", producer_id=7, sequence=number // 3 * 2, transactional=True)
        if number % 9 == 0:
            log.end_transaction(7, committed=number % 2 == 0, coordinator_epoch=number)
            log.append(b"p", producer_id=9, sequence=number // 9)
    log.close()
    return path / "logs" / "topic-0"


def test_the_tool_prints_of_every_file_what_kafkapy_prints(apache_kafka: Any, tmp_path: Path) -> None:
    partition = lived(tmp_path)
    paths = sorted(path for path in partition.iterdir() if path.suffix in SEGMENT_FILES)
    printed, complaints = apache_kafka.run_and_listen(
        "dump-log", "--deep-iteration", "--print-data-log", "--files", ",".join(map(str, paths))
    )
    ours = [line for path in paths for line in dump(OsFiles(), path.as_posix(), deep=True, print_data=True)]
    assert printed.splitlines() == ours
    assert {path.suffix for path in paths} == set(SEGMENT_FILES)
    unexpected = re.sub(r"Non-consecutive offsets in \S+\n  -1 is followed by \d+\n", "", complaints)
    assert unexpected == ""


@pytest.fixture(scope="module")
def kafkas_directory(apache_kafka: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that Apache Kafka has filled, with and without transactions, and left cleanly."""
    directory = tmp_path_factory.mktemp("kafka")
    apache_kafka.start(directory)
    try:
        configs = ["--config", f"segment.bytes={SEGMENT_BYTES}", "--config", "retention.ms=-1"]
        apache_kafka.topics("--create", "--topic", "t", *configs)
        for more in ([], ["--transactional-id", "x", "--transaction-duration-ms", "50"]):
            properties = [
                "--producer-props",
                f"bootstrap.servers={apache_kafka.bootstrap}",
                "batch.size=3000",
            ]
            amount = ["--topic", "t", "--num-records", "3000", "--record-size", "700", "--throughput", "-1"]
            apache_kafka.run("producer-perf", *amount, *more, *properties)
    finally:
        apache_kafka.stop(directory)
    return directory


def opened(path: str, config: LogConfig = CONFIG) -> LogDirectories:
    directories = LogDirectories.open(OsFiles(), [path], node_id=1, new_directory_id=lambda: bytes(range(16)))
    directories.load_logs(lambda _: config, 0)
    return directories


def batches(partition: Path) -> Iterator[tuple[BatchHeader, memoryview]]:
    for path in sorted(partition.glob("*.log")):
        for _, header, batch in batches_of(OsFiles().open(path.as_posix())):
            yield header, batch


def test_the_same_batches_make_the_same_files(kafkas_directory: Path, tmp_path: Path) -> None:
    theirs = kafkas_directory / "data" / "t-0"
    directories = opened(kafkas_directory.joinpath("data").as_posix())
    topic_id = directories.logs["t", 0].topic_id
    directories.close({})
    assert check(OsFiles(), kafkas_directory.joinpath("data").as_posix()) == []

    directories = opened(tmp_path.joinpath("logs").as_posix())
    log = directories.create_log("t", 0, topic_id=topic_id, config=CONFIG, now_ms=0)
    for header, batch in batches(theirs):
        append(log, bytearray(batch), header, AppendOrigin.COORDINATOR)
    directories.close({})

    ours = tmp_path / "logs" / "t-0"
    assert sorted(path.name for path in ours.iterdir()) == sorted(path.name for path in theirs.iterdir())
    for path in ours.iterdir():
        assert path.read_bytes() == (theirs / path.name).read_bytes(), path.name


def append(
    log: Log, batch: bytearray, header: BatchHeader, origin: AppendOrigin = AppendOrigin.CLIENT
) -> None:
    epoch = header.partition_leader_epoch
    log.append(batch, [header], leader_epoch=epoch, origin=origin, now_ms=header.max_timestamp)


@pytest.mark.parametrize("cleanly", [True, False])
def test_apache_kafka_goes_on_with_a_log_that_kafkapy_went_on_with(
    apache_kafka: Any, kafkas_directory: Path, cleanly: bool
) -> None:
    directories = opened(kafkas_directory.joinpath("data").as_posix())
    log = directories.logs["t", 0]
    for number in range(1000):
        record = NewRecord(b"k", bytes(900), 1_700_000_000_000 + number)
        batch = build_batch([record], partition_leader_epoch=log.leader_epochs.latest)
        append(log, batch, read_header(batch))
    end = log.log_end_offset
    high_watermarks = {key: each.log_end_offset for key, each in directories.logs.items()}
    if cleanly:
        directories.close(high_watermarks)
    else:
        directories.abandon()
    markers = sum(header.is_control for header, _ in batches(kafkas_directory / "data" / "t-0"))
    data_records = end - markers
    apache_kafka.start(kafkas_directory)
    try:
        server = ["--bootstrap-server", apache_kafka.bootstrap, "--topic", "t"]
        assert apache_kafka.run("get-offsets", *server, "--time", "-1").strip() == f"t:0:{end}"
        report = apache_kafka.run("consumer-perf", *server, "--num-records", "100000", "--timeout", "3000")
        consumed = int(report.splitlines()[-1].split(", ")[4])
    finally:
        apache_kafka.stop(kafkas_directory)
    assert consumed == data_records
    assert "ERROR" not in (kafkas_directory / "server.log").read_text()
    assert check(OsFiles(), kafkas_directory.joinpath("data").as_posix()) == []
