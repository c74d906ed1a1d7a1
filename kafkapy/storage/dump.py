"""What is in the files of a partition, piece by piece: what Apache Kafka's `dump-log` tool reads, and in its
order.

Batches and records of `.log` files and of `.checkpoint` files (the snapshots of the metadata log), entries of
indexes and producer snapshots, and, which the tool does not know, the lines of the small text files. Like the
tool it compares indexes with the batches that they point at; whether all files agree with each other is the
business of `kafkapy.storage.check`. `dump_text.py` and `dump_json.py` print what is found.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kafkapy.protocol.errors import KafkaError
from kafkapy.records import legacy
from kafkapy.records.batch import MAX_BYTES, BatchHeader, check_crc, read_header, records_of
from kafkapy.records.record import Record
from kafkapy.storage.dump_decoders import Decoder, Undecodable, control_part
from kafkapy.storage.dump_indexes import offset_index_items, time_index_items
from kafkapy.storage.dump_items import Batch, Complaint, FileBegins, Item, Line, Remark, ShownRecord
from kafkapy.storage.files import File, FileSystem
from kafkapy.storage.names import (
    LEADER_EPOCHS,
    LOG,
    METADATA_SNAPSHOT,
    OFFSET_INDEX,
    PARTITION_METADATA,
    SNAPSHOT,
    TIME_INDEX,
    TRANSACTION_INDEX,
    offset_of,
)
from kafkapy.storage.producer_snapshot import decode_snapshot
from kafkapy.storage.segment_recovery import batches_of
from kafkapy.storage.transaction_index import read_entries

NO_LIMIT = 2**31 - 1
_TEXTS = (LEADER_EPOCHS, PARTITION_METADATA, "-checkpoint", "quorum-state", "meta.properties")


@dataclass(frozen=True)
class DumpOptions:
    """What to show. `decoder` is for keys and values, which are not shown without one; `max_bytes` ends the
    reading of each log file.
    """

    deep: bool = False
    decoder: Decoder | None = None
    skip_record_metadata: bool = False
    verify_index_only: bool = False
    index_sanity_check: bool = False
    max_bytes: int = NO_LIMIT


def dump(files: FileSystem, path: str, options: DumpOptions) -> Iterator[Item]:
    """What is in one file or, for a directory, in all files in it. Raises OSError."""
    if files.is_directory(path):
        for name in files.list(path):
            if not files.is_directory(f"{path}/{name}"):
                yield from dump(files, f"{path}/{name}", options)
        return
    name = path.rpartition("/")[2]
    yield FileBegins(path, _about(name))
    if name.endswith((LOG, METADATA_SNAPSHOT)):
        yield from _log_items(files, path, options)
    elif name.endswith(OFFSET_INDEX):
        yield from offset_index_items(
            files, path, sanity_only=options.index_sanity_check, verify_only=options.verify_index_only
        )
    elif name.endswith(TIME_INDEX):
        yield from time_index_items(
            files, path, sanity_only=options.index_sanity_check, verify_only=options.verify_index_only
        )
    elif name.endswith((TRANSACTION_INDEX, SNAPSHOT)):
        yield from _entries(files, path, name)
    elif name.endswith(_TEXTS):
        for line in files.read(path).decode(errors="replace").splitlines():
            yield Line(line)
    else:
        yield Complaint(f"Ignoring unknown file {path}", is_wrong=False)


def _about(name: str) -> str | None:
    if name.endswith(LOG):
        return f"Log starting offset: {offset_of(name)}"
    if not name.endswith(METADATA_SNAPSHOT):
        return None
    offset, _, epoch = name.removesuffix(METADATA_SNAPSHOT).partition("-")
    if offset.isdigit() and epoch.isdigit():
        return f"Snapshot end offset: {int(offset)}, epoch: {int(epoch)}"
    return "KRaft bootstrap snapshot"


def _log_items(files: FileSystem, path: str, options: DumpOptions) -> Iterator[Item]:
    log = files.open(path)
    try:
        yield from _batches(log, path, options)
    finally:
        log.close()


def _batches(log: File, path: str, options: DumpOptions) -> Iterator[Item]:
    end, last_offset = 0, -1
    jumps: list[tuple[int, int]] = []
    for position, header, batch in batches_of(log):
        end = position + header.size_bytes
        if end > options.max_bytes:
            break
        try:
            yield Batch(position, header, header.compression.name.lower(), check_crc(batch, 0, header))
            if not options.deep:
                continue
            for item in _records(batch, header, options):
                if item.record.offset != last_offset + 1:
                    jumps.append((last_offset, item.record.offset))
                last_offset = item.record.offset
                yield item
        except (KafkaError, Undecodable) as error:
            detail = error.detail if isinstance(error, KafkaError) else str(error)
            yield Complaint(f"{path}: the records of the batch at position {position}: {detail}")
    yield from _what_follows(log, path, end, options)
    if jumps:
        pairs = "".join(
            f"\n  {before} is followed by {after}" for before, after in sorted(dict(jumps).items())
        )
        yield Complaint(f"Non-consecutive offsets in {path}{pairs}", is_wrong=False)


def _records(batch: memoryview, header: BatchHeader, options: DumpOptions) -> Iterator[ShownRecord]:
    checksums = legacy.checksums_of(batch, 0, header, MAX_BYTES) if header.magic < 2 else None
    for record in records_of(batch, 0, header):
        shown = ShownRecord(
            header,
            record,
            message=next(checksums) if checksums else None,
            has_metadata=not options.skip_record_metadata,
        )
        yield _with_content(shown, record, options)


def _with_content(shown: ShownRecord, record: Record, options: DumpOptions) -> ShownRecord:
    if shown.header.is_control:
        return shown._replace(control=control_part(record)) if shown.has_metadata else shown
    if options.decoder is None:
        return shown
    content = options.decoder(record)
    return shown._replace(key=content.key, payload=content.payload)


def _what_follows(log: File, path: str, end: int, options: DumpOptions) -> Iterator[Item]:
    """Bytes after the last whole batch."""
    if end >= log.size or options.max_bytes != NO_LIMIT:
        return
    yield Remark(f"Found {log.size - end} invalid bytes at the end of {path.rpartition('/')[2]}")
    try:
        read_header(log.read(end, 64))
    except KafkaError as error:
        if log.size - end > 64:
            yield Complaint(f"{path}: no batch at position {end}: {error.detail}")


def _entries(files: FileSystem, path: str, name: str) -> Iterator[Item]:
    try:
        if name.endswith(SNAPSHOT):
            yield from decode_snapshot(files.read(path))
        else:
            yield from read_entries(files, path)
    except ValueError as error:
        yield Complaint(f"{path}: {error}")
