"""Files as text, in the words of Apache Kafka's tool (compat/data-directory compares all of it with the
tool's own output).
"""

import pytest

from kafkapy.protocol.codec import encode
from kafkapy.protocol.messages.log_records.snapshot_header_record import SnapshotHeaderRecord
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.control import ControlType, control_batch
from kafkapy.storage.dump import DumpOptions, dump
from kafkapy.storage.dump_decoders import plain_decoder, text_part
from kafkapy.storage.dump_items import Complaint
from kafkapy.storage.dump_text import text_lines
from kafkapy.storage.files import FileSystem
from kafkapy.storage.memory_files import MemoryFiles
from tests.storage.log_harness import NOW_MS, LogHarness

AS_TEXT = plain_decoder(text_part, text_part)


@pytest.fixture
def stopped(memory_files: MemoryFiles) -> LogHarness:
    log = LogHarness(memory_files, "/data")
    log.append(b"one", b"two", producer_id=4, transactional=True, timestamp=NOW_MS)
    log.end_transaction(4, committed=False, coordinator_epoch=6)
    log.close()
    return log


def shown(files: FileSystem, path: str, options: DumpOptions) -> list[str]:
    """What is printed, complaints as "! ..." in their place."""
    found: list[str] = []
    for item in dump(files, path, options):
        found += [f"! {item.text}"] if isinstance(item, Complaint) else text_lines(item)
    return found


def lines(log: LogHarness, name: str, *, deep: bool = False, print_data: bool = False) -> list[str]:
    path = f"{log.partition_path}/{name}"
    decoder = AS_TEXT if print_data else None
    first, *rest = shown(log.files, path, DumpOptions(deep=deep or print_data, decoder=decoder))
    assert first == f"Dumping {path}"
    return rest


def test_a_batch_is_one_line(stopped: LogHarness) -> None:
    start, data, marker = lines(stopped, f"{0:020d}.log")
    assert start == "Log starting offset: 0"
    head, _, tail = data.partition(" crc: ")
    assert head == (
        "baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 0 lastSequence: 1 producerId: 4 producerEpoch: 0 "
        "partitionLeaderEpoch: 0 isTransactional: true isControl: false deleteHorizonMs: OptionalLong.empty "
        f"position: 0 CreateTime: {NOW_MS} size: 87 magic: 2 compresscodec: none"
    )
    assert tail.endswith("isvalid: true")
    assert "isControl: true" in marker


def test_records_and_markers_come_with_deep(stopped: LogHarness) -> None:
    records = [line for line in lines(stopped, f"{0:020d}.log", deep=True) if line.startswith("|")]
    assert records == [
        f"| offset: 0 CreateTime: {NOW_MS} keySize: 3 valueSize: 3 sequence: 0 headerKeys: []",
        f"| offset: 1 CreateTime: {NOW_MS} keySize: 3 valueSize: 3 sequence: 1 headerKeys: []",
        f"| offset: 2 CreateTime: {NOW_MS} keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] "
        "endTxnMarker: ABORT coordinatorEpoch: 6",
    ]


def test_keys_values_and_header_keys_are_shown_when_asked_for(stopped: LogHarness) -> None:
    record = NewRecord(None, "é".encode(), NOW_MS, (("a", b"1"), ("b", None)))
    path = f"{stopped.partition_path}/{7:020d}.log"
    stopped.files.write(path, build_batch([record, NewRecord(b"k", None, NOW_MS)], base_offset=7))
    *records, jump = lines(stopped, f"{7:020d}.log", print_data=True)[2:]
    assert jump == f"! Non-consecutive offsets in {path}\n  -1 is followed by 7"
    assert records == [
        f"| offset: 7 CreateTime: {NOW_MS} keySize: -1 valueSize: 2 sequence: -1 headerKeys: [a,b] "
        "payload: é",
        f"| offset: 8 CreateTime: {NOW_MS} keySize: 1 valueSize: -1 sequence: -1 headerKeys: [] key: k",
    ]


def test_what_is_no_batch_is_counted(stopped: LogHarness) -> None:
    stopped.files.open(f"{stopped.partition_path}/{0:020d}.log").append(b"1234567")
    assert lines(stopped, f"{0:020d}.log")[-1] == f"Found 7 invalid bytes at the end of {0:020d}.log"


