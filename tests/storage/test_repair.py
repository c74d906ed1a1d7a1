"""Whatever is damaged: after a repair the check finds nothing, a broker starts, and what stood before the
damage is as it was.
"""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.storage.check import check
from kafkapy.storage.checkpoints import LOG_START_OFFSETS, parse_offsets
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.repair import hold, repair
from kafkapy.storage.segment_recovery import batches_of
from tests.storage.log_harness import LogHarness

Damage = Callable[[bytes, Random], bytes]
DAMAGES: dict[str, Damage] = {
    "flipped": lambda content, chance: flipped(content, chance.randrange(max(len(content), 1))),
    "cut": lambda content, chance: content[: chance.randrange(len(content) + 1)],
    "empty": lambda content, chance: b"",
    "longer": lambda content, chance: content + chance.randbytes(chance.randrange(1, 200)),
    "zeros": lambda content, chance: bytes(len(content)),
    "noise": lambda content, chance: chance.randbytes(len(content)),
    "twice": lambda content, chance: content * 2,
}


def flipped(content: bytes, position: int) -> bytes:
    return (
        content[:position]
        + bytes(byte ^ 0x55 for byte in content[position : position + 1])
        + content[position + 1 :]
    )


def lived(files: MemoryFiles, *, cleanly: bool = True) -> LogHarness:
    """Several segments, producers, transactions, two epochs, deleted records, every kind of file."""
    log = LogHarness(files, "/data")
    for sequence in range(60):
        log.now_ms += 10
        log.epoch = sequence // 25
        log.append(b"%d" % sequence * 20, producer_id=1, sequence=sequence)
        if sequence % 9 == 0:
            log.append(b"t", producer_id=2, sequence=sequence // 9, transactional=True)
        if sequence % 9 == 4:
            log.end_transaction(2, committed=sequence % 2 == 0)
    log.log.high_watermark_advanced(log.log.log_end_offset)
    log.log.delete_records_before(5, LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION)
    log.directories.checkpoint_job(high_watermarks={("topic", 0): log.log.log_end_offset})()
    if cleanly:
        log.close()
    else:
        log.directories.abandon()
    return log


def repaired(files: FileSystem, path: str) -> list[str]:
    """What was done."""
    done = []
    for action in repair(files, path):
        action.run()
        done.append(action.text)
    return done


def damageable(log: LogHarness) -> list[str]:
    inside = [f"{log.partition_path}/{name}" for name in log.file_names]
    beside = [f"{log.path}/{name}" for name in log.files.list(log.path)]
    kept = ("/meta.properties", "/.lock", "/.kafka_cleanshutdown", "/topic-0")
    return [*inside, *(path for path in beside if not path.endswith(kept))]


def spoil(files: MemoryFiles, path: str, damage: str, chance: Random) -> None:
    if damage == "gone":
        files.remove(path)
    elif damage == "left over":
        files.rename(path, path + chance.choice((".tmp", ".swap", ".cleaned")))
    else:
        files.write(path, DAMAGES[damage](files.read(path), chance))


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 4), st.booleans())
def test_whatever_is_damaged_is_made_sound(chance: Random, count: int, cleanly: bool) -> None:
    files = MemoryFiles()
    log = lived(files, cleanly=cleanly)
    before = batches(log)
    spoiled = chance.sample(damageable(log), count)
    for path in spoiled:
        spoil(files, path, chance.choice([*DAMAGES, "gone", "left over"]), chance)
    repaired(files, log.path)
    assert check(files, log.path) == []
    assert repaired(files, log.path) == [], "once is enough"
    log.open()
    after = batches(log)
    assert log.append(b"goes on").first_offset >= log.log.log_start_offset
    log.close()
    assert check(files, log.path) == []
    if not any(path.endswith(".log") for path in spoiled):
        assert after == before
    rest = iter(before)
    assert all(batch in rest for batch in after), "nothing is invented, and nothing changes places"


def batches(log: LogHarness) -> list[int]:
    """The checksums of all batches."""
    found = []
    for name in log.file_names:
        if name.endswith(".log"):
            file = log.files.open(f"{log.partition_path}/{name}")
            found += [header.crc for _, header, _ in batches_of(file)]
    return found


@pytest.fixture
def stopped(memory_files: MemoryFiles) -> LogHarness:
    return lived(memory_files)


