"""The first passes of loading a partition: what an interrupted deletion or compaction has left is finished or
undone.

Compaction writes `.cleaned` files, renames them to `.swap` when they are complete (the last one first),
renames what they replace to `.deleted`, and the `.swap` files to their final names. Wherever it stopped,
either all or nothing of it counts.
"""

from collections.abc import Iterable

from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import (
    CLEANED,
    DELETED,
    LOG,
    METADATA_SNAPSHOT_DELETED,
    SEGMENT_FILES,
    SWAP,
    file_name,
    offset_of,
)
from kafkapy.storage.segment_recovery import batches_of

TEMPORARY = (".tmp", ".truncated")


def finish_interrupted_changes(files: FileSystem, path: str) -> list[str]:
    """Tidy a partition directory; gives the names of the files that are in it now."""
    names = files.list(path)
    doomed = [name for name in names if _is_leftover(name)]
    cleaned = [name for name in names if name.endswith(CLEANED)]
    swaps = [name for name in names if name.endswith(SWAP)]
    first_cleaned = min(_offsets(cleaned), default=None)
    if first_cleaned is not None:
        incomplete = [name for name in swaps if (offset_of(name) or 0) >= first_cleaned]
        swaps = [name for name in swaps if name not in incomplete]
        doomed += cleaned + incomplete
    _remove(files, path, doomed)
    if swaps:
        _finish_swap(files, path, swaps)
    return files.list(path) if doomed or swaps else names


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


def _finish_swap(files: FileSystem, path: str, swaps: list[str]) -> None:
    """Remove what the compacted segments replace, and give them their names."""
    logs = [name for name in swaps if name.endswith(LOG + SWAP)]
    if logs:
        first = min(_offsets(logs))
        end = max(_end_of(files, f"{path}/{name}") for name in logs)
        replaced = [
            name
            for name in files.list(path)
            if not name.endswith(SWAP) and (offset := offset_of(name)) is not None and first <= offset < end
        ]
        _remove(files, path, replaced)
    for name in swaps:
        files.rename(f"{path}/{name}", f"{path}/{name.removesuffix(SWAP)}")


def _end_of(files: FileSystem, path: str) -> int:
    """The offset after the last one in a segment file."""
    end = offset_of(path.rpartition("/")[2]) or 0
    for _, header, _ in batches_of(files.open(path)):
        end = header.next_offset
    return end


def _offsets(names: Iterable[str]) -> list[int]:
    return [offset for name in names if (offset := offset_of(name)) is not None]


def _remove(files: FileSystem, path: str, names: Iterable[str]) -> None:
    for name in names:
        files.remove(f"{path}/{name}")
