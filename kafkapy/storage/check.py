"""Whether the files of a log directory, or of one partition, are what they should be. Only reads.

Every kind of file is taken apart, and what is said twice is compared: indexes with batches, snapshots and
aborted transactions with a replay of the log, leader epochs with the epochs in the batches, checkpoints with
the logs they speak of. A broker may be running on the directory only if nothing is appended meanwhile.
"""

from collections.abc import Iterator

from kafkapy.storage.check_metadata import metadata_problems, snapshot_problems
from kafkapy.storage.check_partition import PartitionCheck
from kafkapy.storage.check_segment import Problem
from kafkapy.storage.checkpoints import (
    CLEANER_OFFSETS,
    HIGH_WATERMARKS,
    LOG_START_OFFSETS,
    RECOVERY_POINTS,
    MalformedCheckpoint,
    parse_offsets,
)
from kafkapy.storage.files import FileSystem
from kafkapy.storage.meta_properties import FILE_NAME, parse_properties
from kafkapy.storage.names import (
    BOOTSTRAP,
    CLEAN_SHUTDOWN,
    LOG,
    METADATA_TOPIC,
    TEMPORARY,
    parse_partition_directory,
)

__all__ = ["Problem", "check"]

CHECKPOINTS = (RECOVERY_POINTS, LOG_START_OFFSETS, HIGH_WATERMARKS, CLEANER_OFFSETS)


def check(files: FileSystem, path: str) -> list[Problem]:
    """The problems of a log directory or a partition directory, none if all is well. Raises OSError."""
    path = path.rstrip("/")
    if is_partition(files, path):
        return check_partition(files, path, 0)[0]
    return list(_check_log_directory(files, path))


def is_partition(files: FileSystem, path: str) -> bool:
    """Whether a directory is that of one partition, not a log directory."""
    return any(name.endswith(LOG) for name in files.list(path))


def check_partition(
    files: FileSystem, path: str, log_start_offset: int, *, is_stopped: bool = False
) -> tuple[list[Problem], int]:
    """The problems of one partition's directory, and the offset at which its batches end. Raises OSError."""
    partition = PartitionCheck(files, path, log_start_offset, is_stopped=is_stopped)
    problems = partition.problems()
    if parse_partition_directory(path.rpartition("/")[2]) == (METADATA_TOPIC, 0):
        problems.extend(metadata_problems(files, path))
    return problems, partition.end_offset


def partitions_in(files: FileSystem, path: str) -> Iterator[tuple[tuple[str, int], str]]:
    """(topic, partition) and path of every partition in a log directory."""
    for name in files.list(path):
        partition = parse_partition_directory(name)
        if partition is not None and files.is_directory(f"{path}/{name}"):
            yield partition, f"{path}/{name}"


def _check_log_directory(files: FileSystem, path: str) -> Iterator[Problem]:
    ends: dict[tuple[str, int], int] = {}
    starts = log_starts(files, path)
    is_stopped = files.exists(f"{path}/{CLEAN_SHUTDOWN}")
    for partition, partition_path in partitions_in(files, path):
        problems, ends[partition] = check_partition(
            files, partition_path, starts.get(partition, 0), is_stopped=is_stopped
        )
        yield from problems
    yield from _check_identity(files, f"{path}/{FILE_NAME}")
    for name in CHECKPOINTS:
        yield from _check_checkpoint(files, f"{path}/{name}", ends)
    yield from loose_problems(files, path)


def loose_problems(files: FileSystem, path: str) -> Iterator[Problem]:
    """Those of files in a log directory that are neither its identity nor a checkpoint of offsets."""
    for name in files.list(path):
        if name.endswith(TEMPORARY):
            yield Problem(f"{path}/{name}", "is left over from an interrupted change")
    if files.exists(f"{path}/{BOOTSTRAP}"):
        yield from snapshot_problems(files, f"{path}/{BOOTSTRAP}")


def log_starts(files: FileSystem, directory: str) -> dict[tuple[str, int], int]:
    """The checkpoint of a log directory; nothing if it is missing or, which is reported elsewhere,
    unreadable.
    """
    path = f"{directory}/{LOG_START_OFFSETS}"
    try:
        return parse_offsets(files.read(path)) if files.exists(path) else {}
    except MalformedCheckpoint:
        return {}


def _check_identity(files: FileSystem, path: str) -> Iterator[Problem]:
    if not files.exists(path):
        yield Problem(path, "is missing")
        return
    try:
        parse_properties(files.read(path))
    except ValueError as error:
        yield Problem(path, str(error))


def _check_checkpoint(files: FileSystem, path: str, ends: dict[tuple[str, int], int]) -> Iterator[Problem]:
    if not files.exists(path):
        return
    try:
        offsets = parse_offsets(files.read(path))
    except MalformedCheckpoint as problem:
        yield Problem(path, str(problem))
        return
    for (topic, partition), offset in offsets.items():
        end = ends.get((topic, partition), offset)
        if not 0 <= offset <= end:
            yield Problem(path, f"{topic}-{partition} is at {offset}, but its log ends at {end}")
