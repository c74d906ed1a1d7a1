"""The first passes of loading a partition: what an interrupted deletion or compaction has left is finished or
undone.

Compaction writes `.cleaned` files, renames them to `.swap` when they are complete (the last one first),
renames what they replace to `.deleted`, and the `.swap` files to their final names. Wherever it stopped,
either all or nothing of it counts.
"""

from collections.abc import Iterable
from typing import NamedTuple

from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import (
    CLEANED,
    DELETED,
    LOG,
    METADATA_SNAPSHOT_DELETED,
    SEGMENT_FILES,
    SWAP,
    TEMPORARY,
    file_name,
    offset_of,
)
from kafkapy.storage.segment_recovery import batches_of

_UNFINISHED = (*TEMPORARY, DELETED, CLEANED, SWAP)


def finish_interrupted_changes(files: FileSystem, path: str) -> list[str]:
    """Tidy a partition directory; gives the names of the files that are in it now."""
    names = files.list(path)
    if not any(name.endswith(_UNFINISHED) for name in names):
        return names
    steps = interrupted_changes(files, path)
    for step in steps:
        if step.new_name is None:
            files.remove(f"{path}/{step.name}")
        else:
            files.rename(f"{path}/{step.name}", f"{path}/{step.new_name}")
    return files.list(path) if steps else names


class Step(NamedTuple):
    """A file to remove or, if it has a new name, to rename."""

    name: str
    new_name: str | None = None


def interrupted_changes(files: FileSystem, path: str) -> list[Step]:
    """What is to be done, in this order, so that either all or nothing of every change counts."""
    names = files.list(path)
    cleaned = [name for name in names if name.endswith(CLEANED)]
    doomed = [name for name in names if _is_leftover(name)] + cleaned
    swaps = [name for name in names if name.endswith(SWAP)]
    first_cleaned = min(_offsets(cleaned), default=None)
    if first_cleaned is not None:
        incomplete = [name for name in swaps if (offset_of(name) or 0) >= first_cleaned]
        swaps = [name for name in swaps if name not in incomplete]
        doomed += incomplete
    steps = [Step(name) for name in doomed]
    if swaps:
        left = [name for name in names if name not in set(doomed)]
        steps += _swap_steps(files, path, swaps, left)
    return steps


def swap_names(files: FileSystem, path: str, base_offset: int, old: str, new: str) -> None:
    """Rename the files of a segment from one suffix to another."""
    for suffix in SEGMENT_FILES:
        name = f"{path}/{file_name(base_offset, suffix)}"
        if files.exists(name + old):
            files.rename(name + old, name + new)


def _is_leftover(name: str) -> bool:
    return name.endswith(TEMPORARY) or (
        name.endswith(DELETED) and not name.endswith(METADATA_SNAPSHOT_DELETED)
    )


def _swap_steps(files: FileSystem, path: str, swaps: list[str], names: list[str]) -> list[Step]:
    """Remove what the compacted segments replace, and give them their names."""
    steps = []
    logs = [name for name in swaps if name.endswith(LOG + SWAP)]
    if logs:
        first = min(_offsets(logs))
        end = max(_end_of(files, f"{path}/{name}") for name in logs)
        steps += [
            Step(name)
            for name in names
            if not name.endswith(SWAP) and (offset := offset_of(name)) is not None and first <= offset < end
        ]
    return steps + [Step(name, name.removesuffix(SWAP)) for name in swaps]


def _end_of(files: FileSystem, path: str) -> int:
    """The offset after the last one in a segment file."""
    end = offset_of(path.rpartition("/")[2]) or 0
    for _, header, _ in batches_of(files.open(path)):
        end = header.next_offset
    return end


def _offsets(names: Iterable[str]) -> list[int]:
    return [offset for name in names if (offset := offset_of(name)) is not None]
