"""The work of compacting one log: it reads closed segments and writes new ones beside them, named `.cleaned`.

First the part that is dirty is read, to learn the last offset of every key; then every segment from the start
of the log is copied, group by group, without the records that a later one replaces. Nothing but new files is
changed here, so this runs in a thread or in another process; what is finished is installed on the event loop
(`Log.install_compacted`). Source: Kafka's `Cleaner`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, check_crc, raw_records_of, read_header
from kafkapy.storage.compaction_filter import BatchFilter
from kafkapy.storage.compaction_plan import CompactionPass, SegmentSizes, group_segments
from kafkapy.storage.compaction_transactions import PassedTransactions
from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import CLEANED, LOG, OFFSET_INDEX, SEGMENT_FILES, TIME_INDEX, file_name
from kafkapy.storage.offset_map import OffsetMap
from kafkapy.storage.placement import Placed
from kafkapy.storage.segment import Segment
from kafkapy.storage.segment_recovery import batches_of
from kafkapy.storage.transaction_index import AbortedTransaction

WRITE_BYTES = 1024 * 1024

Progress: TypeAlias = Callable[[int], object]
"""Told of every so many bytes read or written; may take its time, or raise to end the pass."""


class CompactedGroup(NamedTuple):
    """The segments of these base offsets give way to the `.cleaned` one of the first, which is on disk."""

    base_offsets: tuple[int, ...]


class PassEnd(NamedTuple):
    """The pass is over: the log is compacted up to `end_offset` (exclusive)."""

    end_offset: int
    keys: int
    bytes_before: int
    bytes_after: int


Step: TypeAlias = CompactedGroup | PassEnd


def compact(files: FileSystem, plan: CompactionPass, progress: Progress) -> Iterator[Step]:
    """Every group as soon as it is written, and the end.

    Raises OSError, or KafkaError if a batch is damaged. Whoever stops before the end has to remove the
    `.cleaned` files (`discard_compacted`).
    """
    offsets = _map_offsets(files, plan, progress)
    end_offset = offsets.latest_offset + 1
    segments = [_sizes_of(files, plan.path, base) for base in plan.base_offsets if base < end_offset]
    transactions = PassedTransactions(
        _touching(plan.aborted, plan.base_offsets[0], plan.first_uncleanable_offset)
    )
    batch_filter = BatchFilter(plan, offsets, transactions)
    legacy_horizon_ms = _legacy_horizon_ms(files, plan)
    before = after = 0
    for group in group_segments(segments, plan.config, plan.first_uncleanable_offset):
        cleaned = _begin(files, plan, group[0].base_offset)
        transactions.keep_aborted = cleaned.transaction_index.append
        for sizes in group:
            source = Segment(files, plan.path, sizes.base_offset, plan.now_ms)
            modified_ms = files.modified_ms(source.log.path)
            batch_filter.keeps_old_tombstones = modified_ms > legacy_horizon_ms
            _copy(source, cleaned, batch_filter, plan, progress)
            source.abandon()
            before += sizes.log_bytes
        _finish(files, cleaned, modified_ms)
        after += cleaned.size_bytes
        yield CompactedGroup(tuple(sizes.base_offset for sizes in group))
    yield PassEnd(end_offset, offsets.size, before, after)


def discard_compacted(files: FileSystem, path: str) -> None:
    """Remove what a pass that did not come to its end has left. Raises OSError."""
    for name in files.list(path):
        if name.endswith(CLEANED):
            files.remove(f"{path}/{name}")


def _map_offsets(files: FileSystem, plan: CompactionPass, progress: Progress) -> OffsetMap:
    """The last offset of every key in the dirty part, or in as much of it as the map can take."""
    start, end = plan.first_dirty_offset, plan.first_uncleanable_offset
    following = [*plan.base_offsets[1:], end]
    dirty = [
        (Segment(files, plan.path, base, plan.now_ms), next_base)
        for base, next_base in zip(plan.base_offsets, following, strict=True)
        if next_base > start
    ]
    bounds = plan.bounds
    offsets = OffsetMap(bounds.map_bytes, bounds.load_factor, _most_records(dirty))
    transactions = PassedTransactions(_touching(plan.aborted, start, end))
    for segment, next_base in dirty:
        is_full = _map_segment(segment, offsets, transactions, plan, progress)
        segment.abandon()
        if is_full:
            break
        offsets.latest_offset = max(offsets.latest_offset, next_base - 1)
    return offsets


def _map_segment(
    segment: Segment,
    offsets: OffsetMap,
    transactions: PassedTransactions,
    plan: CompactionPass,
    progress: Progress,
) -> bool:
    """Adds a segment's keys; True if the map was full before its end."""
    start = plan.first_dirty_offset
    for header, batch in _batches(segment, segment.offset_index.position_before(start), plan, progress):
        if header.is_control:
            transactions.is_superfluous(header, batch)
        elif not transactions.is_aborted(header):
            for record in raw_records_of(batch, 0, header):
                if record.key is not None and record.offset >= start:
                    if offsets.is_full:
                        return True
                    offsets.put(record.key, record.offset)
        if header.last_offset >= start:
            offsets.latest_offset = max(offsets.latest_offset, header.last_offset)
    return False


