"""Every item is an object that says what it is."""

import pytest

from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.dump import DumpOptions, dump
from kafkapy.storage.dump_decoders import plain_decoder, text_part
from kafkapy.storage.dump_json import json_object
from kafkapy.storage.memory_files import MemoryFiles
from tests.storage.log_harness import NOW_MS, LogHarness

PATH = f"/data/{0:020d}.log"
OPTIONS = DumpOptions(deep=True, decoder=plain_decoder(text_part, text_part))


def test_batches_and_records(memory_files: MemoryFiles) -> None:
    records = [NewRecord(b"k", b"\xff", NOW_MS, (("h", b"1"),)), NewRecord(None, None, NOW_MS)]
    memory_files.write(PATH, build_batch(records))
    begins, batch, first, second = (json_object(item) for item in dump(memory_files, PATH, OPTIONS))
    assert begins == {"kind": "file", "path": PATH, "about": "Log starting offset: 0"}
    assert (batch["kind"], batch["count"], batch["deleteHorizonMs"], batch["isvalid"]) == (
        "batch",
        2,
        None,
        True,
    )
    assert first == {
        "kind": "record",
        "offset": 0,
        "timestampType": "CreateTime",
        "timestamp": NOW_MS,
        "keySize": 1,
        "valueSize": 1,
        "sequence": -1,
        "headerKeys": ["h"],
        "key": "k",
        "payload": {"bytes": "ff"},
    }
    assert "key" not in second
    assert second["valueSize"] == -1


@pytest.mark.parametrize("is_committed", [True, False])
def test_control_records(memory_files: MemoryFiles, is_committed: bool) -> None:
    log = LogHarness(memory_files, "/data")
    log.append(b"v", producer_id=4, transactional=True)
    log.end_transaction(4, committed=is_committed, coordinator_epoch=6)
    log.close()
    objects = [json_object(item) for item in dump(memory_files, log.partition_path, OPTIONS)]
    markers = [each["control"] for each in objects if "control" in each]
    assert markers == [{"type": "COMMIT" if is_committed else "ABORT", "coordinatorEpoch": 6}]
    kinds = {each["kind"] for each in objects}
    assert kinds >= {"file", "batch", "record", "timeIndexEntry", "producer", "line", "remark"}
    assert ("abortedTransaction" in kinds) is not is_committed
