"""What a partition's log promises to those who append to it and read from it."""

import errno

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import read_header
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.memory_files import MemoryFiles
from tests.storage.log_harness import NOW_MS, SMALL, LogHarness, Read, batch_size

DELETION = LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION


def refused(code: ErrorCode) -> "pytest.RaisesExc[KafkaError]":
    return pytest.raises(KafkaError, match=code.name)


def test_records_get_consecutive_offsets_and_are_read_back(log: LogHarness) -> None:
    first = log.append(b"a", b"b", b"c")
    second = log.append(b"d")
    assert (first.first_offset, first.last_offset) == (0, 2)
    assert (second.first_offset, second.last_offset) == (3, 3)
    assert log.log.log_end_offset == 4
    assert log.read_all() == [Read(0, b"a"), Read(1, b"b"), Read(2, b"c"), Read(3, b"d")]


def test_offset_and_leader_epoch_are_stamped_without_touching_the_checksum(log: LogHarness) -> None:
    log.append(b"x")
    batch = build_batch([NewRecord(None, b"y", NOW_MS)])
    before = read_header(batch)
    log.epoch = 5
    log.append_batch(batch)
    after = read_header(log.read_raw(1))
    assert (after.base_offset, after.partition_leader_epoch, after.crc) == (1, 5, before.crc)
    assert log.log.leader_epochs.entries == [(0, 0), (5, 1)]


def test_several_batches_of_one_append_are_numbered_one_after_the_other(log: LogHarness) -> None:
    both = build_batch([NewRecord(None, b"a", NOW_MS)] * 2) + build_batch([NewRecord(None, b"b", NOW_MS + 5)])
    info = log.append_batch(both, AppendOrigin.COORDINATOR)
    assert (info.first_offset, info.last_offset, info.max_timestamp) == (0, 2, NOW_MS + 5)
    assert log.values() == [b"a", b"a", b"b"]


def test_batches_from_a_leader_keep_their_offsets_and_epochs(log: LogHarness) -> None:
    batch = build_batch([NewRecord(None, b"a", NOW_MS)], base_offset=10, partition_leader_epoch=3)
    assert log.append_batch(batch, AppendOrigin.REPLICATION).first_offset == 10
    assert log.log.log_end_offset == 11
    assert log.log.leader_epochs.entries == [(3, 10)]
    with refused(ErrorCode.OFFSET_OUT_OF_RANGE):
        log.append_batch(batch, AppendOrigin.REPLICATION)


def test_a_batch_larger_than_a_segment_is_refused(log: LogHarness) -> None:
    with refused(ErrorCode.RECORD_LIST_TOO_LARGE):
        log.append(bytes(SMALL.segment_bytes))
    assert log.log.log_end_offset == 0


def test_a_full_segment_is_followed_by_one_named_by_its_first_offset(log: LogHarness) -> None:
    log.fill(40)
    bases = log.log.segment_bases
    assert len(bases) > 2
    assert [name for name in log.file_names if name.endswith(".log")] == [
        f"{base:020d}.log" for base in bases
    ]
    assert [name for name in log.file_names if name.endswith(".snapshot")] == [
        f"{base:020d}.snapshot" for base in bases[1:]
    ]
    assert len(log.read_all()) == 40


def test_a_read_never_goes_beyond_its_segment(log: LogHarness) -> None:
    log.fill(40)
    second = log.log.segment_bases[1]
    data = log.log.read(0, max_bytes=1 << 20, up_to=40, at_least_one_batch=True)
    assert len(data.records) == log.files.size(f"{log.partition_path}/{0:020d}.log")
    following = log.log.read(second, max_bytes=1 << 20, up_to=40, at_least_one_batch=True)
    assert (following.first_offset, following.segment_base_offset, following.position) == (second, second, 0)


def test_a_read_starts_with_the_batch_that_holds_the_offset(log: LogHarness) -> None:
    log.append(b"a", b"b", b"c")
    log.append(b"d", b"e")
    assert read_header(log.read_raw(1)).base_offset == 0
    assert read_header(log.read_raw(4)).base_offset == 3
    assert log.log.read(4, max_bytes=1000, up_to=5, at_least_one_batch=True).first_offset == 3


