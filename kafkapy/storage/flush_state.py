"""What of a log is known to be on disk, and the jobs that bring more of it there.

The recovery point is the promise: everything below it survives a power failure, and recovery after one starts
there. So a job that moves it syncs, besides the bytes, every name that the log has made, changed or removed
since the last one, and the small files beside the segments. The indexes of the active segment are left out:
recovery makes new ones.
"""

from collections.abc import Callable

from kafkapy.storage.files import FileSystem
from kafkapy.storage.segments import Segments


class FlushState:
    """The recovery point, and what has changed since.
    Changes are numbered; a job covers all up to a number.
    """

    __slots__ = ("_changes", "_files", "_jobs", "_path", "_small_files", "_synced", "recovery_point")

    def __init__(
        self, files: FileSystem, path: str, recovery_point: int, *, is_settled: bool = False
    ) -> None:
        """`is_settled`: every name in the log's directory is on disk."""
        self.recovery_point = recovery_point
        self._files = files
        self._path = path
        self._changes = 0 if is_settled else 1
        self._synced = 0
        self._small_files: dict[str, int] = {}
        self._jobs: dict[int, int] = {}

    def names_changed(self) -> None:
        """A file of the log has been created, renamed or removed."""
        self._changes += 1

    def small_file_written(self, path: str) -> None:
        """A file beside the segments has been replaced without a sync."""
        self._changes += 1
        self._small_files[path] = self._changes

    def job(self, segments: Segments, up_to: int, *, with_active_indexes: bool = False) -> Callable[[], int]:
        """What makes everything below `up_to` durable and gives `up_to`; runs in any thread, may raise
        OSError.

        `done` must be told of the result before it counts.
        """
        active = segments.active
        syncs: list[Callable[[], None]] = []
        for segment in segments.reaching(self.recovery_point):
            if segment is not active or with_active_indexes:
                syncs.extend(file.sync_job() for file in segment.open_files())
            elif up_to > max(segment.base_offset, self.recovery_point):
                syncs.append(segment.log.sync_job())
        changes = self._changes
        paths = list(self._small_files)
        names = self._names() if changes > self._synced else []
        files = self._files
        self._jobs.setdefault(up_to, changes)

        def run() -> int:
            for sync in syncs:
                sync()
            for path in paths:
                files.sync(path)
            for path in names:
                files.sync_directory(path)
            return up_to

        return run

    def done(self, recovery_point: int) -> None:
        """A job has given `recovery_point`."""
        changes = self._jobs.pop(recovery_point, None)
        if changes is None:
            return
        self._synced = max(self._synced, changes)
        self._small_files = {path: number for path, number in self._small_files.items() if number > changes}
        self.recovery_point = max(self.recovery_point, recovery_point)

    def promises(self, offset: int) -> bool:
        """Whether everything below `offset` is said to be on disk, or a job is about to say so."""
        return self.recovery_point >= offset or any(up_to >= offset for up_to in self._jobs)

    def lower(self, offset: int) -> None:
        """What stands at `offset` and above is going to change; jobs that are under way count no more."""
        self.recovery_point = min(self.recovery_point, offset)
        self._jobs.clear()

    def _names(self) -> list[str]:
        """The log's directory, and the one above as long as the log itself is new."""
        above = self._path.rpartition("/")[0]
        return [self._path] if self._synced else [self._path, above]
