"""Partition logs: Apache Kafka's tool reads kafkapy's files, both write the same bytes, and each goes on with
the other's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kafkapy.cli.main import main
from kafkapy.records.batch import BatchHeader, read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.check import check
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.leader_epochs import LeaderEpochs
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.os_files import OsFiles
from kafkapy.storage.segment_recovery import batches_of
from tests.harness.broker_process import BrokerProcess
from tests.records.test_legacy import message_set
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


def printed_by_both(
    apache_kafka: Any, capfd: pytest.CaptureFixture[str], options: Sequence[str], paths: Sequence[Path]
) -> list[tuple[str, list[str]]]:
    """Standard output and the sorted lines of stderr: those of the tool, and those of kafkapy."""
    words = ["dump-log", *options, "--files", ",".join(map(str, paths))]
    printed, complaints = apache_kafka.run_and_listen(*words)
    capfd.readouterr()
    assert main(words) in (0, 1)
    ours = capfd.readouterr()
    return [(printed, sorted(complaints.splitlines())), (ours.out, sorted(ours.err.splitlines()))]


def dumpable(*partitions: Path, suffixes: Sequence[str] = SEGMENT_FILES) -> list[Path]:
    found = [path for each in partitions for path in sorted(each.iterdir()) if path.suffix in suffixes]
    assert found
    return found


def test_the_tool_prints_of_every_file_what_kafkapy_prints(
    apache_kafka: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = dumpable(lived(tmp_path))
    assert {path.suffix for path in paths} == set(SEGMENT_FILES)
    theirs, ours = printed_by_both(apache_kafka, capfd, ["--deep-iteration", "--print-data-log"], paths)
    assert ours == theirs


@pytest.mark.parametrize(
    "options",
    [
        ["--print-data-log"],
        ["--deep-iteration", "--max-bytes", "20000"],
        ["--print-data-log", "--skip-record-metadata"],
        ["--verify-index-only"],
        ["--index-sanity-check"],
    ],
    ids=" ".join,
)
def test_so_it_does_of_what_apache_kafka_wrote(
    apache_kafka: Any, kafkas_life: Any, capfd: pytest.CaptureFixture[str], options: list[str]
) -> None:
    data = kafkas_life.directory / "data"
    paths = dumpable(*(data / name for name in ("plain-0", "stamped-0", "compacted-0", "in-transactions-0")))
    theirs, ours = printed_by_both(apache_kafka, capfd, options, paths)
    assert ours == theirs


@pytest.mark.parametrize(
    ("option", "pattern"),
    [
        ("--cluster-metadata-decoder", "__cluster_metadata-0"),
        ("--offsets-decoder", "__consumer_offsets-*"),
        ("--transaction-log-decoder", "__transaction_state-*"),
        ("--share-group-state-decoder", "__share_group_state-*"),
    ],
)
def test_records_of_internal_topics_are_taken_apart_alike(
    apache_kafka: Any, kafkas_life: Any, capfd: pytest.CaptureFixture[str], option: str, pattern: str
) -> None:
    data = kafkas_life.directory / "data"
    paths = dumpable(*sorted(data.glob(pattern)), suffixes=(".log", ".checkpoint"))
    if pattern == "__cluster_metadata-0":
        paths.append(data / "bootstrap.checkpoint")
    theirs, ours = printed_by_both(apache_kafka, capfd, [option], paths)
    assert ours == theirs
    assert ours[0].count("payload: {") >= 3


def test_a_metadata_snapshot_is_shown_alike(
    apache_kafka: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with BrokerProcess(tmp_path / "data", "metadata.log.max.record.bytes.between.snapshots=1000"):
        pass
    paths = dumpable(tmp_path / "data" / "__cluster_metadata-0", suffixes=(".log", ".checkpoint"))
    theirs, ours = printed_by_both(apache_kafka, capfd, ["--cluster-metadata-decoder"], paths)
    assert ours == theirs


@pytest.mark.parametrize("magic", [0, 1])
def test_messages_of_before_0_11_are_shown_alike(
    apache_kafka: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], magic: int
) -> None:
    codecs = [Compression.NONE, Compression.GZIP, Compression.SNAPPY, Compression.LZ4]
    sets = [message_set(magic, codec, base_offset=4 * turn) for turn, codec in enumerate(codecs)]
    path = tmp_path / f"{0:020d}.log"
    path.write_bytes(b"".join(sets))
    theirs, ours = printed_by_both(apache_kafka, capfd, ["--print-data-log"], [path])
    assert ours == theirs


def test_bytes_that_are_no_text_are_shown_alike(
    apache_kafka: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Values from every corner of UTF-8, and over its edges."""
    chance = Random(7)
    corners = bytes.fromhex("7f80bfc0c1c2dfe0a0ed9fa0bfeeeff08f90f48f90f5f8ff41")
    values = [bytes(chance.choices(corners, k=8)).replace(b"\r", b"") for _ in range(4000)]
    path = tmp_path / f"{0:020d}.log"
    path.write_bytes(build_batch([NewRecord(None, value, 1) for value in values]))
    theirs, ours = printed_by_both(apache_kafka, capfd, ["--print-data-log"], [path])
    for their_line, our_line, value in zip(
        theirs[0].split("\n")[3:], ours[0].split("\n")[3:], values, strict=False
    ):
        assert our_line == their_line, value.hex()
    assert ours == theirs


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
    data = kafkas_directory.joinpath("data").as_posix()
    epoch = LeaderEpochs(OsFiles(), f"{data}/t-0").latest  # a leader's, which never falls
    directories = opened(data)
    log = directories.logs["t", 0]
    for number in range(1000):
        record = NewRecord(b"k", bytes(900), 1_700_000_000_000 + number)
        batch = build_batch([record], partition_leader_epoch=epoch)
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
