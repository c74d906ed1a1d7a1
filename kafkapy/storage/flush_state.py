"""What of a log is known to be on disk, and the jobs that bring more of it there.

Two offsets say it. Batches below the synced offset survive a power failure: recovery will find them by
reading. Below the recovery point it need not even read: whatever else belongs to a log is on disk as well. So
a job that moves the recovery point syncs the indexes, too. Both kinds sync every name that the log has made,
changed or removed since the last job, and the small files beside the segments.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kafkapy.storage.files import FileSystem
from kafkapy.storage.segments import Segments


class _Covered(NamedTuple):
    """What a job under way will have brought to disk besides the batches."""

    changes: int
    is_recovery_point: bool


class FlushState:
    """The two offsets, and what has changed since. Changes
    are numbered; a job covers all up to a number.
    """

    __slots__ = (
        "_changes",
        "_files",
        "_jobs",
        "_path",
        "_settled",
        "_small_files",
        "recovery_point",
        "synced_offset",
    )

    def __init__(
        self, files: FileSystem, path: str, recovery_point: int, *, is_settled: bool = False
    ) -> None:
        """`is_settled`: every name in the log's directory is on disk."""
        self.recovery_point = recovery_point
        self.synced_offset = recovery_point
        self._files = files
        self._path = path
        self._changes = 0 if is_settled else 1
        self._settled = 0
        self._small_files: dict[str, int] = {}
        self._jobs: dict[int, _Covered] = {}

    @property
    def is_settled(self) -> bool:
        """Whether all names and small files are on disk."""
        return self._changes == self._settled

    def names_changed(self) -> None:
        """A file of the log has been created, renamed or removed."""
        self._changes += 1

    def small_file_written(self, path: str) -> None:
        """A file beside the segments has been replaced without a sync."""
        self._changes += 1
        self._small_files[path] = self._changes

    def job(self, segments: Segments, up_to: int, *, with_active: bool = False) -> Callable[[], int]:
        """What makes everything below `up_to` durable and gives `up_to`; runs in any thread, may raise
        OSError. `with_active`: the active segment as well if all its batches are on disk.

        `done` must be told of the result before it counts.
        """
        active = segments.active
        syncs: list[Callable[[], None]] = []
        for segment in segments.reaching(self.recovery_point):
            if segment is not active or with_active or up_to > max(segment.base_offset, self.recovery_point):
                syncs.extend(file.sync_job() for file in segment.open_files())
        return self._job(syncs, up_to, is_recovery_point=True)

    def commit_job(self, segments: Segments, up_to: int) -> Callable[[], int]:
        """As `job`, for the batches alone: the recovery point stays where it is."""
        syncs = [segment.log.sync_job() for segment in segments.reaching(self.synced_offset)]
        return self._job(syncs, up_to, is_recovery_point=False)

    def _job(
        self, syncs: Sequence[Callable[[], None]], up_to: int, *, is_recovery_point: bool
    ) -> Callable[[], int]:
        self._jobs.setdefault(up_to, _Covered(self._changes, is_recovery_point))
        paths = list(self._small_files)
        may_make_indexes = is_recovery_point and syncs
        names = self._names() if may_make_indexes or self._changes > self._settled else []
        files = self._files

        def run() -> int:
            for sync in syncs:
                sync()
            for path in paths:
                files.sync(path)
            for path in names:
                files.sync_directory(path)
            return up_to

        return run

    def done(self, offset: int) -> None:
        """A job has given `offset`."""
        covered = self._jobs.pop(offset, None)
        if covered is None:
            return
        changes = covered.changes
        self._settled = max(self._settled, changes)
        self._small_files = {path: number for path, number in self._small_files.items() if number > changes}
        self.synced_offset = max(self.synced_offset, offset)
        if covered.is_recovery_point:
            self.recovery_point = max(self.recovery_point, offset)

    def promises(self, offset: int) -> bool:
        """Whether the recovery point is at `offset` or above, or a job is about to bring it there."""
        return self.recovery_point >= offset or any(
            up_to >= offset and covered.is_recovery_point for up_to, covered in self._jobs.items()
        )

    def lower(self, offset: int) -> None:
        """What stands at `offset` and above is going to change; jobs that are under way count no more."""
        self.recovery_point = min(self.recovery_point, offset)
        self.synced_offset = min(self.synced_offset, offset)
        self._jobs.clear()

    def _names(self) -> list[str]:
        """The log's directory, and the one above as long as the log itself is new."""
        above = self._path.rpartition("/")[0]
        return [self._path] if self._settled else [self._path, above]
