"""A log on its way: begun, filled, found again, cut, and given its name."""

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.check import check
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.future_log import FutureLog
from kafkapy.storage.leader_epochs import UNDEFINED, EpochEndOffset
from kafkapy.storage.log import Log
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.names import future_directory
from tests.storage.log_harness import NOW_MS, SMALL, TOPIC_ID, LogHarness


def future_of(log: LogHarness) -> FutureLog:
    path = f"{log.path}/{future_directory('topic', 0, bytes(16))}"
    return FutureLog(log.files.for_thread(), path, "topic", 0, TOPIC_ID)


def opened(log: LogHarness, *, is_clean: bool = True) -> FutureLog:
    future = future_of(log)
    future.open(SMALL, log.log.segment_bases[0], is_clean=is_clean, now_ms=NOW_MS)
    return future


def fill(future: FutureLog, source: Log) -> None:
    while future.end_offset < source.log_end_offset:
        data = source.read(
            future.end_offset, max_bytes=700, up_to=source.log_end_offset, at_least_one_batch=True
        )
        future.append([data.records], NOW_MS)


def filled(files: MemoryFiles) -> tuple[LogHarness, FutureLog]:
    log = LogHarness(files, "/data")
    log.fill(30)
    log.epoch = 4
    log.append(b"t", producer_id=3, transactional=True)
    log.end_transaction(3, committed=False)
    future = opened(log)
    fill(future, log.log)
    return log, future


def test_it_becomes_the_same_log(memory_files: MemoryFiles) -> None:
    log, future = filled(memory_files)
    assert future.log is not None
    assert (future.end_offset, future.size_bytes) == (log.log.log_end_offset, log.log.size_bytes)
    assert future.log.leader_epochs.entries == log.log.leader_epochs.entries
    assert future.log.aborted_transactions(0, 99) == log.log.aborted_transactions(0, 99)
    future.close()
    assert check(memory_files, future.path) == []


def test_it_is_found_again_as_it_was_left(memory_files: MemoryFiles) -> None:
    log, future = filled(memory_files)
    future.close()
    again = opened(log)
    assert again.end_offset == log.log.log_end_offset
    assert again.log is not None
    assert again.log.topic_id == TOPIC_ID


def test_what_the_present_log_has_lost_is_forgotten(memory_files: MemoryFiles) -> None:
    _, future = filled(memory_files)
    future.agree_with(UNDEFINED, 40, NOW_MS)
    assert future.end_offset == 32
    future.agree_with(EpochEndOffset(0, 30), 31, NOW_MS)
    assert future.end_offset == 30
    future.restart_at(50, NOW_MS)
    assert future.end_offset == 50


def test_batches_larger_than_a_segment_are_taken_too(memory_files: MemoryFiles) -> None:
    """The setting has come down since they were written."""
    log = LogHarness(memory_files, "/data")
    log.append(b"v" * 1900)
    future = future_of(log)
    future.open(type(SMALL)(segment_bytes=200), 0, is_clean=True, now_ms=NOW_MS)
    fill(future, log.log)
    assert future.end_offset == 1


def test_a_disk_that_fails_is_told_by_the_job(memory_files: MemoryFiles) -> None:
    log, future = filled(memory_files)
    log.append(b"one more")
    memory_files.fail("write", path=future.path)
    with pytest.raises(KafkaError) as failed:
        fill(future, log.log)
    assert isinstance(failed.value.__cause__, OSError)
    assert not log.directories.directories[0].is_offline, "that is for the event loop to do"


def directories(files: MemoryFiles) -> LogDirectories:
    return LogDirectories.open(
        files, ["/data/logs", "/data/other"], node_id=1, new_directory_id=lambda: bytes([7]) * 16
    )


def test_a_future_log_that_is_alone_becomes_the_log(memory_files: MemoryFiles) -> None:
    log, future = filled(memory_files)
    expected = log.log.log_end_offset
    future.close()
    log.close()
    memory_files.remove_tree(log.partition_path)
    found = directories(memory_files)
    found.promote_futures(lambda topic, index: None)
    assert found.directories[0].futures, "the cluster knows of no such partition"
    found.promote_futures(lambda topic, index: bytes(16))
    found.load_logs(lambda _: SMALL, NOW_MS)
    assert found.logs["topic", 0].log_end_offset == expected
    assert found.directories[0].futures == {}


def test_a_future_log_waits_while_the_log_may_be_on_a_disk_that_is_gone(memory_files: MemoryFiles) -> None:
    log, future = filled(memory_files)
    future.close()
    log.close()
    memory_files.remove_tree(log.partition_path)
    found = directories(memory_files)
    found.directories[1].unusable(OSError(5, "gone"))
    found.promote_futures(lambda topic, index: found.directories[1].directory_id)
    assert list(found.directories[0].futures) == [("topic", 0)]
    found.promote_futures(lambda topic, index: found.directories[0].directory_id)
    assert list(found.directories[0].futures) == []


def test_a_future_log_beside_the_log_stays_what_it_is(memory_files: MemoryFiles) -> None:
    log, future = filled(memory_files)
    future.close()
    log.close()
    found = directories(memory_files)
    found.promote_futures(lambda topic, index: found.directories[0].directory_id)
    assert found.directories[0].futures == {("topic", 0): future.path}
