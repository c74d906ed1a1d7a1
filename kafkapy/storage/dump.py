"""What is in the files of a partition, as text, in the words of Apache Kafka's own `dump-log` tool.

Batches and records of `.log` files (and of `.checkpoint` files, the snapshots of the metadata log), entries
of indexes and producer snapshots, the lines of the small text files. Keys and values are shown as UTF-8 text;
records of internal topics are not taken apart. Comparing files with each other is the business of
`kafkapy.storage.check`.
"""

from collections.abc import Iterator

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, check_crc, records_of
from kafkapy.records.control import control_type, end_transaction_marker
from kafkapy.records.header import SEQUENCE_MASK
from kafkapy.records.record import Record
from kafkapy.storage import offset_index, time_index
from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import (
    LEADER_EPOCHS,
    LOG,
    OFFSET_INDEX,
    PARTITION_METADATA,
    SNAPSHOT,
    TIME_INDEX,
    TRANSACTION_INDEX,
    offset_of,
)
from kafkapy.storage.producer_entry import ProducerEntry
from kafkapy.storage.producer_snapshot import decode_snapshot
from kafkapy.storage.segment_recovery import batches_of
from kafkapy.storage.transaction_index import read_entries

METADATA_SNAPSHOT = ".checkpoint"
_TEXTS = (LEADER_EPOCHS, PARTITION_METADATA, "-checkpoint", "quorum-state", "meta.properties")


def dump(files: FileSystem, path: str, *, deep: bool = False, print_data: bool = False) -> Iterator[str]:
    """The lines for one file or, for a directory, for all files in it. Raises OSError.

    `deep` shows the records of every batch, `print_data` their keys and values as well.
    """
    if files.is_directory(path):
        for name in files.list(path):
            if not files.is_directory(f"{path}/{name}"):
                yield from dump(files, f"{path}/{name}", deep=deep, print_data=print_data)
        return
    yield f"Dumping {path}"
    name = path.rpartition("/")[2]
    if name.endswith((LOG, METADATA_SNAPSHOT)):
        yield from _dump_log(files, path, name, deep=deep or print_data, print_data=print_data)
    elif name.endswith((OFFSET_INDEX, TIME_INDEX)):
        yield from _dump_index(files, path, name)
    elif name.endswith(TRANSACTION_INDEX):
        yield from _dump_transactions(files, path)
    elif name.endswith(SNAPSHOT):
        yield from _dump_snapshot(files, path)
    elif name.endswith(_TEXTS):
        yield from files.read(path).decode(errors="replace").splitlines()
    else:
        yield f"Ignoring unknown file {path}"


def _dump_index(files: FileSystem, path: str, name: str) -> Iterator[str]:
    base_offset = offset_of(name) or 0
    content = files.read(path)
    if name.endswith(TIME_INDEX):
        for timestamp, relative in time_index.ENTRY.iter_unpack(_whole(content, time_index.ENTRY.size)):
            yield f"timestamp: {timestamp} offset: {base_offset + relative}"
    else:
        for relative, position in offset_index.ENTRY.iter_unpack(_whole(content, offset_index.ENTRY.size)):
            yield f"offset: {base_offset + relative} position: {position}"