def test_a_read_returns_whole_batches_within_its_size(log: LogHarness) -> None:
    log.fill(10)
    size = batch_size(log.read_raw(0))
    assert len(log.read_raw(0, 3 * size)) == 3 * size
    assert len(log.read_raw(0, 3 * size + size - 1)) == 3 * size
    assert len(log.read_raw(2, 2 * size)) == 2 * size
    assert read_header(log.read_raw(2, 2 * size)).base_offset == 2


def test_a_first_batch_that_does_not_fit_comes_only_when_it_must(log: LogHarness) -> None:
    log.fill(2)
    size = batch_size(log.read_raw(0))
    assert len(log.read_raw(0, 10)) == size
    assert log.read_raw(0, 10, whole=False) == b""
    assert log.read_raw(0, 0, whole=False) == b""


def test_a_read_stops_at_its_bound(log: LogHarness) -> None:
    log.fill(30)
    size = batch_size(log.read_raw(0))
    assert len(log.read_raw(0, up_to=3)) == 3 * size
    assert log.read_raw(3, up_to=3) == b""
    assert log.read_raw(4, up_to=3) == b""
    assert read_header(log.read_raw(20, up_to=21)).base_offset == 20


def test_a_sequential_reader_gets_everything_whatever_its_fetch_size(log: LogHarness) -> None:
    log.fill(60, 70)
    for max_bytes in (1, 200, 333, 1000, 5000):
        assert [record.offset for record in log.read_all(max_bytes=max_bytes)] == list(range(60))


def test_reading_at_the_end_gives_nothing_and_outside_is_an_error(log: LogHarness) -> None:
    log.fill(5)
    log.log.delete_records_before(2, DELETION)
    assert log.read_raw(5) == b""
    for offset in (-1, 1, 6):
        with refused(ErrorCode.OFFSET_OUT_OF_RANGE):
            log.read_raw(offset)


def test_available_bytes_are_those_that_a_read_would_give(log: LogHarness) -> None:
    log.fill(4)
    size = batch_size(log.read_raw(0))
    assert log.log.available_bytes(1, 4, 1 << 20) == 3 * size
    assert log.log.available_bytes(1, 3, 1 << 20) == 2 * size
    assert log.log.available_bytes(1, 4, 10) == 10
    assert log.log.available_bytes(4, 4, 1 << 20) == 0


def test_a_retry_of_an_idempotent_batch_is_answered_with_its_first_offset(log: LogHarness) -> None:
    log.append(b"first", producer_id=7, sequence=0)
    log.append(b"second", b"third", producer_id=7, sequence=1, timestamp=NOW_MS + 3)
    again = log.append(b"second", b"third", producer_id=7, sequence=1)
    assert (again.duplicate, again.first_offset, again.last_offset) == (True, 1, 2)
    assert (again.duplicate_timestamp, again.size_bytes) == (NOW_MS + 3, 0)
    assert log.values() == [b"first", b"second", b"third"]


def test_a_gap_in_a_producers_sequence_is_refused_and_changes_nothing(log: LogHarness) -> None:
    log.append(b"first", producer_id=7, sequence=0)
    with refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER):
        log.append(b"third", producer_id=7, sequence=2)
    log.append(b"second", producer_id=7, sequence=1)
    assert log.values() == [b"first", b"second"]


def test_an_open_transaction_holds_the_first_unstable_offset(log: LogHarness) -> None:
    log.append(b"plain")
    assert log.log.first_unstable_offset is None
    log.append(b"in it", producer_id=7, transactional=True)
    log.append(b"plain")
    assert log.log.first_unstable_offset == 1
    log.end_transaction(7, committed=True)
    assert log.log.first_unstable_offset == 1
    log.log.high_watermark_advanced(4)
    assert log.log.first_unstable_offset is None


def test_aborted_transactions_are_listed_with_the_offsets_they_touch(log: LogHarness) -> None:
    for sequence in range(6):
        log.append(b"x" * 500, producer_id=1, sequence=sequence, transactional=True)
        log.append(b"y" * 500, producer_id=2, producer_epoch=sequence, transactional=True)
        log.end_transaction(2, committed=sequence % 2 == 0, producer_epoch=sequence)
    log.end_transaction(1, committed=False)
    end = log.log.log_end_offset
    found = log.log.aborted_transactions(0, end)
    assert [(entry.producer_id, entry.first_offset) for entry in found] == [(2, 4), (2, 10), (2, 16), (1, 0)]
    assert [entry.last_stable_offset for entry in found] == [0, 0, 0, 19]
    assert [entry.producer_id for entry in log.log.aborted_transactions(17, end)] == [2, 1]
    assert log.log.aborted_transactions(5, 6)[0].producer_id == 2
    assert any(name.endswith(".txnindex") for name in log.file_names)


