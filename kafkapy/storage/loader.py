"""Opening a partition's log: what a clean stop left is believed, what a crash left is read and mended.

The passes, in order (Kafka's `LogLoader`): finish interrupted changes of files; find the segments; after a
crash read what is above the recovery point, complete the indexes, cut at the first bad batch and drop what
comes after; find the log's bounds; bring leader epochs and producer state in line with them. Segments whose
indexes are missing are read as well.
"""

import logging
from collections.abc import Iterable

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader
from kafkapy.storage.checkpoints import MalformedCheckpoint
from kafkapy.storage.doubt import Doubt
from kafkapy.storage.files import FileSystem
from kafkapy.storage.leader_epochs import LeaderEpochs
from kafkapy.storage.local_log import LocalLog
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_owner import LogOwner
from kafkapy.storage.names import (
    INDEXES,
    LEADER_EPOCHS,
    LOG,
    OFFSET_INDEX,
    PARTITION_METADATA,
    TIME_INDEX,
    TRANSACTION_INDEX,
    file_name,
    offset_of,
)
from kafkapy.storage.partition_metadata import read_topic_id
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.rebuild import rebuild_producers
from kafkapy.storage.segment import Segment
from kafkapy.storage.segment_recovery import recover_segment
from kafkapy.storage.segments import Segments
from kafkapy.storage.snapshots import Snapshots
from kafkapy.storage.swap_files import finish_interrupted_changes
from kafkapy.storage.transaction_index import AbortedTransaction

logger = logging.getLogger(__name__)