def _whole(content: bytes, entry_bytes: int) -> bytes:
    return content[: len(content) // entry_bytes * entry_bytes]


def _dump_log(files: FileSystem, path: str, name: str, *, deep: bool, print_data: bool) -> Iterator[str]:
    offset, _, epoch = name.removesuffix(METADATA_SNAPSHOT).partition("-")
    if name.endswith(LOG):
        yield f"Log starting offset: {offset_of(name)}"
    elif offset.isdigit() and epoch.isdigit():
        yield f"Snapshot end offset: {int(offset)}, epoch: {int(epoch)}"
    else:
        yield "KRaft bootstrap snapshot"
    log = files.open(path)
    end = 0
    for position, header, batch in batches_of(log):
        yield _batch_line(position, header, batch)
        end = position + header.size_bytes
        if deep:
            try:
                for record in records_of(batch, 0, header):
                    yield _record_line(header, record, print_data=print_data)
            except KafkaError as error:
                yield f"| unreadable records: {error.detail}"
    if end < log.size:
        yield f"Found {log.size - end} invalid bytes at the end of {name}"
    log.close()


def _batch_line(position: int, header: BatchHeader, batch: memoryview) -> str:
    if header.magic < 2:
        what = f"offset: {header.last_offset}"
    else:
        horizon = f"[{header.base_timestamp}]" if header.has_delete_horizon else ".empty"
        what = (
            f"baseOffset: {header.base_offset} lastOffset: {header.last_offset} count: {header.record_count} "
            f"baseSequence: {header.base_sequence} lastSequence: {header.last_sequence} "
            f"producerId: {header.producer_id} producerEpoch: {header.producer_epoch} "
            f"partitionLeaderEpoch: {header.partition_leader_epoch} "
            f"isTransactional: {_boolean(header.is_transactional)} isControl: {_boolean(header.is_control)} "
            f"deleteHorizonMs: OptionalLong{horizon}"
        )
    return (
        f"{what} position: {position} {_time_type(header)}: {header.max_timestamp} size: {header.size_bytes} "
        f"magic: {header.magic} compresscodec: {header.compression.name.lower()} crc: {header.crc} "
        f"isvalid: {_boolean(check_crc(batch, 0, header))}"
    )


def _record_line(header: BatchHeader, record: Record, *, print_data: bool) -> str:
    line = (
        f"| offset: {record.offset} {_time_type(header)}: {record.timestamp} keySize: {_size(record.key)} "
        f"valueSize: {_size(record.value)}"
    )
    if header.magic >= 2:
        sequence = -1
        if header.base_sequence >= 0:
            sequence = (header.base_sequence + record.offset - header.base_offset) & SEQUENCE_MASK
        line += f" sequence: {sequence} headerKeys: [{','.join(key for key, _ in record.headers)}]"
    if header.is_control:
        return line + _control(record)
    if print_data and record.key is not None:
        line += f" key: {record.key.decode(errors='replace')}"
    if print_data and record.value is not None:
        line += f" payload: {record.value.decode(errors='replace')}"
    return line


def _control(record: Record) -> str:
    marker = end_transaction_marker(record)
    if marker is not None:
        how = "COMMIT" if marker.committed else "ABORT"
        return f" endTxnMarker: {how} coordinatorEpoch: {marker.coordinator_epoch}"
    kind = control_type(record.key)
    return f" controlType: {kind.name}({kind.value})"


def _dump_transactions(files: FileSystem, path: str) -> Iterator[str]:
    try:
        for entry in read_entries(files, path):
            yield (
                f"version: 0 producerId: {entry.producer_id} firstOffset: {entry.first_offset} "
                f"lastOffset: {entry.last_offset} lastStableOffset: {entry.last_stable_offset}"
            )
    except ValueError as error:
        yield str(error)


def _dump_snapshot(files: FileSystem, path: str) -> Iterator[str]:
    try:
        for entry in decode_snapshot(files.read(path)):
            yield _producer_line(entry)
    except ValueError as error:
        yield str(error)


def _producer_line(entry: ProducerEntry) -> str:
    first = entry.transaction_first_offset
    line = (
        f"producerId: {entry.producer_id} producerEpoch: {entry.epoch} "
        f"coordinatorEpoch: {entry.coordinator_epoch} "
        f"currentTxnFirstOffset: OptionalLong{'.empty' if first is None else f'[{first}]'} "
        f"lastTimestamp: {entry.last_timestamp}"
    )
    for batch in entry.batches[:1]:
        line += (
            f" firstSequence: {batch.first_sequence} lastSequence: {batch.last_sequence} "
            f"lastOffset: {batch.last_offset} offsetDelta: {batch.offset_delta} timestamp: {batch.timestamp}"
        )
    return line


def _time_type(header: BatchHeader) -> str:
    if header.magic == 0:
        return "NoTimestampType"
    return "LogAppendTime" if header.is_log_append_time else "CreateTime"


def _size(content: bytes | None) -> int:
    return -1 if content is None else len(content)


def _boolean(value: bool) -> str:
    return "true" if value else "false"