def test_deleting_records_hides_them_at_once_and_keeps_the_rest(log: LogHarness) -> None:
    log.fill(10)
    assert log.log.delete_records_before(4, DELETION)
    assert not log.log.delete_records_before(3, DELETION)
    assert log.log.log_start_offset == 4
    assert [record.offset for record in log.read_all()] == list(range(4, 10))
    with refused(ErrorCode.OFFSET_OUT_OF_RANGE):
        log.log.delete_records_before(11, DELETION)


def test_a_truncated_log_ends_where_it_was_told_and_goes_on_there(log: LogHarness) -> None:
    log.fill(40)
    middle = log.log.segment_bases[1] + 3
    assert log.log.truncate_to(middle, NOW_MS)
    assert not log.log.truncate_to(middle, NOW_MS)
    assert (log.log.log_end_offset, len(log.log.segment_bases)) == (middle, 2)
    log.append(b"new")
    assert [record.offset for record in log.read_all()] == list(range(middle + 1))
    assert log.read_all(middle) == [Read(middle, b"new")]


def test_truncation_forgets_what_producers_did_above(log: LogHarness) -> None:
    for sequence in range(30):
        log.append(b"x" * 200, producer_id=7, sequence=sequence)
    log.log.truncate_to(20, NOW_MS)
    with refused(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER):
        log.append(b"x", producer_id=7, sequence=30)
    assert log.append(b"x", producer_id=7, sequence=20).first_offset == 20


def test_truncation_forgets_aborted_transactions_and_epochs_above(log: LogHarness) -> None:
    log.append(b"x", producer_id=7, transactional=True)
    log.end_transaction(7, committed=False)
    log.epoch = 4
    log.append(b"y")
    log.log.truncate_to(1, NOW_MS)
    assert log.log.aborted_transactions(0, 10) == []
    assert log.log.leader_epochs.entries == [(0, 0)]
    assert log.log.first_unstable_offset == 0


def test_truncation_below_the_first_segment_starts_anew(log: LogHarness) -> None:
    log.log.truncate_fully_and_start_at(100, NOW_MS)
    log.fill(30)
    assert log.log.segment_bases[0] == 100
    log.log.truncate_to(50, NOW_MS)
    assert (log.log.log_start_offset, log.log.log_end_offset, log.log.segment_bases) == (50, 50, [50])
    assert log.append(b"x").first_offset == 50


def test_an_epochs_end_is_where_the_next_one_begins(log: LogHarness) -> None:
    for epoch in (1, 3, 6):
        log.epoch = epoch
        log.append(b"x", b"y")
    log.log.assign_leader_epoch(8)
    assert log.log.end_offset_for_epoch(3) == (3, 4)
    assert log.log.end_offset_for_epoch(4) == (3, 4)
    assert log.log.end_offset_for_epoch(8) == (8, 6)
    assert log.log.end_offset_for_epoch(9) == (-1, -1)


def test_a_failed_write_leaves_no_trace_and_takes_the_directory_offline(memory_files: MemoryFiles) -> None:
    log = LogHarness(memory_files, "/data")
    log.append(b"kept")
    size = memory_files.size(f"{log.partition_path}/{0:020d}.log")
    memory_files.fail("write", path=".log")
    with refused(ErrorCode.KAFKA_STORAGE_ERROR):
        log.append(b"lost")
    assert memory_files.size(f"{log.partition_path}/{0:020d}.log") == size
    assert log.directories.directories[0].is_offline
    for action in (lambda: log.append(b"x"), lambda: log.read_raw(0), lambda: log.log.flush()):
        with refused(ErrorCode.KAFKA_STORAGE_ERROR):
            action()
    log.reopen(cleanly=False)
    assert log.values() == [b"kept"]


