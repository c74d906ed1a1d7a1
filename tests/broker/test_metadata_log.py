"""The metadata log on disk: batches, snapshots and the small files beside them."""

import pytest

from kafkapy.broker.metadata_log import StoredMetadataLog
from kafkapy.records.batch import iterate_headers
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker import MemoryBroker


@pytest.fixture
def log(broker: MemoryBroker) -> StoredMetadataLog:
    stored = broker.broker.log_directories.get("__cluster_metadata", 0)
    assert stored is not None
    return StoredMetadataLog(stored, broker.files, "/data", broker.clock, max_retention_bytes=5000)


def test_what_is_appended_is_read_from_any_offset(log: StoredMetadataLog) -> None:
    start = log.end_offset
    for value in (b"a", b"b"):
        log.append(
            build_batch([NewRecord(None, value, 5)], base_offset=log.end_offset, partition_leader_epoch=1)
        )
    offsets = [header.base_offset for chunk in log.read(start) for _, header in iterate_headers(chunk)]
    assert offsets == [start, start + 1]
    assert log.end_offset == start + 2
    assert list(log.read(log.end_offset)) == []


def test_the_newest_snapshot_is_the_one_that_ends_last(log: StoredMetadataLog) -> None:
    log.write_snapshot("00000000000000000009-0000000001.checkpoint", b"nine")
    log.write_snapshot("00000000000000000120-0000000001.checkpoint", b"all")
    assert log.newest_snapshot() == ("00000000000000000120-0000000001.checkpoint", b"all")


def test_the_quorum_state_and_the_bootstrap_records_are_replaced_as_a_whole(log: StoredMetadataLog) -> None:
    log.write_quorum_state(b"{}")
    log.write_bootstrap(b"new")
    assert (log.read_quorum_state(), log.read_bootstrap()) == (b"{}", b"new")


def test_old_snapshots_and_the_log_below_them_go_when_there_is_too_much(
    log: StoredMetadataLog, broker: MemoryBroker
) -> None:
    first, second = "00000000000000000003-0000000001.checkpoint", "00000000000000000005-0000000001.checkpoint"
    log.write_snapshot(first, b"x" * 4000)
    log.write_snapshot(second, b"x" * 500)
    names = set(broker.files.list("/data/__cluster_metadata-0"))
    assert (first in names, second in names) == (False, True)
    stored = broker.broker.log_directories.get("__cluster_metadata", 0)
    assert stored is not None
    assert stored.log_start_offset == 5
