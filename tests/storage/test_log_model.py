"""A log behaves like a list of records, whatever is done to it in whatever order (Hypothesis)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.compression import Compression
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.timestamps import TimestampAndOffset
from tests.storage.log_harness import NOW_MS, LogHarness, Read

DELETION = LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION
SIZES = st.integers(0, 300)


class LogIsAList(RuleBasedStateMachine):
    """The model: values and timestamps by offset, the log's bounds, and where batches begin."""

    @initialize(segment_bytes=st.sampled_from([700, 1500, 100_000]), interval=st.sampled_from([0, 100, 4096]))
    def begin(self, segment_bytes: int, interval: int) -> None:
        files = MemoryFiles()
        files.make_directory("/data")
        config = LogConfig(segment_bytes=segment_bytes, index_interval_bytes=interval, retention_ms=-1)
        self.log = LogHarness(files, "/data", config)
        self.records: dict[int, tuple[bytes, int]] = {}
        self.batch_starts: list[int] = []
        self.start = self.end = 0
        self.sequence = 0

    @rule(
        sizes=st.lists(SIZES, min_size=1, max_size=4),
        times=st.lists(st.integers(-50, 50), min_size=4, max_size=4),
        compression=st.sampled_from([Compression.NONE, Compression.GZIP]),
    )
    def append(self, sizes: list[int], times: list[int], compression: Compression) -> None:
        values = [f"{self.end + number}:".encode() + b"v" * size for number, size in enumerate(sizes)]
        timestamps = [NOW_MS + time for time in times[: len(values)]]
        if sum(map(len, values)) + 200 > self.log.config.segment_bytes:
            return
        info = self.log.append(*values, timestamps=timestamps, compression=compression)
        assert (info.first_offset, info.last_offset) == (self.end, self.end + len(values) - 1)
        self.batch_starts.append(self.end)
        for value, timestamp in zip(values, timestamps, strict=True):
            self.records[self.end] = (value, timestamp)
            self.end += 1

    @rule(size=SIZES)
    def append_idempotent(self, size: int) -> None:
        value = f"{self.end}:".encode() + b"i" * size
        self.log.append(value, producer_id=5, sequence=self.sequence)
        again = self.log.append(value, producer_id=5, sequence=self.sequence)
        assert (again.duplicate, again.first_offset) == (True, self.end)
        self.sequence += 1
        self.batch_starts.append(self.end)
        self.records[self.end] = (value, NOW_MS)
        self.end += 1

    @rule()
    def new_leader_epoch(self) -> None:
        self.log.epoch += 1
        self.log.log.assign_leader_epoch(self.log.epoch)

    @rule()
    def roll(self) -> None:
        self.log.log.roll(NOW_MS)

    @rule(cleanly=st.booleans())
    def restart(self, cleanly: bool) -> None:
        """An unclean stop may forget that records were deleted, and so remember what their producer did."""
        self.log.reopen(cleanly=cleanly)
        if not cleanly:
            assert self.log.log.log_start_offset <= self.start
            self.start = self.log.log.log_start_offset
            self.find_sequence()

    @rule(part=st.floats(0, 1))
    def truncate(self, part: float) -> None:
        """At the start of a batch, as a leader's epochs tell a follower."""
        candidates = [start for start in self.batch_starts if start >= self.start]
        if not candidates:
            return
        offset = candidates[int(part * (len(candidates) - 1))]
        self.log.log.truncate_to(offset, NOW_MS)
        self.end = offset
        self.records = {at: record for at, record in self.records.items() if at < offset}
        self.batch_starts = [start for start in self.batch_starts if start < offset]
        self.find_sequence()

    def find_sequence(self) -> None:
        entry = self.log.log.producers.producers.get(5)
        self.sequence = 0 if entry is None else entry.last_sequence + 1

    @rule(part=st.floats(0, 1))
    def delete_before(self, part: float) -> None:
        offset = self.start + int(part * (self.end - self.start))
        self.log.log.delete_records_before(offset, DELETION)
        self.start = max(self.start, offset)

    @rule()
    def apply_retention(self) -> None:
        self.log.log.delete_old_segments(self.end, NOW_MS)
        assert self.log.log.log_start_offset == self.start

    @rule()
    def write_checkpoints(self) -> None:
        self.log.directories.checkpoint_job()()

    @rule(part=st.floats(0, 1), max_bytes=st.integers(0, 2000), bound=st.floats(0, 1))
    def read(self, part: float, max_bytes: int, bound: float) -> None:
        """Whole batches, from the one that holds the offset on, as far as size, bound and segment allow."""
        offset = self.start + int(part * (self.end - self.start))
        starts = [*self.batch_starts, self.end]
        up_to = starts[int(bound * (len(starts) - 1))]
        data = self.log.log.read(offset, max_bytes=max_bytes, up_to=up_to, at_least_one_batch=True)
        if offset >= up_to:
            assert data.records == b""
            return
        assert data.first_offset == max(start for start in self.batch_starts if start <= offset)
        whole = self.log.read_raw(offset, 1 << 20)
        assert whole.startswith(bytes(data.records))
        assert len(data.records) <= max(max_bytes, len(self.log.read_raw(offset, 1)))

    @rule(time=st.integers(-60, 60))
    def find_time(self, time: int) -> None:
        matching = [
            TimestampAndOffset(timestamp, offset, -1)
            for offset, (_, timestamp) in sorted(self.records.items())
            if offset >= self.start and timestamp >= NOW_MS + time
        ]
        found = self.log.log.offset_for_timestamp(NOW_MS + time)
        assert (found and found[:2]) == (matching[0][:2] if matching else None)

    @rule()
    def find_latest_time(self) -> None:
        times = {offset: time for offset, (_, time) in self.records.items() if offset >= self.start}
        latest = max(times.values(), default=None)
        first = min((offset for offset, time in times.items() if time == latest), default=None)
        found = self.log.log.offset_of_max_timestamp()
        assert (found and found[:2]) == (None if first is None else (latest, first))

    @invariant()
    def bounds_are_those_of_the_model(self) -> None:
        assert (self.log.log.log_start_offset, self.log.log.log_end_offset) == (self.start, self.end)
        assert self.log.log.recovery_point <= self.end

    def teardown(self) -> None:
        if not hasattr(self, "log"):
            return
        expected = [Read(offset, self.records[offset][0]) for offset in range(self.start, self.end)]
        assert self.log.read_all() == expected
        assert self.log.read_all(max_bytes=100) == expected
        for offset in (self.start - 1, self.end + 1):
            with pytest.raises(KafkaError, match="OFFSET_OUT_OF_RANGE"):
                self.log.read_raw(offset)
        self.log.close()
        assert self.log.check() == []
        self.log.open()
        assert self.log.read_all() == expected
        self.log.close()


TestLogIsAList: Any = LogIsAList.TestCase
TestLogIsAList.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
