"""Whether the files of a log directory, or of one partition, are what they should be. Only reads.

Every kind of file is taken apart, and what is said twice is compared: indexes with batches, snapshots and
aborted transactions with a replay of the log, leader epochs with the epochs in the batches, checkpoints with
the logs they speak of. A broker may be running on the directory only if nothing is appended meanwhile.
"""

from collections.abc import Iterator

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
from kafkapy.storage.names import LOG, parse_partition_directory

__all__ = ["Problem", "check"]


def check(files: FileSystem, path: str) -> list[Problem]:
    """The problems of a log directory or a partition directory, none if all is well. Raises OSError."""
    path = path.rstrip("/")
    if any(name.endswith(LOG) for name in files.list(path)):
        return PartitionCheck(files, path).problems()
    return list(_check_log_directory(files, path))


def _check_log_directory(files: FileSystem, path: str) -> Iterator[Problem]:
    ends: dict[tuple[str, int], int] = {}
    log_starts = _log_starts(files, f"{path}/{LOG_START_OFFSETS}")
    for name in files.list(path):
        partition = parse_partition_directory(name)
        if partition is not None and files.is_directory(f"{path}/{name}"):
            partition_check = PartitionCheck(files, f"{path}/{name}", log_starts.get(partition, 0))
            yield from partition_check.problems()
            ends[partition] = partition_check.end_offset
    yield from _check_identity(files, f"{path}/{FILE_NAME}")
    for name in (RECOVERY_POINTS, LOG_START_OFFSETS, HIGH_WATERMARKS, CLEANER_OFFSETS):
        yield from _check_checkpoint(files, f"{path}/{name}", ends)


def _log_starts(files: FileSystem, path: str) -> dict[tuple[str, int], int]:
    """Nothing if the checkpoint is missing or, which is reported elsewhere, unreadable."""
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