def test_a_failing_read_takes_the_directory_offline(memory_files: MemoryFiles) -> None:
    log = LogHarness(memory_files, "/data")
    log.append(b"kept")
    memory_files.fail("read")
    with refused(ErrorCode.KAFKA_STORAGE_ERROR):
        log.read_raw(0)
    assert log.log.is_offline


def test_a_flush_moves_the_recovery_point_to_the_end_it_was_made_for(log: LogHarness) -> None:
    log.fill(30)
    job = log.log.flush_job()
    log.fill(5)
    log.log.flushed(job())
    assert log.log.recovery_point == 30
    log.log.flush()
    assert log.log.recovery_point == 35


def test_a_flush_that_began_before_a_truncation_does_not_count(log: LogHarness) -> None:
    log.fill(10)
    job = log.log.flush_job()
    log.log.truncate_to(5, NOW_MS)
    log.log.flushed(job())
    assert log.log.recovery_point == 0


def test_flushing_is_due_after_so_many_messages_so_much_time_or_a_roll(log: LogHarness) -> None:
    log.configure(LogConfig(flush_messages=3, flush_ms=1000))
    log.fill(2)
    assert not log.log.is_sync_due
    assert not log.log.flush_due(NOW_MS + 999)
    assert log.log.flush_due(NOW_MS + 1000)
    log.fill(1)
    assert log.log.is_sync_due
    log.log.flush()
    assert not log.log.is_sync_due
    assert not log.log.flush_due(NOW_MS + 10_000)
    log.configure(LogConfig())
    log.append(b"x")
    log.log.roll(NOW_MS)
    assert log.log.flush_due(NOW_MS)


def test_a_sync_brings_batches_to_disk_and_leaves_the_recovery_point_until_a_segment_is_closed(
    log: LogHarness,
) -> None:
    log.fill(2)
    log.log.flushed(log.log.sync_job()())
    assert (log.log.synced_offset, log.log.recovery_point) == (2, 0)
    log.log.roll(NOW_MS)
    log.fill(1)
    log.log.flushed(log.log.sync_job()())
    assert (log.log.synced_offset, log.log.recovery_point) == (3, 3)


def test_a_sync_that_began_before_a_truncation_does_not_count(log: LogHarness) -> None:
    log.fill(10)
    job = log.log.sync_job()
    log.log.truncate_to(5, NOW_MS)
    log.log.flushed(job())
    assert log.log.synced_offset == 0


def test_a_full_disk_refuses_what_is_new_and_keeps_what_is_there(log: LogHarness) -> None:
    log.fill(3)
    log.log.failed(OSError(errno.ENOSPC, "No space left on device"))
    for action in (lambda: log.append(b"x"), lambda: log.log.roll(NOW_MS)):
        with refused(ErrorCode.KAFKA_STORAGE_ERROR):
            action()
    assert log.log.read(0, max_bytes=1, up_to=3, at_least_one_batch=True).records
    log.log.delete_records_before(2, DELETION)
    assert log.log.log_start_offset == 2


def test_the_directory_hears_when_a_roll_wants_a_sync(log: LogHarness) -> None:
    heard: list[str] = []
    log.directories.directories[0].on_flush_wanted = lambda wanting: heard.append(wanting.name)
    log.append(b"x")
    assert heard == []
    log.log.roll(NOW_MS)
    assert heard == ["topic-0"]


def test_silent_producers_expire(log: LogHarness) -> None:
    log.append(b"x", producer_id=7)
    log.log.expire_producers(NOW_MS + log.config.producer_id_expiration_ms - 1)
    assert 7 in log.log.producers.producers
    log.log.expire_producers(NOW_MS + log.config.producer_id_expiration_ms)
    assert 7 not in log.log.producers.producers


def test_preallocated_segments_have_their_full_size_until_they_are_closed(log: LogHarness) -> None:
    log.configure(LogConfig(segment_bytes=2048, preallocate=True, index_interval_bytes=200))
    log.append(b"x")
    log.log.roll(NOW_MS)
    log.append(b"y")
    first, second = (f"{log.partition_path}/{base:020d}.log" for base in (0, 1))
    assert (log.files.size(first) < 100, log.files.size(second)) == (True, 2048)
    log.reopen()
    assert log.files.size(second) < 100
    assert log.values() == [b"x", b"y"]
