"""What a start makes of the files it finds."""

import dataclasses

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import iterate_headers
from kafkapy.storage.loader import LogLoader
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from tests.storage.log_harness import NOW_MS, SMALL, TOPIC_ID, LogHarness

DELETION = LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION
INDEXES = (".index", ".timeindex")


def filled(log: LogHarness) -> list[bytes | None]:
    """Several segments of a producer, a transaction and two epochs; gives all values."""
    for sequence in range(30):
        log.epoch = sequence // 10
        log.append(b"v" * 80, producer_id=1, sequence=sequence)
    log.append(b"t" * 80, producer_id=2, transactional=True)
    log.end_transaction(2, committed=False)
    return log.values()


def names(log: LogHarness, suffix: str) -> list[str]:
    return [name for name in log.file_names if name.endswith(suffix)]


def contents(log: LogHarness, suffixes: tuple[str, ...]) -> dict[str, bytes]:
    return {
        name: log.files.read(f"{log.partition_path}/{name}")
        for suffix in suffixes
        for name in names(log, suffix)
    }


@pytest.mark.parametrize("cleanly", [True, False])
def test_a_log_is_the_same_after_a_restart(log: LogHarness, cleanly: bool) -> None:
    values = filled(log)
    bases, aborted = log.log.segment_bases, log.log.aborted_transactions(0, 100)
    log.reopen(cleanly=cleanly)
    assert log.values() == values
    assert log.log.segment_bases == bases
    assert log.log.leader_epochs.entries == [(0, 0), (1, 10), (2, 20)]
    assert log.log.topic_id == TOPIC_ID
    assert log.log.aborted_transactions(0, 100) == aborted
    assert log.append(b"next", producer_id=1, sequence=30).first_offset == len(values)


def test_a_clean_start_believes_the_recovery_point_and_an_unclean_one_the_checkpoint(log: LogHarness) -> None:
    filled(log)
    log.reopen()
    assert log.log.recovery_point == log.log.log_end_offset
    log.reopen(cleanly=False)
    assert log.log.recovery_point == log.log.log_end_offset
    log.append(b"not synced")
    log.reopen(cleanly=False)
    assert log.log.recovery_point == log.log.log_end_offset - 1


def test_missing_indexes_are_made_again(log: LogHarness) -> None:
    filled(log)
    log.close()
    before = contents(log, INDEXES)
    for name in list(before)[::2]:
        log.files.remove(f"{log.partition_path}/{name}")
    log.open()
    log.close()
    assert contents(log, INDEXES) == before
    log.open()


def test_damaged_indexes_are_made_again_after_a_crash(log: LogHarness) -> None:
    filled(log)
    log.close()
    before = contents(log, INDEXES)
    for name in before:
        log.files.write(f"{log.partition_path}/{name}", b"\x7f" * 100)
    log.files.remove(f"{log.path}/.kafka_cleanshutdown")
    log.files.remove(f"{log.path}/recovery-point-offset-checkpoint")
    log.open()
    log.close()
    assert contents(log, INDEXES) == before
    log.open()


