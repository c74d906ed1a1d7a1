"""One compaction pass over one log, as the event loop sees it: planned, installed step by step, ended."""

from kafkapy.storage.compaction import CompactedGroup, discard_compacted
from kafkapy.storage.compaction_plan import CompactionPass, Dirt, LastRecord, MapBounds, measure_dirt
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log import Log
from kafkapy.storage.segment import Segment


def dirt_of(log: Log, checkpoint: int | None, last_stable_offset: int, now_ms: int) -> Dirt:
    """What of a log could be compacted. Raises OSError."""
    return measure_dirt(
        log.segments,
        log.config,
        checkpoint=checkpoint,
        log_start_offset=log.log_start_offset,
        log_end_offset=log.log_end_offset,
        last_stable_offset=last_stable_offset,
        now_ms=now_ms,
    )


class LogCompaction:
    """A pass that is under way; `plan` is for whoever does the work."""

    def __init__(self, log: Log, dirt: Dirt, bounds: MapBounds, now_ms: int) -> None:
        self.log = log
        end = dirt.first_uncleanable_offset
        segments = [segment for segment in log.segments if segment.base_offset < end]
        self._planned = {segment.base_offset: (segment, segment.size_bytes) for segment in segments}
        self.plan = CompactionPass(
            path=log.path,
            base_offsets=tuple(self._planned),
            first_dirty_offset=dirt.first_dirty_offset,
            first_uncleanable_offset=end,
            aborted=tuple(log.aborted_transactions(segments[0].base_offset, end)),
            last_records=_last_records(log),
            config=log.config,
            bounds=bounds,
            now_ms=now_ms,
        )

    @property
    def size_bytes(self) -> int:
        """Of the segments that the pass reads."""
        return sum(size for _, size in self._planned.values())

    def install(self, group: CompactedGroup, now_ms: int) -> bool:
        """Put a compacted group into the log; False, and nothing done, if the log has changed meanwhile.

        Raises KafkaError(KAFKA_STORAGE_ERROR).
        """
        log = self.log
        if log.is_offline or not all(self._is_unchanged(base) for base in group.base_offsets):
            return False
        log.install_compacted([self._planned[base][0] for base in group.base_offsets], now_ms)
        return True

    def discard(self, files: FileSystem) -> None:
        """Remove what an unfinished pass has left, unless the log itself is gone. Raises OSError."""
        if not self.log.is_offline:
            discard_compacted(files, self.plan.path)

    def _is_unchanged(self, base_offset: int) -> bool:
        segment, size = self._planned[base_offset]
        present: Segment | None = self.log.segments.floor(base_offset)
        return present is segment and segment is not self.log.segments.active and segment.size_bytes == size


def _last_records(log: Log) -> dict[int, LastRecord]:
    return {
        entry.producer_id: LastRecord(entry.batches[-1].last_offset if entry.batches else None, entry.epoch)
        for entry in log.producers.producers.values()
    }
