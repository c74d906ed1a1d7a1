"""The files of a partition that say again what its batches say, made anew from the batches."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeAlias

from kafkapy.records.batch import BatchHeader
from kafkapy.storage.checkpoints import MalformedCheckpoint
from kafkapy.storage.files import FileSystem
from kafkapy.storage.leader_epochs import LeaderEpochs
from kafkapy.storage.names import LEADER_EPOCHS, LOG, file_name, offset_of
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.segment import Segment
from kafkapy.storage.segment_recovery import batches_of, recover_segment
from kafkapy.storage.snapshots import Snapshots
from kafkapy.storage.transaction_index import AbortedTransaction

INDEX_INTERVAL_BYTES = 4096
"""The default of `index.interval.bytes`: which setting a topic has is not known here."""
LEADER_EPOCH_AT = 12
"""Where the leader epoch stands in a batch."""
_FOR_EVER = 0x7FFFFFFFFFFFFFFF

Replay: TypeAlias = Callable[[BatchHeader, memoryview], Iterable[AbortedTransaction]]


def rebuild_files(
    files: FileSystem, path: str, index_bases: Collection[int], *, epochs: bool, snapshot: bool
) -> None:
    """Make the indexes of the segments `index_bases` anew and, if asked to, the leader epochs and a producer
    snapshot at the end of a stopped log. All batches must be sound. Durable on return. Raises OSError.
    """
    names = files.list(path)
    snapshots = Snapshots(files, path, names)
    producers = ProducerStates(path.rpartition("/")[2])
    bases = sorted(base for name in names if name.endswith(LOG) and (base := offset_of(name)) is not None)
    _load_what_came_before(producers, snapshots, bases)
    end_offset = bases[0] if bases else 0

    def replay(header: BatchHeader, batch: memoryview) -> Iterable[AbortedTransaction]:
        nonlocal end_offset
        end_offset = header.next_offset
        return producers.replay(header, batch)

    for base in bases:
        segment = Segment(files, path, base, 0)
        end_offset = base
        if base in index_bases:
            _index(segment, replay)
        else:
            for _, header, batch in batches_of(segment.log):
                replay(header, batch)
        segment.abandon()
    if epochs:
        _make_epochs_agree(files, path, bases, end_offset)
    if snapshot:
        snapshots.remove_outside(-1, end_offset)
        if bases and end_offset > bases[0]:
            files.sync(snapshots.write(end_offset, producers.encode_snapshot()))
    files.sync_directory(path)


def _make_epochs_agree(files: FileSystem, path: str, bases: list[int], end_offset: int) -> None:
    """The checkpoint is believed if most batches agree with it, and is otherwise made anew from them. Where a
    batch contradicts it then, the batch is wrong: its leader epoch is not under its checksum.
    """
    headers = [
        (base, position, header)
        for base in bases
        for position, header, _ in _batches(files, f"{path}/{file_name(base, LOG)}")
        if header.partition_leader_epoch >= 0
    ]
    leader_epochs = _stored_epochs(files, path)
    agreeing = [header for _, _, header in headers if leader_epochs and _agrees(leader_epochs, header)]
    if leader_epochs is None or 2 * len(agreeing) < len(headers):
        files.remove(f"{path}/{LEADER_EPOCHS}")
        leader_epochs = LeaderEpochs(files, path)
        for _, _, header in headers:
            leader_epochs.observe(header.partition_leader_epoch, header.base_offset)
    leader_epochs.truncate_from_end(end_offset)
    leader_epochs.write()
    files.sync(leader_epochs.path)
    for base, position, header in headers:
        epoch = leader_epochs.epoch_at(header.base_offset)
        if epoch not in (-1, header.partition_leader_epoch):
            log = files.open(f"{path}/{file_name(base, LOG)}")
            log.write_at(position + LEADER_EPOCH_AT, epoch.to_bytes(4))
            log.sync()
            log.close()


def _stored_epochs(files: FileSystem, path: str) -> LeaderEpochs | None:
    try:
        return LeaderEpochs(files, path)
    except MalformedCheckpoint:
        return None


def _agrees(leader_epochs: LeaderEpochs, header: BatchHeader) -> bool:
    return leader_epochs.epoch_at(header.base_offset) == header.partition_leader_epoch


def _batches(files: FileSystem, path: str) -> Iterator[tuple[int, BatchHeader, memoryview]]:
    log = files.open(path)
    yield from batches_of(log)
    log.close()


def _index(segment: Segment, replay: Replay) -> None:
    recover_segment(segment, INDEX_INTERVAL_BYTES, replay)
    segment.offset_index.entries.seal()
    segment.time_index.entries.seal()
    for file in segment.open_files():
        file.sync()


def _load_what_came_before(producers: ProducerStates, snapshots: Snapshots, bases: list[int]) -> None:
    """What happened before the first segment is known from its snapshot only."""
    if bases and bases[0] in snapshots.offsets:
        try:
            producers.load_snapshot(snapshots.read(bases[0]), 0, _FOR_EVER)
        except ValueError:
            producers.clear()
