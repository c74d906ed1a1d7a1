"""What a compaction pass keeps, and what it leaves on disk."""

from collections.abc import Iterator

import pytest

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import Compression
from kafkapy.storage.compaction import compact
from kafkapy.storage.compaction_plan import MapBounds
from kafkapy.storage.log_compaction import LogCompaction
from tests.storage.compaction_harness import COMPACTED, CompactedLog
from tests.storage.conftest import Place


@pytest.fixture
def log(place: Place) -> Iterator[CompactedLog]:
    harness = CompactedLog(place.files, place.path)
    yield harness
    harness.close()
    assert harness.check() == []


def test_the_last_record_of_each_key_stays_with_its_offset(log: CompactedLog) -> None:
    log.put(("a", "1"), ("b", "1"))
    log.put(("a", "2"), ("c", "1"))
    log.put(("a", "3"))
    end = log.compact()
    assert log.pairs() == [(1, "b", "1"), (3, "c", "1"), (4, "a", "3")]
    assert (end.end_offset, end.keys, log.log.log_end_offset) == (5, 3, 5)


def test_what_the_active_segment_replaces_waits_for_the_next_pass(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.compact()
    log.put(("a", "2"))
    assert log.pairs() == [(0, "a", "1"), (1, "a", "2")]
    log.compact()
    assert log.pairs() == [(1, "a", "2")]


def test_records_without_a_key_go(log: CompactedLog) -> None:
    log.put((None, "1"), ("a", "1"))
    log.compact()
    assert log.pairs() == [(1, "a", "1")]


@pytest.mark.parametrize("compression", list(Compression))
@pytest.mark.parametrize("append_time", [False, True])
def test_a_batch_that_loses_records_keeps_its_offsets_codec_and_times(
    log: CompactedLog, compression: Compression, append_time: bool
) -> None:
    log.put(("a", "1"), ("b", "1"), ("c", "1"), compression=compression, append_time=append_time)
    log.put(("a", "2"), ("c", "2"))
    before = log.headers()[0]
    log.compact()
    after = log.headers()[0]
    assert (after.base_offset, after.last_offset, after.record_count) == (0, 2, 1)
    assert (after.compression, after.is_log_append_time) == (compression, append_time)
    assert after.max_timestamp == (before.max_timestamp if append_time else before.base_timestamp + 1)
    assert log.log.offset_for_timestamp(0) is not None


def test_a_batch_that_keeps_all_is_copied_byte_for_byte(log: CompactedLog) -> None:
    log.put(("a", "1"), ("b", "1"), compression=Compression.GZIP)
    before = log.read_raw(0)
    log.compact()
    assert log.read_raw(0) == before


def test_a_tombstone_stays_for_delete_retention_after_it_was_first_compacted(log: CompactedLog) -> None:
    log.put(("a", "1"), ("b", "1"))
    log.put(("a", None))
    log.put(("c", "1"))
    log.compact(after_ms=1_000_000)
    assert log.pairs() == [(1, "b", "1"), (2, "a", None), (3, "c", "1")]
    horizon = log.headers()[1]
    assert horizon.has_delete_horizon
    assert (horizon.base_timestamp, horizon.max_timestamp) == (log.now_ms + 1000, log.now_ms - 1_000_000)
    log.put(("d", "1"))
    log.compact(after_ms=999)
    assert (2, "a", None) in log.pairs()
    log.put(("e", "1"))
    log.compact(after_ms=1)
    assert [key for _, key, _ in log.pairs()] == ["b", "c", "d", "e"]


def test_the_end_of_the_compacted_part_stays_known(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.put((None, "1"))
    log.compact()
    last = log.headers()[-1]
    assert (last.base_offset, last.record_count, last.size_bytes) == (1, 0, 61)


def test_small_segments_become_one(log: CompactedLog) -> None:
    for number in range(8):
        log.put((f"{number % 2}", "v" * 100))
        log.roll()
    assert len(log.log.segment_bases) == 9
    log.compact()
    assert log.log.segment_bases == [0, 8]
    assert log.pairs() == [(6, "0", "v" * 100), (7, "1", "v" * 100)]
    log.remove_files()
    assert not any(name.endswith((".deleted", ".cleaned", ".swap")) for name in log.file_names)
    assert sum(name.endswith(".log") for name in log.file_names) == 2


def test_a_group_is_no_larger_than_a_segment_may_be(log: CompactedLog) -> None:
    for number in range(8):
        log.put((f"{number}", "v" * 900))
        log.roll()
    log.compact()
    assert log.log.segment_bases == [0, 2, 4, 6, 8]


def test_a_log_is_found_again_as_it_was_compacted(log: CompactedLog) -> None:
    for number in range(30):
        log.put((f"{number % 3}", "v" * 100), producer_id=7, sequence=number)
    log.compact()
    before = log.pairs()
    for cleanly in (True, False):
        log.reopen(cleanly=cleanly)
        assert log.pairs() == before
        assert log.dirt.first_dirty_offset == 30
    log.put(("x", "y"), producer_id=7, sequence=30)
    assert log.log.log_end_offset == 31


def test_a_map_that_is_full_ends_the_pass_early(log: CompactedLog) -> None:
    for number in range(40):
        log.put((f"{number % 20}", f"{number}"))
    log.bounds = MapBounds(map_bytes=240, load_factor=0.9, read_bytes=4096)
    ends = []
    while not ends or ends[-1] < 40:
        ends.append(log.compact().end_offset)
    assert len(ends) > 3
    assert [int(value or "") for _, _, value in log.pairs()] == list(range(20, 40))


def test_the_last_batch_of_a_producer_stays_as_an_empty_one(log: CompactedLog) -> None:
    log.put(("a", "1"), ("b", "1"), producer_id=7, sequence=0)
    log.put(("a", "2"), ("b", "2"), producer_id=7, sequence=2)
    log.put(("a", "3"), ("b", "3"))
    log.compact()
    empty, data = log.headers()
    assert (empty.producer_id, empty.last_sequence, empty.record_count, empty.last_offset) == (7, 3, 0, 3)
    assert data.base_offset == 4
    log.now_ms += log.config.producer_id_expiration_ms + 1
    log.log.expire_producers(log.now_ms)
    log.put(("c", "1"))
    log.compact()
    assert [header.base_offset for header in log.headers()] == [4, 6]


def test_an_aborted_transaction_goes_first_its_records_then_its_marker(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.put(("a", "aborted"), producer_id=7, transactional=True)
    log.end_transaction(7, committed=False)
    log.put(("b", "1"), producer_id=7, sequence=1, transactional=True)
    log.end_transaction(7, committed=True)
    log.put(("c", "1"))
    log.compact()
    assert log.pairs() == [(0, "a", "1"), (3, "b", "1"), (5, "c", "1")]
    assert [header.base_offset for header in log.headers() if header.is_control] == [2, 4]
    assert [entry.first_offset for entry in log.log.aborted_transactions(0, 5)] == [1]
    log.put(("d", "1"))
    log.compact()
    marker = next(header for header in log.headers() if header.is_control)
    assert (marker.base_offset, marker.has_delete_horizon) == (2, True)
    assert log.log.aborted_transactions(0, 5) == []
    log.put(("e", "1"))
    log.compact(after_ms=1000)
    assert [header.base_offset for header in log.headers() if header.is_control] == [4]


def test_nothing_is_compacted_from_an_open_transaction_on(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.put(("a", "2"))
    log.roll()
    log.put(("b", "1"), producer_id=7, transactional=True)
    log.put(("a", "3"))
    end = log.compact()
    assert end.end_offset == 2
    assert log.pairs() == [(1, "a", "2"), (2, "b", "1"), (3, "a", "3")]


def test_a_damaged_batch_ends_the_pass(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.put(("a", "2"))
    log.roll()
    file = log.files.open(f"{log.partition_path}/{0:020}.log")
    good = file.read(64, 1)
    file.write_at(64, bytes([good[0] ^ 1]))
    compaction = LogCompaction(log.log, log.dirt, log.bounds, log.now_ms)
    with pytest.raises(KafkaError, match="damaged"):
        list(compact(log.files, compaction.plan, lambda _: None))
    compaction.discard(log.files)
    file.write_at(64, good)


def test_a_log_that_changed_meanwhile_is_left_alone(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.put(("a", "2"))
    log.roll()
    log.put(("a", "3"))
    compaction = LogCompaction(log.log, log.dirt, log.bounds, log.now_ms)
    group = next(compact(log.files, compaction.plan, lambda _: None))
    log.log.truncate_to(1, log.now_ms)
    assert not compaction.install(group, log.now_ms)  # type: ignore[arg-type]
    compaction.discard(log.files)
    assert log.pairs() == [(0, "a", "1")]


def test_the_pass_can_be_ended_from_outside(log: CompactedLog) -> None:
    log.put(("a", "1"))
    log.roll()
    compaction = LogCompaction(log.log, log.dirt, log.bounds, log.now_ms)

    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(compact(log.files, compaction.plan, stop))


def test_an_emptied_segment_in_the_middle_is_no_sign_of_a_torn_log(log: CompactedLog) -> None:
    """Unflushed segments are read again after a crash; a segment without batches is as it should be."""
    log.configure(COMPACTED)
    log.put(("a", "v" * 1500))
    log.roll()
    log.put((None, "v" * 1500))
    log.roll()
    log.put(("b", "v" * 1500))
    log.compact()
    assert log.log.segment_bases == [0, 1, 2, 3]
    log.reopen(cleanly=False)
    assert [key for _, key, _ in log.pairs()] == ["a", "b"]