def test_a_damaged_index_of_the_active_segment_is_noticed_after_a_clean_stop_too(log: LogHarness) -> None:
    values = filled(log)
    log.close()
    path = f"{log.partition_path}/{log.log.segment_bases[-1]:020d}.index"
    size = log.files.size(path)
    log.files.write(path, b"\0\0\0\7\0\0\0\3" * (size // 8))
    log.open()
    assert log.values() == values


def test_an_aborted_transaction_index_of_another_segment_is_made_again(log: LogHarness) -> None:
    filled(log)
    expected = log.log.aborted_transactions(0, 100)
    log.close()
    (name,) = names(log, ".txnindex")
    log.files.write(f"{log.partition_path}/{name}", bytes(34))
    log.open()
    assert log.log.aborted_transactions(0, 100) == expected


def test_indexes_without_a_log_go(log: LogHarness) -> None:
    filled(log)
    log.close()
    for suffix in (*INDEXES, ".txnindex"):
        log.files.write(f"{log.partition_path}/{77777:020d}{suffix}", b"")
    log.open()
    assert not [name for name in log.file_names if name.startswith(f"{77777:020d}")]


def test_after_a_crash_the_log_ends_before_the_first_bad_batch(log: LogHarness) -> None:
    filled(log)
    second = log.log.segment_bases[1]
    log.directories.abandon()
    file = log.files.open(f"{log.partition_path}/{second:020d}.log")
    last_byte = file.read(file.size - 1, 1)
    file.write_at(file.size - 1, bytes([last_byte[0] ^ 1]))
    log.open()
    assert log.log.segment_bases == [0, second]
    assert second < log.log.log_end_offset < 30
    assert (
        log.append(b"x", producer_id=1, sequence=log.log.log_end_offset).first_offset
        == log.log.log_end_offset - 1
    )


def test_half_a_batch_at_the_end_is_cut_off_after_a_crash(log: LogHarness) -> None:
    values = filled(log)
    log.directories.abandon()
    log.files.open(f"{log.partition_path}/{names(log, '.log')[-1]}").append(b"half a batch")
    log.open()
    assert log.values() == values


def test_segments_below_the_recovery_point_are_believed(log: LogHarness) -> None:
    filled(log)
    log.log.flush()
    log.directories.checkpoint_job()()
    log.directories.abandon()
    path = f"{log.partition_path}/{0:020d}.log"
    content = log.files.read(path)
    file = log.files.open(path)
    file.write_at(100, b"!")
    log.open()
    end = log.log.log_end_offset
    file.write_at(100, content[100:101])
    assert end == 32


def damage(log: LogHarness, base_offset: int, position: int) -> None:
    file = log.files.open(f"{log.partition_path}/{base_offset:020d}.log")
    (byte,) = file.read(position, 1)
    file.write_at(position, bytes([byte ^ 1]))


def test_recovery_reads_only_what_is_above_the_recovery_point(log: LogHarness) -> None:
    log.configure(LogConfig(index_interval_bytes=200))
    for sequence in range(30):
        log.append(b"v" * 80, producer_id=1, sequence=sequence)
    log.reopen()
    for sequence in range(30, 50):
        log.append(b"w" * 80, producer_id=1, sequence=sequence)
    size = log.log.size_bytes // 50
    log.directories.abandon()
    damage(log, 0, 20 * size - 1)
    log.open()
    assert log.log.log_end_offset == 50
    assert log.append(b"x", producer_id=1, sequence=50).first_offset == 50
    damage(log, 0, 20 * size - 1)
    log.directories.abandon()
    damage(log, 0, 40 * size - 1)
    log.open()
    assert log.log.log_end_offset == 39


def test_after_a_crash_each_of_the_last_five_batches_may_be_sent_again(log: LogHarness) -> None:
    """Apache Kafka knows only the last one then, and clients with more on their way end with an error."""
    log.configure(LogConfig())
    for sequence in range(10):
        log.append(b"v", producer_id=1, sequence=sequence)
    log.reopen(cleanly=False)
    for sequence in range(5, 10):
        again = log.append(b"v", producer_id=1, sequence=sequence)
        assert (again.duplicate, again.first_offset) == (True, sequence)
    with pytest.raises(KafkaError) as refusal:
        log.append(b"v", producer_id=1, sequence=4)
    assert refusal.value.code is ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    log.append(b"v", producer_id=1, producer_epoch=1, sequence=0)
    log.reopen(cleanly=False)
    assert log.append(b"v", producer_id=1, producer_epoch=1, sequence=0).duplicate
    assert log.append(b"v", producer_id=1, producer_epoch=1, sequence=1).first_offset == 11


def test_a_log_that_was_not_touched_before_a_crash_needs_no_recovery(log: LogHarness) -> None:
    filled(log)
    log.reopen()
    before = {name: log.files.read(f"{log.partition_path}/{name}") for name in log.file_names}
    log.directories.abandon()
    loader = LogLoader(
        log.files,
        log.partition_path,
        "topic",
        0,
        config=SMALL,
        owner=log.directories.directories[0],
        recovery_point=32,
        now_ms=NOW_MS,
    ).open()
    assert loader.unread_bytes == 0
    loader.load().close()
    assert {name: log.files.read(f"{log.partition_path}/{name}") for name in log.file_names} == before
    log.open()


@pytest.mark.parametrize(("compacted_up_to", "log_end_offset"), [(22, 22), (0, 21)])
def test_a_log_ends_where_an_empty_segment_begins_if_it_was_compacted_up_to_there(
    log: LogHarness, compacted_up_to: int, log_end_offset: int
) -> None:
    """Compaction may remove the last record of a segment. If it has not, a crash has taken it."""
    log.fill(30)
    assert log.log.segment_bases == [0, 11, 22]
    log.directories.abandon()
    closed, active = (f"{log.partition_path}/{base:020d}.log" for base in (11, 22))
    content = log.files.read(closed)
    last = max(position for position, _ in iterate_headers(content))
    log.files.write(closed, content[:last])
    log.files.write(active, b"")
    loaded = LogLoader(
        log.files,
        log.partition_path,
        "topic",
        0,
        config=dataclasses.replace(SMALL, compact=True),
        owner=log.directories.directories[0],
        compacted_up_to=compacted_up_to,
        now_ms=NOW_MS,
    )
    assert loaded.open().load().log_end_offset == log_end_offset
    log.open()


def test_indexes_that_do_not_fit_the_batches_below_the_recovery_point_are_made_again(log: LogHarness) -> None:
    log.configure(LogConfig(index_interval_bytes=200))
    log.fill(40)
    log.reopen()
    log.fill(3)
    before = contents(log, INDEXES)
    log.directories.abandon()
    log.files.write(f"{log.partition_path}/{0:020d}.index", b"\0\0\0\7\0\0\0\3")
    log.open()
    log.close()
    assert contents(log, INDEXES)[f"{0:020d}.index"].startswith(before[f"{0:020d}.index"])
    log.open()
    assert len(log.values()) == 43


def test_half_an_entry_of_the_time_index_is_not_taken_for_one_of_a_batch_further_below(
    log: LogHarness,
) -> None:
    log.fill(3)
    log.reopen()
    log.fill(1)
    log.directories.abandon()
    path = f"{log.partition_path}/{0:020d}.timeindex"
    log.files.write(path, NOW_MS.to_bytes(8)[:6] + bytes(6))
    log.open()
    log.close()
    assert log.files.read(path) == NOW_MS.to_bytes(8) + bytes(4)
    log.open()


def test_the_log_start_survives_a_restart(log: LogHarness) -> None:
    filled(log)
    log.log.delete_records_before(3, DELETION)
    log.reopen()
    assert log.log.log_start_offset == 3
    assert log.log.leader_epochs.entries[0] == (0, 3)


def test_a_log_that_ends_before_its_start_begins_anew_there(log: LogHarness) -> None:
    filled(log)
    log.close()
    log.files.write(f"{log.path}/log-start-offset-checkpoint", b"0\n1\ntopic 0 500\n")
    log.open()
    assert (log.log.log_start_offset, log.log.log_end_offset, log.log.segment_bases) == (500, 500, [500])
    assert log.log.leader_epochs.entries == []
    assert log.append(b"x").first_offset == 500


@pytest.mark.parametrize("content", [b"", b"0\n5\n0 0\n", b"0\n3\n0 0\n1 10\n2 2"])
def test_unreadable_leader_epochs_are_read_from_the_batches(log: LogHarness, content: bytes) -> None:
    filled(log)
    log.close()
    log.files.write(f"{log.partition_path}/leader-epoch-checkpoint", content)
    log.open()
    assert log.log.leader_epochs.entries == [(0, 0), (1, 10), (2, 20)]


@pytest.mark.parametrize(
    "name",
    ["recovery-point-offset-checkpoint", "log-start-offset-checkpoint", "replication-offset-checkpoint"],
)
def test_an_unreadable_checkpoint_counts_as_empty(log: LogHarness, name: str) -> None:
    values = filled(log)
    log.close()
    log.files.write(f"{log.path}/{name}", b"nonsense")
    log.open()
    assert log.values() == values


def test_an_unreadable_topic_id_is_forgotten_and_can_be_set_again(log: LogHarness) -> None:
    log.close()
    log.files.write(f"{log.partition_path}/partition.metadata", b"vers")
    log.open()
    assert log.log.topic_id is None
    assert "partition.metadata" not in log.file_names
    log.log.set_topic_id(TOPIC_ID)
    log.reopen()
    assert log.log.topic_id == TOPIC_ID


def test_after_a_clean_stop_without_snapshots_the_log_is_not_read_for_producers(log: LogHarness) -> None:
    filled(log)
    log.close()
    for name in names(log, ".snapshot"):
        log.files.remove(f"{log.partition_path}/{name}")
    log.open()
    assert log.log.producers.is_empty
    assert len(names(log, ".snapshot")) == 2


def test_snapshots_of_no_segment_go(log: LogHarness) -> None:
    filled(log)
    log.close()
    good = names(log, ".snapshot")
    content = log.files.read(f"{log.partition_path}/{good[0]}")
    for offset in (1, 5000):
        log.files.write(f"{log.partition_path}/{offset:020d}.snapshot", content)
    log.open()
    assert names(log, ".snapshot") == good


def test_a_gap_behind_a_segment_of_an_uncompacted_log_is_a_loss(log: LogHarness) -> None:
    filled(log)
    bases = log.log.segment_bases
    log.directories.abandon()
    file = log.files.open(f"{log.partition_path}/{0:020d}.log")
    file.truncate(file.size // (bases[1] - bases[0]))
    log.open()
    assert (log.log.segment_bases, log.log.log_end_offset) == ([0], 1)


def test_a_gap_behind_a_segment_of_a_compacted_log_is_not(log: LogHarness) -> None:
    filled(log)
    log.configure(LogConfig(segment_bytes=2048, compact=True))
    bases = log.log.segment_bases
    log.directories.abandon()
    for name in names(log, ".snapshot"):
        log.files.remove(f"{log.partition_path}/{name}")
    file = log.files.open(f"{log.partition_path}/{0:020d}.log")
    file.truncate(file.size // (bases[1] - bases[0]))
    log.open()
    assert log.log.segment_bases == bases
    assert [record.offset for record in log.read_all()] == [0, *range(bases[1], 32)]


def test_a_segment_keeps_the_largest_time_over_a_restart(log: LogHarness) -> None:
    log.append(b"x", timestamp=NOW_MS + 1000)
    log.append(b"y")
    log.reopen()
    log.append(b"z")
    latest = log.log.offset_of_max_timestamp()
    assert latest is not None
    assert (latest.offset, latest.timestamp) == (0, NOW_MS + 1000)
