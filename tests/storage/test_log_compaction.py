"""Compaction keeps what a table of the records would hold, whatever was written, and survives any crash."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kafkapy.records.compression import Compression
from kafkapy.storage.compaction_plan import MapBounds
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from tests.storage.compaction_harness import COMPACTED, CompactedLog, Kept, last_of_each

KEYS = st.sampled_from(["a", "b", "c", "d", None])
VALUES = st.one_of(st.none(), st.text("xyz", max_size=60))
WRITES = st.one_of(
    st.tuples(
        st.just("put"),
        st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=4),
        st.sampled_from([Compression.NONE, Compression.GZIP]),
        st.booleans(),
    ),
    st.tuples(
        st.just("transaction"), st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=3), st.booleans()
    ),
    st.tuples(st.just("roll")),
    st.tuples(st.just("compact"), st.sampled_from([0, 999, 5000]), st.sampled_from([120, 1 << 20])),
    st.tuples(st.just("restart"), st.booleans()),
)


def new_log(config_bytes: int = 700) -> CompactedLog:
    files = MemoryFiles()
    files.make_directory("/data")
    files.sync_directory("/")
    return CompactedLog(files, "/data", replace(COMPACTED, segment_bytes=config_bytes))


class Writer:
    """Writes to a log, and to a dictionary: what readers of committed records ought to find."""

    def __init__(self, log: CompactedLog) -> None:
        self.log = log
        self.sequence = 0
        self.table: dict[str, tuple[int, str]] = {}
        self.written: dict[int, tuple[str | None, str | None]] = {}

    def put(self, pairs: list[tuple[str | None, str | None]], compression: Compression, known: bool) -> None:
        producer = {"producer_id": 5, "sequence": self.sequence} if known else {}
        first = self.log.put(*pairs, compression=compression, **producer)  # type: ignore[arg-type]
        self.sequence += len(pairs) if known else 0
        self.take(first, pairs)

    def transaction(self, pairs: list[tuple[str | None, str | None]], committed: bool) -> None:
        entry = self.log.log.producers.producers.get(6)
        sequence = 0 if entry is None else entry.next_sequence
        first = self.log.put(*pairs, producer_id=6, sequence=sequence, transactional=True)
        self.log.end_transaction(6, committed=committed)
        if committed:
            self.take(first, pairs)

    def take(self, first: int, pairs: list[tuple[str | None, str | None]]) -> None:
        for offset, (key, value) in enumerate(pairs, first):
            self.written[offset] = (key, value)
            if key is None:
                continue
            if value is None:
                self.table.pop(key, None)
            else:
                self.table[key] = (offset, value)

    def roll(self) -> None:
        self.log.roll()

    def compact(self, after_ms: int, map_bytes: int) -> None:
        self.log.bounds = MapBounds(map_bytes, 0.9, 100)
        if self.log.log.log_end_offset:
            self.roll()
            if self.log.dirt.cleanable_bytes:
                self.log.compact(after_ms=after_ms)

    def restart(self, cleanly: bool) -> None:
        self.log.reopen(cleanly=cleanly)

    def verify(self) -> None:
        aborted = self.log.log.aborted_transactions(0, self.log.log.log_end_offset)
        kept: list[Kept] = []
        for header, records in self.log.batches():
            is_aborted = header.is_transactional and any(
                each.producer_id == header.producer_id
                and each.first_offset <= header.base_offset < each.last_offset
                for each in aborted
            )
            kept += [] if is_aborted else records
        offsets = {key: offset for offset, key, _ in kept}
        table = last_of_each([record for record in kept if record.key is not None])
        assert {
            key.decode(): (offsets[key], value.decode()) for key, value in table.items() if key is not None
        } == self.table
        for offset, key, value in kept:
            written = self.written[offset]
            assert (key and key.decode(), value and value.decode()) == (written[0], written[1] or value)
            assert (value is None) == (written[1] is None)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(WRITES, max_size=25))
def test_a_compacted_log_holds_the_same_table(writes: list[tuple[object, ...]]) -> None:
    writer = Writer(new_log())
    for name, *arguments in writes:
        getattr(writer, str(name))(*arguments)
        writer.verify()
    writer.compact(0, 1 << 20)
    writer.compact(0, 1 << 20)
    writer.verify()
    kept = [key for _, key, _ in writer.log.pairs() if key]
    assert len(kept) == len(set(kept)), "two passes leave one record of each key below the active segment"
    writer.log.close()
    assert writer.log.check() == []


class Day:
    """What was in the log when it was last synced: what the keys that nobody has touched since must hold."""

    def __init__(self, files: MemoryFiles) -> None:
        self.files = files
        self.promised: dict[bytes | None, bytes] = {}

    def run(self) -> None:
        day(CompactedLog(self.files, "/data", CONFIG), self.promise)

    def promise(self, log: CompactedLog) -> None:
        log.log.flush()
        table = last_of_each(log.kept())
        self.promised = {key: value for key, value in table.items() if key not in (b"0", b"1")}


CONFIG = replace(COMPACTED, segment_bytes=400)


def day(log: CompactedLog, flush: Callable[[CompactedLog], None]) -> None:
    """Segments that shrink, become one and empty; transactions; passes and what comes between."""
    for number in range(12):
        log.put((f"{number % 3}", f"{number}" * 20), producer_id=5, sequence=number)
        if number % 2:
            log.roll()
    log.put(("0", "aborted"), producer_id=6, transactional=True)
    log.end_transaction(6, committed=False)
    flush(log)
    log.compact()
    log.remove_files()
    log.put(("3", "new"), ("0", None), producer_id=5, sequence=12)
    flush(log)
    log.compact(after_ms=5000)
    log.remove_files()
    log.directories.checkpoint_job()()
    log.put(("1", "last"))
    log.compact(after_ms=5000)
    log.close()


def with_cut(call: int | None) -> MemoryFiles:
    files = MemoryFiles()
    files.make_directory("/data")
    files.sync_directory("/")
    files.calls = 0
    files.cut_at = call
    return files


def lose_everything(files: MemoryFiles, _: int) -> None:
    files.crash()


def lose_something(files: MemoryFiles, call: int) -> None:
    files.crash(Random(call))


def lose_nothing(files: MemoryFiles, _: int) -> None:
    files.kill()


@pytest.mark.parametrize("come_back", [lose_everything, lose_something, lose_nothing])
def test_a_cut_at_any_call_of_a_compaction_loses_no_key(
    come_back: Callable[[MemoryFiles, int], None],
) -> None:
    files = with_cut(None)
    Day(files).run()
    for call in range(1, files.calls + 1):
        files = with_cut(call)
        day = Day(files)
        with pytest.raises(PowerCut):
            day.run()
        come_back(files, call)
        log = CompactedLog(files, "/data", CONFIG)
        held = last_of_each(log.kept())
        assert {key: held.get(key) for key in day.promised} == day.promised, f"cut at call {call}"
        log.put(("x", "y"))
        log.compact()
        assert last_of_each(log.kept())[b"x"] == b"y"
        log.close()
        assert log.check() == [], f"cut at call {call}"


def test_a_day_without_a_cut_leaves_the_last_of_each_key() -> None:
    files = with_cut(None)
    Day(files).run()
    log = CompactedLog(files, "/data", CONFIG)
    assert last_of_each(log.kept()) == {b"1": b"last", b"2": b"11" * 20, b"3": b"new"}
    assert [key for _, key, _ in log.pairs()] == ["2", "3", "1"]
    log.close()
    assert log.check() == []
