"""A log to compact: keys and values in, whole passes as the broker makes them, what a reader then sees."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kafkapy.records.batch import BatchHeader, iterate_headers, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.records.compression import Compression
from kafkapy.storage.compaction import CompactedGroup, PassEnd, compact
from kafkapy.storage.compaction_plan import Dirt, MapBounds
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log_compaction import LogCompaction, dirt_of
from kafkapy.storage.log_config import LogConfig
from tests.storage.log_harness import LogHarness

BOUNDS = MapBounds(map_bytes=1 << 20, load_factor=0.9, read_bytes=4096)
COMPACTED = LogConfig(
    segment_bytes=2048,
    index_interval_bytes=200,
    compact=True,
    delete=False,
    delete_retention_ms=1000,
    file_delete_delay_ms=0,
)


class Kept(NamedTuple):
    """A record that a reader finds."""

    offset: int
    key: bytes | None
    value: bytes | None


class CompactedLog(LogHarness):
    """Compacts when told to."""

    def __init__(self, files: FileSystem, path: str, config: LogConfig = COMPACTED) -> None:
        super().__init__(files, path, config)
        self.bounds = BOUNDS

    def put(
        self,
        *pairs: tuple[str | None, str | None],
        compression: Compression = Compression.NONE,
        producer_id: int = -1,
        producer_epoch: int = 0,
        sequence: int = 0,
        transactional: bool = False,
        append_time: bool = False,
    ) -> int:
        """One batch of keys and values; the offset of the first."""
        records = [
            NewRecord(_bytes(key), _bytes(value), self.now_ms + index)
            for index, (key, value) in enumerate(pairs)
        ]
        has_producer = producer_id >= 0
        batch = build_batch(
            records,
            compression=compression,
            producer_id=producer_id,
            producer_epoch=producer_epoch if has_producer else -1,
            base_sequence=sequence if has_producer else -1,
            transactional=transactional,
            log_append_time_ms=self.now_ms if append_time else None,
        )
        return self.append_batch(batch).first_offset

    def roll(self) -> None:
        """Everything so far is committed, and its segment closed."""
        self.log.high_watermark_advanced(self.log.log_end_offset)
        self.log.roll(self.now_ms)

    @property
    def dirt(self) -> Dirt:
        directory = self.directories.directories[0]
        unstable = self.log.first_unstable_offset
        stable = self.log.log_end_offset if unstable is None else unstable
        return dirt_of(self.log, directory.compacted_up_to(self.log), stable, self.now_ms)

    def compact(self, *, after_ms: int = 0) -> PassEnd:
        """A whole pass, `after_ms` later, over all that is there."""
        self.now_ms += after_ms
        self.roll()
        compaction = LogCompaction(self.log, self.dirt, self.bounds, self.now_ms)
        end: PassEnd | None = None
        for step in compact(self.files, compaction.plan, lambda _: None):
            if isinstance(step, CompactedGroup):
                assert compaction.install(step, self.now_ms)
            else:
                end = step
        assert end is not None
        self.directories.directories[0].compacted_job(self.log, end.end_offset)()
        return end

    def remove_files(self) -> None:
        job = self.directories.removal_job(self.now_ms)
        if job is not None:
            job()

    def batches(self) -> Iterator[tuple[BatchHeader, list[Kept]]]:
        """All that a reader of everything is given."""
        position = self.log.log_start_offset
        while position < self.log.log_end_offset:
            data = self.read_raw(position)
            if not data:
                return
            for at, header in iterate_headers(data):
                records = [] if header.is_control else list(records_of(data, at, header))
                yield header, [Kept(record.offset, record.key, record.value) for record in records]
                position = header.next_offset

    def headers(self) -> list[BatchHeader]:
        return [header for header, _ in self.batches()]

    def kept(self) -> list[Kept]:
        return [record for _, records in self.batches() for record in records]

    def pairs(self) -> list[tuple[int, str, str | None]]:
        """(offset, key, value) of every record, as text."""
        return [
            (offset, (key or b"").decode(), None if value is None else value.decode())
            for offset, key, value in self.kept()
        ]


def last_of_each(records: Sequence[Kept]) -> dict[bytes | None, bytes]:
    """What a table built from the records holds."""
    table: dict[bytes | None, bytes] = {}
    for _, key, value in records:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    return table


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