def _most_records(dirty: Sequence[tuple[Segment, int]]) -> int:
    """An upper bound of the keys that will come: every record has an offset of its own."""
    return sum(next_base - segment.base_offset for segment, next_base in dirty)


def _copy(
    source: Segment, cleaned: Segment, batch_filter: BatchFilter, plan: CompactionPass, progress: Progress
) -> None:
    """Append what stays of a segment."""
    buffer = bytearray()
    placed: list[Placed] = []

    def write() -> None:
        cleaned.append(buffer, placed, plan.config.index_interval_bytes)
        progress(len(buffer))
        buffer.clear()
        placed.clear()

    for header, batch in _batches(source, 0, plan, progress):
        left = batch_filter.apply(header, batch)
        if left is None:
            continue
        written = header if left is batch else read_header(left)
        placed.append(Placed(written.last_offset, written.max_timestamp, len(left)))
        buffer += left
        if len(buffer) >= WRITE_BYTES:
            write()
    if buffer:
        write()


def _batches(
    segment: Segment, position: int, plan: CompactionPass, progress: Progress
) -> Iterator[tuple[BatchHeader, memoryview]]:
    """The batches of a closed segment. Raises KafkaError(CORRUPT_MESSAGE) if one is damaged."""
    unreported, end, next_offset = 0, position, segment.base_offset
    for _, header, batch in batches_of(segment.log, position, plan.bounds.read_bytes):
        if header.base_offset < next_offset or not check_crc(batch, 0, header):
            break
        yield header, batch
        next_offset = header.next_offset
        end += header.size_bytes
        unreported += header.size_bytes
        if unreported >= plan.bounds.read_bytes:
            progress(unreported)
            unreported = 0
    progress(unreported)
    if end != segment.size_bytes:
        raise KafkaError(ErrorCode.CORRUPT_MESSAGE, f"the batch at {end} of {segment.log.path} is damaged")


def _begin(files: FileSystem, plan: CompactionPass, base_offset: int) -> Segment:
    """An empty `.cleaned` segment; whatever of that name was there is gone."""
    for suffix in SEGMENT_FILES:
        files.remove(f"{plan.path}/{file_name(base_offset, suffix)}{CLEANED}")
    files.open(f"{plan.path}/{file_name(base_offset, LOG)}{CLEANED}", create=True)
    cleaned = Segment(files, plan.path, base_offset, plan.now_ms, CLEANED)
    cleaned.offset_index.entries.create()
    cleaned.time_index.entries.create()
    return cleaned


def _finish(files: FileSystem, cleaned: Segment, modified_ms: int) -> None:
    """A whole segment, on disk, as old as the last one that went into it."""
    cleaned.seal()
    for file in cleaned.open_files():
        file.sync()
    for suffix in SEGMENT_FILES:
        path = f"{cleaned.path_of(suffix)}{CLEANED}"
        if files.exists(path):
            files.set_modified_ms(path, modified_ms)
    cleaned.close()


def _sizes_of(files: FileSystem, path: str, base_offset: int) -> SegmentSizes:
    log, offset_index, time_index = (
        files.size(f"{path}/{file_name(base_offset, suffix)}") for suffix in (LOG, OFFSET_INDEX, TIME_INDEX)
    )
    return SegmentSizes(base_offset, log, offset_index, time_index)


def _legacy_horizon_ms(files: FileSystem, plan: CompactionPass) -> int:
    """Tombstones of old formats go from segments that were last changed before this."""
    clean = [base for base in plan.base_offsets if base < plan.first_dirty_offset]
    if not clean:
        return 0
    modified_ms = files.modified_ms(f"{plan.path}/{file_name(clean[-1], LOG)}")
    return modified_ms - plan.config.delete_retention_ms


def _touching(
    aborted: Sequence[AbortedTransaction], first_offset: int, end_offset: int
) -> list[AbortedTransaction]:
    return [each for each in aborted if each.last_offset >= first_offset and each.first_offset < end_offset]
