"""Making a stopped log directory, or the directory of one partition, sound again.

What is wrong is what `kafkapy.storage.check` finds. What cannot be made good from what is there stays as it
is: above all `meta.properties`, which only the cluster knows.
"""

from collections.abc import Iterator
from functools import partial

from kafkapy.storage.check import (
    CHECKPOINTS,
    check_partition,
    is_partition,
    log_starts,
    loose_problems,
    partitions_in,
)
from kafkapy.storage.checkpoints import (
    CLEANER_OFFSETS,
    HIGH_WATERMARKS,
    LOG_START_OFFSETS,
    RECOVERY_POINTS,
    MalformedCheckpoint,
    Offsets,
    format_offsets,
    parse_offsets,
)
from kafkapy.storage.files import DirectoryLock, FileSystem, replace_file
from kafkapy.storage.meta_properties import FILE_NAME
from kafkapy.storage.names import (
    BOOTSTRAP,
    CLEAN_SHUTDOWN,
    LOCK,
    METADATA_TOPIC,
    SEGMENT_FILES,
    SNAPSHOT,
    offset_of,
    partition_directory,
)
from kafkapy.storage.repair_partition import Action, repair_partition
from kafkapy.storage.segment import Segment

__all__ = ["Action", "hold", "repair"]

_WITHOUT = {
    RECOVERY_POINTS: "the next start then reads all segments",
    LOG_START_OFFSETS: "records that were deleted, but whose segment is still there, can be read again",
    HIGH_WATERMARKS: "the logs have all that it said",
    CLEANER_OFFSETS: "logs are then compacted from their start",
}


def hold(files: FileSystem, path: str) -> DirectoryLock | None:
    """Keep brokers away from a log directory, or from the one that a partition's directory is in; None if
    that is no log directory. BlockingIOError if a broker is at work there.
    """
    path = path.rstrip("/")
    held = path.rpartition("/")[0] if is_partition(files, path) else path
    is_log_directory = files.exists(f"{held}/{LOCK}") or files.exists(f"{held}/{FILE_NAME}")
    return files.lock(f"{held}/{LOCK}") if is_log_directory else None


def repair(files: FileSystem, path: str) -> Iterator[Action]:
    """What makes a directory sound. Each action is to be run before the next is asked for. Raises OSError."""
    path = path.rstrip("/")
    if is_partition(files, path):
        yield from repair_partition(files, path, 0)
        return
    ends: dict[tuple[str, int], int] = {}
    repaired: set[tuple[str, int]] = set()
    yield from _repair_partitions(files, path, ends, repaired)
    for name in CHECKPOINTS:
        if files.exists(f"{path}/{name}"):
            yield from _repair_checkpoint(files, path, name, ends)
    yield from _remove_loose_files(files, path, ends)
    if repaired:
        yield from _believe(files, path, {partition: ends[partition] for partition in repaired})


def _repair_partitions(
    files: FileSystem, path: str, ends: dict[tuple[str, int], int], repaired: set[tuple[str, int]]
) -> Iterator[Action]:
    """Fills in where the logs end, and which of them there was something to do for."""
    starts = log_starts(files, path)
    is_stopped = files.exists(f"{path}/{CLEAN_SHUTDOWN}")
    for partition, partition_path in list(partitions_in(files, path)):
        start = starts.get(partition, 0)
        for action in repair_partition(files, partition_path, start, is_stopped=is_stopped):
            repaired.add(partition)
            yield _with_warning(action, partition[0])
        end = check_partition(files, partition_path, start)[1]
        ends[partition] = max(start, end)
        if end < start:
            text = f"{partition_path}: ends at {end}, begin it anew at its log start offset, {start}"
            yield Action(text, partial(_begin_anew, files, partition_path, start))


def _remove_loose_files(files: FileSystem, path: str, ends: dict[tuple[str, int], int]) -> Iterator[Action]:
    for problem in loose_problems(files, path):
        why = "a broker whose metadata log is not empty has no need of it"
        if problem.path.rpartition("/")[2] != BOOTSTRAP:
            why = "it is left over from an interrupted change"
        elif ends.get((METADATA_TOPIC, 0), 0) == 0:
            why = "a new one is made at the next start"
        yield Action(f"{problem.path}: remove, {why}", partial(_remove, files, path, problem.path))


def _believe(files: FileSystem, path: str, ends: dict[tuple[str, int], int]) -> Iterator[Action]:
    """What has been read and repaired need not be judged once more by the next start, which would take gaps
    for the work of a power failure.
    """
    full = f"{path}/{RECOVERY_POINTS}"
    points = parse_offsets(files.read(full)) if files.exists(full) else {}
    raised = {partition: end for partition, end in ends.items() if points.get(partition) != end}
    if not raised:
        return

    def run() -> None:
        for partition in raised:
            directory = f"{path}/{partition_directory(*partition)}"
            for name in files.list(directory):
                files.sync(f"{directory}/{name}")
            files.sync_directory(directory)
        _write_offsets(files, full, {**points, **raised})

    names = ", ".join(f"{partition_directory(*key)} to {end}" for key, end in sorted(raised.items()))
    yield Action(f"{full}: set {names}, as all of it has been read", run)


def _with_warning(action: Action, topic: str) -> Action:
    if topic != METADATA_TOPIC or " cut at " not in action.text:
        return action
    return action._replace(
        text=f"{action.text}; topics that were created there are not known any more, and the next start sets "
        f"their partitions aside under names that end with -stray"
    )


def _repair_checkpoint(
    files: FileSystem, path: str, name: str, ends: dict[tuple[str, int], int]
) -> Iterator[Action]:
    full = f"{path}/{name}"
    try:
        offsets = parse_offsets(files.read(full))
    except MalformedCheckpoint:
        yield Action(f"{full}: remove, {_WITHOUT[name]}", partial(_remove, files, path, full))
        return
    right = {key: min(max(offset, 0), ends.get(key, max(offset, 0))) for key, offset in offsets.items()}
    changed = [
        f"{partition_directory(*key)} from {offsets[key]} to {right[key]}"
        for key in offsets
        if offsets[key] != right[key]
    ]
    if changed:
        text = f"{full}: correct {', '.join(changed)}, where the log ends"
        yield Action(text, partial(_write_offsets, files, full, right))


def _begin_anew(files: FileSystem, path: str, offset: int) -> None:
    """Nothing of the log is left but where it begins."""
    for name in reversed(files.list(path)):
        if offset_of(name) is not None and name.endswith((*SEGMENT_FILES, SNAPSHOT)):
            files.remove(f"{path}/{name}")
    segment = Segment.create(files, path, offset, 0)
    for file in segment.open_files():
        file.sync()
    segment.abandon()
    files.sync_directory(path)


def _write_offsets(files: FileSystem, path: str, offsets: Offsets) -> None:
    replace_file(files, path, format_offsets(offsets))


def _remove(files: FileSystem, directory: str, path: str) -> None:
    files.remove(path)
    files.sync_directory(directory)
