"""Making one partition's files sound again: what the check names is removed, cut off or built anew.

Batches are the truth and everything else is made from them. A log is cut at the first batch that cannot be
kept, because what comes after it can no longer be trusted to follow on what comes before.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from kafkapy.storage.check import check_partition
from kafkapy.storage.check_segment import Problem
from kafkapy.storage.files import FileSystem
from kafkapy.storage.names import (
    CLEANED,
    INDEXES,
    LEADER_EPOCHS,
    LOG,
    METADATA_SNAPSHOT,
    PARTITION_METADATA,
    QUORUM_STATE,
    SEGMENT_FILES,
    SNAPSHOT,
    SWAP,
    TEMPORARY,
    file_name,
    offset_of,
)
from kafkapy.storage.rebuild_files import rebuild_files
from kafkapy.storage.segment_recovery import batches_of
from kafkapy.storage.swap_files import interrupted_changes

MOST_ROUNDS = 10
"""Every round makes more of the files sound than the one before: in practice two or three are needed."""


class Action(NamedTuple):
    """Something that a repair does: what, in words, and how. `run` may raise OSError."""

    text: str
    run: Callable[[], None]


def repair_partition(
    files: FileSystem, path: str, log_start_offset: int, *, is_stopped: bool = False
) -> Iterator[Action]:
    """What makes the directory of a partition sound. Each action is to be run before the next is asked
    for; when there are no more, the check says what is left. Raises OSError.
    """
    for turn in range(MOST_ROUNDS):
        problems, _ = check_partition(files, path, log_start_offset, is_stopped=is_stopped or turn > 0)
        actions = list(_next_actions(files, path, problems))
        if not actions:
            return
        yield from actions


def _next_actions(files: FileSystem, path: str, problems: list[Problem]) -> Iterator[Action]:
    """The most basic ones that can be told now: whatever they change may solve other problems, or bring
    them to light.
    """
    names = {problem.path.rpartition("/")[2] for problem in problems}
    if any(name.endswith((CLEANED, SWAP, *TEMPORARY)) for name in names):
        yield from _finish_changes(files, path)
        return
    cuts = [(offset_of(_name(each)) or 0, each.cut_at) for each in problems if each.cut_at is not None]
    if cuts:
        yield _cut(files, path, *min(cuts))
        return
    bases = _bases(files, path)
    for name in sorted(names):
        if name in (PARTITION_METADATA, QUORUM_STATE) or name.endswith((SNAPSHOT, METADATA_SNAPSHOT)):
            yield _remove(files, path, name, _why(name))
        elif name.endswith(INDEXES) and offset_of(name) not in bases:
            yield _remove(files, path, name, "its segment is not there")
    yield from _rebuild(files, path, names, bases)


def _finish_changes(files: FileSystem, path: str) -> Iterator[Action]:
    for name, new_name in interrupted_changes(files, path):
        if new_name is not None:
            text = f"{path}/{name}: rename to {new_name}, to finish an interrupted change"
            yield Action(text, partial(_rename, files, path, name, new_name))
        elif files.exists(f"{path}/{name}"):
            yield _remove(files, path, name, "it is left over from an interrupted change")


def _cut(files: FileSystem, path: str, base_offset: int, position: int) -> Action:
    """The log ends at `position` of a segment from now on. An empty segment that is not the first goes."""
    bases = _bases(files, path)
    later = [base for base in bases if base > base_offset]
    if not position and base_offset != bases[0]:
        later.insert(0, base_offset)
    kept_path = f"{path}/{file_name(base_offset, LOG)}"
    cut_bytes = 0 if base_offset in later else files.size(kept_path) - position
    lost_bytes = cut_bytes + sum(files.size(f"{path}/{file_name(base, LOG)}") for base in later)
    lost_records = 0 if base_offset in later else _count_records(files, kept_path, position)
    lost_records += sum(_count_records(files, f"{path}/{file_name(base, LOG)}", 0) for base in later)
    text = (
        f"{kept_path}: cut at position {position}: {lost_bytes} bytes go, with {lost_records} records as far "
        f"as they can be counted"
    )
    if later:
        text += f", among them {len(later)} whole segments from offset {later[0]} on"

    def run() -> None:
        for base in reversed(later):  # the last one first, so that no power failure leaves a gap
            for suffix in SEGMENT_FILES:
                files.remove(f"{path}/{file_name(base, suffix)}")
        files.sync_directory(path)
        if base_offset not in later:
            log = files.open(kept_path)
            log.truncate(position)
            log.sync()
            log.close()
        rebuild_files(files, path, [] if base_offset in later else [base_offset], epochs=True, snapshot=True)

    return Action(text, run)


def _count_records(files: FileSystem, path: str, position: int) -> int:
    log = files.open(path)
    try:
        return sum(max(header.record_count, 0) for _, header, _ in batches_of(log, position))
    finally:
        log.close()


def _rebuild(files: FileSystem, path: str, names: set[str], bases: list[int]) -> Iterator[Action]:
    offsets = {offset_of(name) for name in names if name.endswith(INDEXES)}
    wanted = [base for base in bases if base in offsets]
    has_lost_snapshots = any(name.endswith(SNAPSHOT) for name in names)
    parts = [f"the indexes of segment {base}" for base in wanted]
    parts += ["the leader epochs (the checkpoint, or batches that contradict all others)"] * (
        LEADER_EPOCHS in names
    )
    parts += ["the producer snapshot at the end"] * has_lost_snapshots
    if parts:
        yield Action(
            f"{path}: build anew from the batches: {', '.join(parts)}",
            partial(
                rebuild_files,
                files,
                path,
                wanted,
                epochs=LEADER_EPOCHS in names,
                snapshot=has_lost_snapshots,
            ),
        )


def _remove(files: FileSystem, path: str, name: str, why: str) -> Action:
    def run() -> None:
        files.remove(f"{path}/{name}")
        files.sync_directory(path)

    return Action(f"{path}/{name}: remove, {why}", run)


def _why(name: str) -> str:
    if name == PARTITION_METADATA:
        return "the broker writes it again, from the metadata log"
    if name == QUORUM_STATE:
        return "the metadata log knows the epoch"
    if name.endswith(METADATA_SNAPSHOT):
        return "older snapshots and the metadata log have to do"
    return "older snapshots and the batches have to do"


def _rename(files: FileSystem, path: str, name: str, new_name: str) -> None:
    files.rename(f"{path}/{name}", f"{path}/{new_name}")
    files.sync_directory(path)


def _bases(files: FileSystem, path: str) -> list[int]:
    found = (offset_of(name) for name in files.list(path) if name.endswith(LOG))
    return sorted(offset for offset in found if offset is not None)


def _name(problem: Problem) -> str:
    return problem.path.rpartition("/")[2]