class LogLoader:
    """One partition on its way from files to a log: `open`, then `load`, which may take long and may run in
    another thread than `open`, if `files` is for no other log.
    """

    def __init__(
        self,
        files: FileSystem,
        path: str,
        topic: str,
        partition: int,
        *,
        config: LogConfig,
        owner: LogOwner[Log],
        log_start_offset: int = 0,
        recovery_point: int = 0,
        compacted_up_to: int = 0,
        had_clean_shutdown: bool = False,
        now_ms: int,
    ) -> None:
        """The log in the directory `path`, which may be empty; the offsets are those of the checkpoints."""
        self.unread_bytes = 0
        """How much `load` has still to read: nothing if the log was stopped cleanly, or not written to since
        its recovery point.
        """
        self._files = files
        self._path = path
        self._topic = topic
        self._partition = partition
        self._name = f"{topic}-{partition}"
        self._config = config
        self._owner = owner
        self._log_start_offset = log_start_offset
        self._recovery_point = recovery_point
        self._compacted_up_to = compacted_up_to
        self._is_clean = had_clean_shutdown
        self._now_ms = now_ms
        self._segments = Segments()
        self._producers = ProducerStates(self._name)
        self._bare: list[Segment] = []  # their indexes are missing
        self._unflushed: list[tuple[Segment, int]] = []  # and from which position on
        self._is_changed = False  # so that a clean stop has to sync more than names
        self._recovered: ProducerStates | None = None  # at the end of what was recovered last

    def open(self) -> "LogLoader":
        """Look at the files. Raises OSError, as `load` does."""
        names = finish_interrupted_changes(self._files, self._path)
        self._snapshots = Snapshots(self._files, self._path, names)
        self._leader_epochs = self._open_leader_epochs()
        self._open_segments(set(names))
        self._find_unflushed()
        unread = [(segment, 0) for segment in self._bare] + self._unflushed
        self.unread_bytes = sum(segment.size_bytes - position for segment, position in unread)
        return self

    def load(self) -> Log:
        """Read what has to be read; what is wrong is mended."""
        for segment in self._bare:
            self._recover(segment)
            for file in segment.open_files():
                file.sync()
        self._recover_unflushed()
        log_end_offset = self._find_end()
        self._log_start_offset = max(self._log_start_offset, self._segments.first.base_offset)
        self._leader_epochs.truncate_from_end(log_end_offset)
        self._leader_epochs.truncate_from_start(self._log_start_offset)
        if self._is_changed:
            self._leader_epochs.write()
        self._load_producers(log_end_offset)
        self.unread_bytes = 0
        return Log(
            self._local_log(log_end_offset),
            self._topic,
            self._partition,
            read_topic_id(self._files, self._path),
            self._owner,
            log_start_offset=self._log_start_offset,
            producers=self._producers,
            snapshots=self._snapshots,
            leader_epochs=self._leader_epochs,
        )

    def _local_log(self, log_end_offset: int) -> LocalLog:
        recovery_point = log_end_offset if self._is_clean else min(self._recovery_point, log_end_offset)
        local = LocalLog(
            self._files,
            self._path,
            self._config,
            self._segments,
            log_end_offset,
            recovery_point,
            is_settled=self._is_clean,
            is_touched=self._is_changed,
        )
        if not self._is_clean:
            for path in self._small_files():
                local.flushes.small_file_written(path)
        return local

    def _small_files(self) -> list[str]:
        """What a crash may have caught before it was synced."""
        paths = [f"{self._path}/{PARTITION_METADATA}", self._leader_epochs.path]
        offsets = [offset for offset in self._snapshots.offsets if offset >= self._recovery_point]
        return paths + [self._snapshots.path_of(offset) for offset in offsets]

    def _open_leader_epochs(self) -> LeaderEpochs:
        """An unreadable file is one that a power failure has
        torn: start with none, and read the batches again.
        """
        try:
            return LeaderEpochs(self._files, self._path)
        except MalformedCheckpoint as problem:
            logger.warning(
                "%s: %s is unreadable (%s), reading the log instead", self._name, LEADER_EPOCHS, problem
            )
            self._files.remove(f"{self._path}/{LEADER_EPOCHS}")
            self._is_clean = False
            self._recovery_point = 0
            return LeaderEpochs(self._files, self._path)

    def _open_segments(self, names: set[str]) -> None:
        bases = sorted(
            offset for name in names if name.endswith(LOG) and (offset := offset_of(name)) is not None
        )
        for name in names:
            if name.endswith(INDEXES) and offset_of(name) not in bases:
                self._files.remove(f"{self._path}/{name}")
        for base_offset in bases:
            segment = Segment(self._files, self._path, base_offset, self._now_ms)
            segment.doubt = Doubt(segment.log.path, segment.size_bytes)
            self._segments.add(segment)
            if not self._has_indexes(segment, names):
                self._bare.append(segment)

    def _has_indexes(self, segment: Segment, names: set[str]) -> bool:
        indexes = {file_name(segment.base_offset, suffix) for suffix in (OFFSET_INDEX, TIME_INDEX)}
        if not indexes <= names:
            return False
        if file_name(segment.base_offset, TRANSACTION_INDEX) not in names:
            return True
        try:
            entries = segment.transaction_index.entries
        except ValueError:
            return False
        return all(entry.last_offset >= segment.base_offset for entry in entries)

    def _find_unflushed(self) -> None:
        """After a crash nothing at or above the recovery point is believed, and none of the indexes there."""
        unflushed = [] if self._is_clean else self._segments.reaching(self._recovery_point)
        for segment in unflushed:
            position = 0
            if segment not in self._bare and segment.base_offset < self._recovery_point:
                sizes = [file.size for file in segment.open_files()]
                position = segment.settle_below(self._recovery_point) or 0
                self._is_changed |= sizes != [file.size for file in segment.open_files()]
            self._unflushed.append((segment, position))
        self._bare = [segment for segment in self._bare if segment not in unflushed]
        for segment in self._bare:
            logger.warning("%s: rebuilding the indexes of segment %d", self._name, segment.base_offset)

    def _recover_unflushed(self) -> None:
        for number, (segment, position) in enumerate(self._unflushed):
            following = [segment for segment, _ in self._unflushed[number + 1 :]]
            if position == segment.size_bytes > 0 and not following and segment.has_whole_time_index:
                return
            cut = self._recover(segment, position)
            if cut or (following and self._is_torn_between(segment, following[0])):
                logger.warning(
                    "%s: segment %d ends at %d bytes, %d later ones are dropped",
                    self._name,
                    segment.base_offset,
                    segment.size_bytes,
                    len(following),
                )
                self._drop(following)
                return

    def _is_torn_between(self, segment: Segment, following: Segment) -> bool:
        """Whether two segments do not belong together: the crash cut the first one just behind a batch, or
        brought back the second one after a truncation.

        Where compaction has been at work missing batches are as they should be, but where nothing follows
        only if it is known to have come that far.
        """
        end = segment.next_offset()
        is_end = (
            following is self._segments.active
            and not following.size_bytes
            and following.base_offset > self._compacted_up_to
        )
        has_gap = end < following.base_offset and (not self._config.compact or is_end)
        return has_gap or end > following.base_offset

    def _recover(self, segment: Segment, position: int = 0) -> int:
        """Read a segment from `position` on, the place of the recovery point or 0, and complete what belongs
        to it; gives the bytes that were cut off its end.
        """
        self._is_changed = True
        next_offset = self._recovery_point if position else segment.base_offset
        producers = ProducerStates(self._name)
        self._rebuild(producers, next_offset)

        def replay(header: BatchHeader, batch: memoryview) -> Iterable[AbortedTransaction]:
            self._leader_epochs.observe(header.partition_leader_epoch, header.base_offset)
            return producers.replay(header, batch)

        def on_read(count: int) -> None:
            self.unread_bytes -= count

        cut = recover_segment(
            segment,
            self._config.index_interval_bytes,
            replay,
            position=position,
            next_offset=next_offset,
            on_read=on_read,
        )
        segment.doubt = Doubt(segment.log.path, position) if position else None
        segment.offset_index.entries.seal()
        segment.time_index.entries.seal()
        if segment.base_offset < self._recovery_point:  # the next start believes them without reading
            for file in segment.open_files():
                file.sync()
        end_offset = segment.next_offset()
        if end_offset > self._log_start_offset:
            self._snapshots.write(end_offset, producers.encode_snapshot())
        self._recovered = producers
        return cut

    def _find_end(self) -> int:
        """The log end offset; a log without segments, or with
        none that reaches its start, begins anew there.
        """
        if len(self._segments):
            active = self._segments.active
            try:
                log_end_offset = active.next_offset()
            except KafkaError as problem:
                logger.warning("%s: the last segment is damaged (%s), recovering it", self._name, problem)
                self._recover(active)
                self._is_clean = False
                log_end_offset = active.next_offset()
            if log_end_offset >= self._log_start_offset:
                return log_end_offset
            logger.warning(
                "%s: ends at %d, before its log start offset %d: starting anew there",
                self._name,
                log_end_offset,
                self._log_start_offset,
            )
            self._drop(list(self._segments))
            self._leader_epochs.clear()
        self._is_clean = False
        self._is_changed = True
        preallocate = self._config.segment_bytes if self._config.preallocate else 0
        self._segments.add(
            Segment.create(self._files, self._path, self._log_start_offset, self._now_ms, preallocate)
        )
        return self._log_start_offset

    def _drop(self, doomed: list[Segment]) -> None:
        """Remove segments, the last one first, so that no
        power failure brings them back behind new batches.
        """
        for segment in reversed(doomed):
            self._segments.remove(segment)
            for path in segment.mark_deleted():
                self._files.remove(path)
        if doomed:
            self._files.sync_directory(self._path)

    def _load_producers(self, log_end_offset: int) -> None:
        """The state at the log end offset, which gets a snapshot unless nothing can be in it."""
        self._snapshots.remove_strays(self._segments.bases, self._recovery_point)
        if self._is_clean and not self._snapshots.offsets:
            offsets = {self._segments.active.base_offset, log_end_offset}
            for offset in sorted(offset for offset in offsets if offset > self._log_start_offset):
                self._snapshots.write(offset, self._producers.encode_snapshot())
            return
        self._rebuild(self._producers, log_end_offset)
        if self._recovered is not None:
            self._producers.recall(self._recovered)
        if log_end_offset > self._log_start_offset and log_end_offset not in self._snapshots.offsets:
            self._snapshots.write(log_end_offset, self._producers.encode_snapshot())

    def _rebuild(self, producers: ProducerStates, up_to: int) -> None:
        rebuild_producers(
            producers,
            self._snapshots,
            self._segments,
            log_start_offset=self._log_start_offset,
            up_to=up_to,
            now_ms=self._now_ms,
            expiration_ms=self._config.producer_id_expiration_ms,
        )
