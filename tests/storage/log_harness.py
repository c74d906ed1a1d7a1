"""One log to try things on: short ways to append and read, and to stop and start again, cleanly or not."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from kafkapy.records.batch import iterate_headers, read_header, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.records.control import EndTransactionMarker, end_transaction_batch
from kafkapy.storage.append_info import AppendInfo
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.check import Problem, check
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig

NOW_MS = 1_700_000_000_000
TOPIC_ID = bytes(range(16))
SMALL = LogConfig(segment_bytes=2048, index_interval_bytes=200, segment_ms=1_000_000, flush_ms=1_000_000_000)


class Read(NamedTuple):
    """A record as a reader sees it."""

    offset: int
    value: bytes | None


class LogHarness:
    """The log `topic-0` in the log directory `<path>/logs`."""

    def __init__(self, files: FileSystem, path: str, config: LogConfig = SMALL) -> None:
        self.files = files
        self.path = f"{path}/logs"
        self.config = config
        self.now_ms = NOW_MS
        self.epoch = 0
        self._chance = Random(1)
        self.open()

    @property
    def partition_path(self) -> str:
        return f"{self.path}/topic-0"

    @property
    def file_names(self) -> list[str]:
        return self.files.list(self.partition_path)

    def open(self) -> Log:
        """Start as a broker does."""
        self.directories = LogDirectories.open(
            self.files, [self.path], node_id=1, new_directory_id=lambda: self._chance.randbytes(16)
        )
        self.directories.load_logs(lambda _: self.config, self.now_ms)
        found = self.directories.get("topic", 0)
        self.log = found or self.directories.create_log(
            "topic", 0, topic_id=TOPIC_ID, config=self.config, now_ms=self.now_ms
        )
        return self.log

    def close(self) -> None:
        """Stop as a broker does."""
        self.directories.close({("topic", 0): self.log.log_end_offset}, broker_epoch=7)

    def reopen(self, *, cleanly: bool = True) -> Log:
        """Stop, or just let go of everything, and start again."""
        if cleanly:
            self.close()
        else:
            self.directories.abandon()
        return self.open()

    def configure(self, config: LogConfig) -> None:
        self.config = config
        self.log.update_config(config)

    def append(
        self,
        *values: bytes,
        timestamp: int | None = None,
        timestamps: Sequence[int] | None = None,
        compression: Compression = Compression.NONE,
        producer_id: int = -1,
        producer_epoch: int = 0,
        sequence: int = 0,
        transactional: bool = False,
    ) -> AppendInfo:
        """One batch of a client, a record for every value."""
        times = timestamps or [self.now_ms if timestamp is None else timestamp] * len(values)
        records = [NewRecord(b"key", value, time) for value, time in zip(values, times, strict=True)]
        has_producer = producer_id >= 0
        batch = build_batch(
            records,
            compression=compression,
            producer_id=producer_id,
            producer_epoch=producer_epoch if has_producer else -1,
            base_sequence=sequence if has_producer else -1,
            transactional=transactional,
        )
        return self.append_batch(batch)

    def end_transaction(
        self, producer_id: int, *, committed: bool, producer_epoch: int = 0, coordinator_epoch: int = 0
    ) -> AppendInfo:
        marker = EndTransactionMarker(committed, coordinator_epoch)
        batch = end_transaction_batch(producer_id, producer_epoch, marker, self.now_ms)
        return self.append_batch(batch, AppendOrigin.COORDINATOR)

    def append_batch(self, batch: bytearray, origin: AppendOrigin = AppendOrigin.CLIENT) -> AppendInfo:
        headers = [header for _, header in iterate_headers(batch)]
        return self.log.append(batch, headers, leader_epoch=self.epoch, origin=origin, now_ms=self.now_ms)

    def fill(self, records: int, size_bytes: int = 100) -> None:
        """That many batches of one record."""
        for number in range(records):
            self.append(f"{number}".encode().ljust(size_bytes, b"."))

    def read_raw(
        self, offset: int, max_bytes: int = 1 << 20, *, up_to: int | None = None, whole: bool = True
    ) -> bytes:
        bound = self.log.log_end_offset if up_to is None else up_to
        return bytes(
            self.log.read(offset, max_bytes=max_bytes, up_to=bound, at_least_one_batch=whole).records
        )

    def read_all(self, from_offset: int | None = None, max_bytes: int = 1 << 20) -> list[Read]:
        """Everything from an offset on, fetch by fetch, as a consumer reads it; markers have the value
        None.
        """
        position = self.log.log_start_offset if from_offset is None else from_offset
        found: list[Read] = []
        while position < self.log.log_end_offset:
            data = self.read_raw(position, max_bytes)
            if not data:
                break
            for at, header in iterate_headers(data):
                found.extend(
                    Read(record.offset, None if header.is_control else record.value)
                    for record in records_of(data, at, header)
                    if record.offset >= position
                )
                position = max(position, header.next_offset)
        return found

    def values(self) -> list[bytes | None]:
        return [record.value for record in self.read_all()]

    def check(self) -> list[Problem]:
        """Of a stopped log: what is wrong with its files."""
        return check(self.files, self.path)


def batch_size(batch: bytes) -> int:
    return read_header(batch).size_bytes
