"""Days in the life of a log that power failures cut short, and what must be true afterwards."""

from collections import defaultdict

from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.segment_recovery import batches_of
from tests.storage.log_harness import LogHarness

CONFIG = LogConfig(segment_bytes=900, index_interval_bytes=150, retention_ms=-1, file_delete_delay_ms=0)
DELETION = LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION


class Day:
    """What a writer does, and what it knows: which values were ever at an offset, and what is promised to
    stay.
    """

    def __init__(self, files: MemoryFiles, config: LogConfig = CONFIG) -> None:
        self.files = files
        self.config = config
        self.present: dict[int, bytes] = {}
        self.ever: dict[int, set[bytes]] = defaultdict(set)
        self.promised: dict[int, bytes] = {}
        self.sequence = 0
        self.transactions = 0
        self.log: LogHarness | None = None

    def begin(self) -> LogHarness:
        self.log = LogHarness(self.files, "/data", self.config)
        return self.log

    def append(self, batches: int) -> None:
        for _ in range(batches):
            value = f"value {self.sequence} {len(self.ever)}".encode().ljust(40)
            self.will_write(value)
            self.harness.append(value, producer_id=1, sequence=self.sequence)
            self.sequence += 1

    def transaction(self, *, committed: bool) -> None:
        self.transactions += 1
        epoch = self.transactions
        for number in range(2):
            value = f"transaction {epoch} {number}".encode()
            self.will_write(value)
            self.harness.append(
                value, producer_id=2, producer_epoch=epoch, sequence=number, transactional=True
            )
        self.will_write(b"")
        self.harness.end_transaction(2, committed=committed, producer_epoch=epoch)

    def will_write(self, value: bytes) -> None:
        offset = self.harness.log.log_end_offset
        self.present[offset] = value
        self.ever[offset].add(value)

    def flush(self) -> None:
        self.harness.log.flush()
        self.promise(self.harness.log.recovery_point)

    def remove_old(self) -> None:
        start = self.harness.log.log_start_offset
        self.present = {offset: value for offset, value in self.present.items() if offset >= start}
        self.promised = {offset: value for offset, value in self.promised.items() if offset >= start}
        self.harness.log.delete_old_segments(self.harness.log.log_end_offset, self.harness.now_ms)
        job = self.harness.directories.removal_job(self.harness.now_ms)
        if job is not None:
            job()

    def truncate(self, offset: int) -> None:
        self.promised = {at: value for at, value in self.promised.items() if at < offset}
        self.harness.log.truncate_to(offset, self.harness.now_ms)
        self.present = {at: value for at, value in self.present.items() if at < offset}
        self.find_sequence()

    def restart(self, *, cleanly: bool) -> None:
        if cleanly:
            self.harness.close()
            self.promise(self.harness.log.log_end_offset)
        else:
            self.harness.directories.abandon()
        self.harness.open()
        self.find_sequence()

    def find_sequence(self) -> None:
        """Go on where the log believes its producer to be."""
        entry = self.harness.log.producers.producers.get(1)
        self.sequence = 0 if entry is None else entry.last_sequence + 1

    def promise(self, end_offset: int) -> None:
        self.promised.update({offset: value for offset, value in self.present.items() if offset < end_offset})

    @property
    def harness(self) -> LogHarness:
        assert self.log is not None
        return self.log


def fresh_files() -> MemoryFiles:
    files = MemoryFiles()
    files.make_directory("/data")
    files.sync_directory("/")
    files.calls = 0
    return files


def verify(day: Day, after: str, *, knows_producers: bool = True) -> None:
    """The machine is up again: start, compare with what the day knows, go on, stop, and check the files.

    Where the log start has moved, what producers did below it may be forgotten or remembered again.
    """
    log = LogHarness(day.files, "/data", day.config)
    found = {record.offset: record.value or b"" for record in log.read_all()}
    start, end = log.log.log_start_offset, log.log.log_end_offset
    assert sorted(found) == list(range(start, end)), after
    for offset, value in found.items():
        assert value in day.ever[offset], f"{after}: {value!r} was never at offset {offset}"
    for offset, value in day.promised.items():
        assert found.get(offset) == value, f"{after}: offset {offset} was promised to stay {value!r}"
    if knows_producers:
        assert_producers_are_a_replay(log)
    log.append(b"after the crash", producer_id=3)
    assert log.read_all(end)[-1].value == b"after the crash"
    log.close()
    assert log.check() == [], after


def assert_producers_are_a_replay(log: LogHarness) -> None:
    """What the log believes of its producers follows from its batches, as far as those are still there."""
    replayed = ProducerStates("topic-0")
    for base in log.log.segment_bases:
        for _, header, batch in batches_of(log.files.open(f"{log.partition_path}/{base:020d}.log")):
            if header.last_offset >= log.log.log_start_offset:
                replayed.replay(header, batch)
    for producer_id, expected in replayed.producers.items():
        entry = log.log.producers.producers[producer_id]
        assert (entry.epoch, entry.last_sequence) == (expected.epoch, expected.last_sequence)
        assert entry.batches[-1:] == expected.batches[-1:]
        assert entry.transaction_first_offset == expected.transaction_first_offset
