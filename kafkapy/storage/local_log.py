"""The segments of one partition as a log of bytes: append, roll, cut, delete, sync; nothing about producers
or epochs.

`kafkapy.storage.log.Log` puts the meaning on top. Every method may raise OSError.
"""

from collections.abc import Callable, Sequence

from kafkapy.storage.files import Buffer, FileSystem
from kafkapy.storage.flush_state import FlushState
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.names import CLEANED, SWAP
from kafkapy.storage.placement import Placed
from kafkapy.storage.roll_policy import must_roll
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments
from kafkapy.storage.swap_files import swap_names


class LocalLog:
    """A directory of segments, the last of which takes the
    appends, and the offset that the next record gets.
    """

    __slots__ = ("config", "files", "flushes", "is_touched", "log_end_offset", "path", "segments")

    def __init__(
        self,
        files: FileSystem,
        path: str,
        config: LogConfig,
        segments: Segments,
        log_end_offset: int,
        recovery_point: int,
        *,
        is_settled: bool = False,
        is_touched: bool = True,
    ) -> None:
        """`is_settled`: every name in the directory is on disk. Not `is_touched`: the files are as a clean
        stop leaves them, and on disk below the recovery point.
        """
        self.files = files
        self.path = path
        self.config = config
        self.segments = segments
        self.log_end_offset = log_end_offset
        self.flushes = FlushState(files, path, recovery_point, is_settled=is_settled)
        self.is_touched = is_touched

    def append(self, buffer: Buffer, batches: Sequence[Placed], end_offset: int) -> None:
        """Write batches that end before `end_offset` to the active segment.

        If the write fails the segment is cut back to where it was before the error goes on.
        """
        active = self.segments.active
        self.is_touched = True
        try:
            active.append(buffer, batches, self.config.index_interval_bytes)
        except OSError:
            active.log.truncate(active.log.size)
            raise
        self.log_end_offset = end_offset

    def needs_roll(self, size_bytes: int, max_timestamp: int, last_offset: int, now_ms: int) -> bool:
        """Whether `size_bytes` more that end with `last_offset` belong into a new segment."""
        return must_roll(self.segments.active, self.config, size_bytes, max_timestamp, last_offset, now_ms)

    def roll(self, base_offset: int, now_ms: int) -> Segment:
        """Close the active segment and begin the one of `base_offset`.

        What is closed is normally synced later, and the recovery point follows. If that stands here already
        no sync would come by any more, but the last entry of the time index is new.
        """
        if self.segments.active.base_offset == base_offset and not self.segments.active.size_bytes:
            return self.segments.active
        self.segments.active.seal()
        if self.flushes.promises(base_offset):
            for file in self.segments.active.open_files():
                file.sync()
        return self.begin(base_offset, now_ms)

    def begin(self, base_offset: int, now_ms: int) -> Segment:
        """A new active segment, with empty files."""
        preallocate = self.config.segment_bytes if self.config.preallocate else 0
        segment = Segment.create(self.files, self.path, base_offset, now_ms, preallocate)
        self.segments.add(segment)
        self.flushes.names_changed()
        self.is_touched = True
        return segment

    def rename_away(self, doomed: Sequence[Segment]) -> list[str]:
        """Take segments out of the log: the paths of their files, which end with `.deleted` now.

        They go in the given order, which must start at an end of the log, so that a crash on the way leaves
        no hole.
        """
        renamed = []
        for segment in doomed:
            self.segments.remove(segment)
            renamed.extend(segment.mark_deleted())
            self.flushes.names_changed()
        return renamed

    def swap_in_compacted(self, replaced: Sequence[Segment], now_ms: int) -> list[str]:
        """Put the `.cleaned` segment of the first one's name in the place of all: the new paths of their
        files.

        A crash on the way leaves what `kafkapy.storage.swap_files` finishes or undoes.
        """
        base_offset = replaced[0].base_offset
        swap_names(self.files, self.path, base_offset, CLEANED, SWAP)
        renamed = self.rename_away(replaced)
        swap_names(self.files, self.path, base_offset, SWAP, "")
        self.segments.add(Segment(self.files, self.path, base_offset, now_ms))
        self.flushes.names_changed()
        return renamed

    def truncate_to(self, offset: int) -> None:
        """Forget everything from the batch that holds `offset`
        on. There must be a segment that begins at or below it.
        """
        self.flushes.lower(offset)
        self._remove_durably(self.segments.starting_above(offset)[::-1])
        self.segments.active.truncate_to(offset)
        self.is_touched = True
        self.log_end_offset = offset

    def restart_at(self, offset: int, now_ms: int) -> None:
        """Forget everything and go on with an empty segment at `offset`."""
        self.flushes.lower(offset)
        self._remove_durably(list(self.segments)[::-1])
        self.begin(offset, now_ms)
        self.log_end_offset = offset

    def _remove_durably(self, doomed: Sequence[Segment]) -> None:
        """A power failure must not bring them back behind batches that are written from now on."""
        for path in self.rename_away(doomed):
            self.files.remove(path)
        if doomed:
            self.files.sync_directory(self.path)

    def flush_job(self, up_to: int) -> Callable[[], int]:
        return self.flushes.job(self.segments, up_to)

    def commit_job(self) -> Callable[[], int]:
        return self.flushes.commit_job(self.segments, self.log_end_offset)

    def close_job(self) -> Callable[[], int] | None:
        """As after a clean stop: indexes complete, files of their final size, nothing open. What remains is
        to bring that to disk: a job as `flush_job` gives them, or None if it is there.
        """
        job = None
        if self.is_touched:
            active = self.segments.active
            active.finish_time_index()
            active.log.truncate(active.log.size)
        if (
            self.is_touched
            or not self.flushes.is_settled
            or self.flushes.recovery_point < self.log_end_offset
        ):
            job = self.flushes.job(self.segments, self.log_end_offset, with_active=self.is_touched)
            self.is_touched = False
        for segment in self.segments:
            segment.close()
        return job

    def abandon(self) -> None:
        """Give all descriptors back and write nothing."""
        for segment in self.segments:
            segment.abandon()
