"""The entries of offset and time indexes, and whether the batches that they point at are what they say.

What is compared is what Apache Kafka's `dump-log` compares.
"""

from bisect import bisect_right
from collections.abc import Iterator
from struct import Struct

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, records_of
from kafkapy.storage import offset_index, time_index
from kafkapy.storage.dump_items import Complaint, Item, OffsetEntry, Remark, TimeEntry
from kafkapy.storage.files import File, FileSystem
from kafkapy.storage.names import LOG, OFFSET_INDEX, TIME_INDEX, offset_of
from kafkapy.storage.segment_recovery import batches_of

MAX_POSITION = 2**31 - 1


def offset_index_items(
    files: FileSystem, path: str, *, sanity_only: bool, verify_only: bool
) -> Iterator[Item]:
    """Its entries. Raises OSError, also if the log file is not there."""
    log = files.open(path.removesuffix(OFFSET_INDEX) + LOG)
    try:
        entries = _entries(files, path, offset_index.ENTRY)
        base_offset = _base_offset(path)
        if not entries:
            yield Remark(f"{path} is empty.")
        elif sanity_only:
            yield _sanity(files, path, offset_index.ENTRY, entries[-1][0] >= 0)
        else:
            mismatches: dict[int, int] = {}
            for number, (relative, position) in enumerate(entries):
                if number and not relative:  # preallocated space of a broker that is running, or has crashed
                    break
                offset = base_offset + relative
                found = next(batches_of(log, position), None)
                if found is None:
                    yield Complaint(f"{path}: there is no batch at position {position}")
                elif found[1].last_offset != offset:
                    mismatches[offset] = found[1].last_offset
                if not verify_only:
                    yield OffsetEntry(offset, position)
            if mismatches:
                yield Complaint(_mismatches(path, mismatches))
    finally:
        log.close()


def time_index_items(files: FileSystem, path: str, *, sanity_only: bool, verify_only: bool) -> Iterator[Item]:
    """Its entries. Raises OSError, also if log file or offset index are not there."""
    stem = path.removesuffix(TIME_INDEX)
    log = files.open(stem + LOG)
    try:
        entries = _entries(files, path, time_index.ENTRY)
        if sanity_only:
            rises = not entries or (entries[-1][1] >= 0 and entries[-1][0] >= entries[0][0])
            yield _sanity(files, path, time_index.ENTRY, rises)
            return
        offsets = [
            entry for entry in _entries(files, stem + OFFSET_INDEX, offset_index.ENTRY) if entry[0] > 0
        ]
        yield from _times(log, path, entries, offsets, verify_only=verify_only)
    finally:
        log.close()


def _times(
    log: File,
    path: str,
    entries: list[tuple[int, int]],
    offsets: list[tuple[int, int]],
    *,
    verify_only: bool,
) -> Iterator[Item]:
    base_offset = _base_offset(path)
    wrong: list[str] = []
    is_wrong = False
    unordered: list[str] = []
    missing: list[str] = []
    before = -1
    for number, (timestamp, relative) in enumerate(entries):
        if number and not relative:
            break
        offset = base_offset + relative
        nearest = bisect_right(offsets, (relative, MAX_POSITION)) - 1
        batch = _batch_reaching(log, offsets[nearest][1] if nearest >= 0 else 0, offset)
        if batch is None or batch[0].last_offset != offset:
            found = -1 if batch is None else batch[0].last_offset
            missing.append(f"\nIndexed offset: {offset}, found log offset: {found}")
        else:
            largest = _largest_timestamp(*batch)
            if largest != timestamp:
                is_wrong |= largest > timestamp  # compaction may have taken the records
                wrong.append(f"\n  Index timestamp: {timestamp}, log timestamp: {largest}")
            if before >= timestamp:
                unordered.append(f"\n  Index timestamp: {timestamp}, Previously indexed timestamp: {before}")
        if not verify_only:
            yield TimeEntry(timestamp, offset)
        before = timestamp
    if wrong:
        yield Complaint(f"Found timestamp mismatch in :{path}{''.join(wrong)}", is_wrong)
    if unordered:
        yield Complaint(f"Found out of order timestamp in :{path}{''.join(unordered)}")
    if missing:
        yield Complaint(f"The following indexed offsets are not found in the log.{''.join(missing)}")


def _batch_reaching(log: File, start: int, offset: int) -> tuple[BatchHeader, memoryview] | None:
    for _, header, batch in batches_of(log, start):
        if header.last_offset >= offset:
            return header, batch
    return None


def _largest_timestamp(header: BatchHeader, batch: memoryview) -> int:
    try:
        return max((record.timestamp for record in records_of(batch, 0, header)), default=-1)
    except KafkaError:
        return -1


def _entries(files: FileSystem, path: str, entry: Struct) -> list[tuple[int, int]]:
    content = files.read(path)
    return list(entry.iter_unpack(content[: len(content) // entry.size * entry.size]))


def _base_offset(path: str) -> int:
    return offset_of(path.rpartition("/")[2]) or 0


def _sanity(files: FileSystem, path: str, entry: Struct, rises: bool) -> Item:
    """What Apache Kafka looks at when it starts."""
    if not rises or files.size(path) % entry.size:
        return Complaint(f"{path} does not pass the sanity check")
    return Remark(f"{path} passed sanity check.")


def _mismatches(path: str, mismatches: dict[int, int]) -> str:
    rows = sorted(mismatches.items(), reverse=True)
    return f"Mismatches in :{path}" + "".join(f"\n  Index offset: {a}, log offset: {b}" for a, b in rows)
