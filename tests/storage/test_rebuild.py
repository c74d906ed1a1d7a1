"""Producer state from snapshots and batches."""

from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.rebuild import rebuild_producers
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments
from kafkapy.storage.snapshots import Snapshots
from tests.storage.log_harness import NOW_MS, LogHarness

DAY_MS = 24 * 3600 * 1000


def rebuilt(
    log: LogHarness, *, start: int = 0, up_to: int, now_ms: int = NOW_MS
) -> tuple[ProducerStates, Snapshots]:
    """The state at `up_to`, made anew from the files of a log."""
    segments = Segments()
    for base in log.log.segment_bases:
        segments.add(Segment(log.files, log.partition_path, base, NOW_MS))
    snapshots = Snapshots(log.files, log.partition_path, log.file_names)
    producers = ProducerStates("topic-0")
    rebuild_producers(
        producers,
        snapshots,
        segments,
        log_start_offset=start,
        up_to=up_to,
        now_ms=now_ms,
        expiration_ms=DAY_MS,
    )
    return producers, snapshots


def filled(log: LogHarness) -> LogHarness:
    for sequence in range(40):
        log.append(b"v" * 100, producer_id=1, sequence=sequence)
    return log


def test_the_state_at_any_offset_is_that_of_the_batches_below(log: LogHarness) -> None:
    filled(log)
    for up_to in (40, 31, 17, 1):
        producers, _ = rebuilt(log, up_to=up_to)
        assert producers.producers[1].last_sequence == up_to - 1


def test_nothing_is_known_of_an_empty_range(log: LogHarness) -> None:
    assert rebuilt(filled(log), up_to=0)[0].is_empty


def test_batches_below_the_start_do_not_count(log: LogHarness) -> None:
    log.append(b"v", producer_id=2)
    log.append(b"v", producer_id=1)
    assert set(rebuilt(log, start=1, up_to=2)[0].producers) == {1}


def test_a_snapshot_spares_reading_what_is_below_it(log: LogHarness) -> None:
    filled(log)
    first, second = log.log.segment_bases[:2]
    path = f"{log.partition_path}/{first:020d}.log"
    content = log.files.read(path)
    log.files.open(path).write_at(0, bytes(len(content)))
    producers, _ = rebuilt(log, up_to=second + 1)
    log.files.open(path).write_at(0, content)
    assert producers.producers[1].last_sequence == second


def test_a_damaged_snapshot_goes_and_an_older_one_serves(log: LogHarness) -> None:
    filled(log)
    last = log.log.segment_bases[-1]
    path = f"{log.partition_path}/{last:020d}.snapshot"
    content = log.files.read(path)
    log.files.write(path, content[:-1] + bytes([content[-1] ^ 1]))
    producers, snapshots = rebuilt(log, up_to=40)
    assert producers.producers[1].last_sequence == 39
    assert last not in snapshots.offsets


def test_producers_that_expired_since_the_snapshot_are_left_out(log: LogHarness) -> None:
    filled(log)
    last = log.log.segment_bases[-1]
    assert rebuilt(log, up_to=last, now_ms=NOW_MS + DAY_MS)[0].is_empty