def test_nothing_is_done_to_a_sound_directory(stopped: LogHarness) -> None:
    files = stopped.files
    assert check(files, stopped.path) == []
    before = {name: files.read(f"{stopped.partition_path}/{name}") for name in stopped.file_names}
    assert repaired(files, stopped.path) == []
    assert repaired(files, stopped.partition_path) == []
    assert before == {name: files.read(f"{stopped.partition_path}/{name}") for name in stopped.file_names}


def test_a_log_is_cut_at_its_first_bad_batch_and_it_is_told_what_goes(stopped: LogHarness) -> None:
    bases = [int(name[:20]) for name in stopped.file_names if name.endswith(".log")]
    path = f"{stopped.partition_path}/{bases[1]:020d}.log"
    content = stopped.files.read(path)
    position = len(content) // 2
    stopped.files.write(path, flipped(content, position))
    (cut,) = [text for text in repaired(stopped.files, stopped.path) if " cut at " in text]
    left = stopped.files.read(path)
    assert content.startswith(left)
    assert position - 400 < len(left) <= position
    assert cut.startswith(f"{path}: cut at position {len(left)}: ")
    assert f"{len(bases) - 2} whole segments from offset {bases[2]} on" in cut
    assert [name for name in stopped.file_names if name.endswith(".log")] == [
        f"{base:020d}.log" for base in bases[:2]
    ]


def test_indexes_are_those_that_were_there_before(memory_files: MemoryFiles) -> None:
    """Of the interval that the rebuild takes, which is the default."""
    log = LogHarness(memory_files, "/data")
    log.configure(type(log.config)(segment_bytes=40_000, index_interval_bytes=4096))
    log.fill(600)
    log.append(b"t", producer_id=2, transactional=True)
    log.end_transaction(2, committed=False)
    log.close()
    names = [name for name in log.file_names if name.endswith("index")]
    before = {name: memory_files.read(f"{log.partition_path}/{name}") for name in names}
    for name in names:
        memory_files.write(f"{log.partition_path}/{name}", b"1")
    assert len(repaired(memory_files, log.path)) == 1
    assert before == {name: memory_files.read(f"{log.partition_path}/{name}") for name in names}


def test_a_log_that_ends_before_its_start_begins_anew_there(stopped: LogHarness) -> None:
    first = next(name for name in stopped.file_names if name.endswith(".log"))
    stopped.files.write(f"{stopped.partition_path}/{first}", b"")
    start = parse_offsets(stopped.files.read(f"{stopped.path}/{LOG_START_OFFSETS}"))["topic", 0]
    for name in stopped.file_names:
        if name.endswith(".log") and name != first:
            stopped.files.remove(f"{stopped.partition_path}/{name}")
    assert any(
        text.endswith(f"begin it anew at its log start offset, {start}")
        for text in repaired(stopped.files, stopped.path)
    )
    log = stopped.open()
    assert (log.log_start_offset, log.log_end_offset) == (start, start)
    stopped.close()


def test_producers_are_remembered_when_their_snapshots_are_lost(stopped: LogHarness) -> None:
    for name in stopped.file_names:
        if name.endswith(".snapshot"):
            stopped.files.write(f"{stopped.partition_path}/{name}", b"")
    assert repaired(stopped.files, stopped.path)
    log = stopped.open()
    assert log.producers.producers[1].last_sequence == 59
    stopped.close()


def test_an_identity_that_is_lost_is_nothing_to_invent(stopped: LogHarness) -> None:
    path = f"{stopped.path}/meta.properties"
    stopped.files.write(path, b"?")
    assert repaired(stopped.files, stopped.path) == []
    assert [problem.path for problem in check(stopped.files, stopped.path)] == [path]


def test_a_broker_keeps_repairs_away(memory_files: MemoryFiles) -> None:
    log = LogHarness(memory_files, "/data")
    log.append(b"v")
    for path in (log.path, log.partition_path):
        with pytest.raises(BlockingIOError):
            hold(memory_files, path)
    log.close()
    for path in (log.path, log.partition_path):
        lock = hold(memory_files, path)
        assert lock is not None
        lock.release()


def test_a_partition_that_is_in_no_log_directory_needs_no_lock(stopped: LogHarness) -> None:
    files = stopped.files
    files.make_directory("/copy/topic-0")
    for name in stopped.file_names:
        files.write(f"/copy/topic-0/{name}", files.read(f"{stopped.partition_path}/{name}"))
    assert hold(files, "/copy/topic-0") is None
    assert check(files, "/copy/topic-0") == []