def test_records_that_do_not_parse_are_named(stopped: LogHarness) -> None:
    batch = build_batch([NewRecord(None, b"v", NOW_MS)])
    batch[61] = 0xFF
    stopped.files.write(f"{stopped.partition_path}/{7:020d}.log", batch)
    found = lines(stopped, f"{7:020d}.log", deep=True)
    assert found[1].endswith("isvalid: false")
    assert found[2].startswith(
        f"! {stopped.partition_path}/{7:020d}.log: the records of the batch at position 0"
    )


def test_producers_and_transactions_are_one_line_each(stopped: LogHarness) -> None:
    assert lines(stopped, f"{0:020d}.txnindex") == [
        "version: 0 producerId: 4 firstOffset: 0 lastOffset: 2 lastStableOffset: 3"
    ]
    assert lines(stopped, f"{3:020d}.snapshot") == [
        "producerId: 4 producerEpoch: 0 coordinatorEpoch: 6 currentTxnFirstOffset: OptionalLong.empty "
        f"lastTimestamp: {NOW_MS} firstSequence: 0 lastSequence: 1 lastOffset: 1 offsetDelta: 1 "
        f"timestamp: {NOW_MS}"
    ]


def test_unreadable_snapshots_and_transactions_say_why(stopped: LogHarness) -> None:
    stopped.files.write(f"{stopped.partition_path}/{0:020d}.txnindex", b"\1" * 34)
    stopped.files.write(f"{stopped.partition_path}/{3:020d}.snapshot", b"\0\1")
    assert "version" in lines(stopped, f"{0:020d}.txnindex")[0]
    assert "snapshot" in lines(stopped, f"{3:020d}.snapshot")[0]


def test_only_so_much_of_a_log_is_read_as_was_asked_for(stopped: LogHarness) -> None:
    path = f"{stopped.partition_path}/{0:020d}.log"
    assert len(shown(stopped.files, path, DumpOptions(max_bytes=87))) == 3
    assert len(shown(stopped.files, path, DumpOptions(max_bytes=86))) == 2
    assert len(shown(stopped.files, path, DumpOptions())) == 4


def test_contents_may_be_shown_alone(stopped: LogHarness) -> None:
    path = f"{stopped.partition_path}/{0:020d}.log"
    found = shown(stopped.files, path, DumpOptions(deep=True, decoder=AS_TEXT, skip_record_metadata=True))
    assert [line for line in found if "baseOffset" not in line][2:] == [
        "| key: key payload: one",
        "| key: key payload: two",
        "",
    ]


def test_a_directory_stands_for_its_files(stopped: LogHarness) -> None:
    found = shown(stopped.files, stopped.partition_path, DumpOptions())
    assert [line.rpartition("/")[2] for line in found if line.startswith("Dumping")] == stopped.file_names
    assert "topic_id: AAECAwQFBgcICQoLDA0ODw" in found
    stopped.files.write(f"{stopped.partition_path}/other", b"")
    found = shown(stopped.files, stopped.partition_path, DumpOptions())
    assert f"! Ignoring unknown file {stopped.partition_path}/other" in found


def test_snapshots_of_the_metadata_log_are_logs(memory_files: MemoryFiles) -> None:
    value = encode(SnapshotHeaderRecord(version=0, last_contained_log_timestamp=5), 0)
    batch = control_batch(ControlType.SNAPSHOT_HEADER, value, NOW_MS)
    name = f"{12:020d}-0000000003.checkpoint"
    for path in (f"/data/{name}", "/data/bootstrap.checkpoint"):
        memory_files.write(path, batch)
    found = shown(memory_files, f"/data/{name}", DumpOptions(deep=True))
    assert found[1] == "Snapshot end offset: 12, epoch: 3"
    assert found[3].endswith(' SnapshotHeader {"version":0,"lastContainedLogTimestamp":5}')
    found = shown(memory_files, "/data/bootstrap.checkpoint", DumpOptions())
    assert found[1] == "KRaft bootstrap snapshot"
