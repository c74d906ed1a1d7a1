"""Opening a partition's log: what a clean stop left is believed, what a crash left is read and mended.

The passes, in order (Kafka's `LogLoader`): finish interrupted changes of files; open the segments, and
rebuild those whose indexes are missing; after a crash read every segment that may reach beyond the recovery
point, rebuild its indexes, cut it at the first bad batch and drop what comes after; find the log's bounds;
bring leader epochs and producer state in line with them.
"""

import logging
from collections.abc import Iterable

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader
from kafkapy.storage.checkpoints import MalformedCheckpoint
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


def load_log(
    files: FileSystem,
    path: str,
    topic: str,
    partition: int,
    *,
    config: LogConfig,
    owner: LogOwner,
    log_start_offset: int = 0,
    recovery_point: int = 0,
    had_clean_shutdown: bool = False,
    now_ms: int,
) -> Log:
    """The log in the directory `path`, which may be empty; the
    offsets are those of the checkpoints. Raises OSError.
    """
    loader = _Loader(
        files,
        path,
        f"{topic}-{partition}",
        config,
        log_start_offset,
        recovery_point,
        had_clean_shutdown,
        now_ms,
    )
    local = loader.load()
    return Log(
        local,
        topic,
        partition,
        read_topic_id(files, path),
        owner,
        log_start_offset=loader.log_start_offset,
        producers=loader.producers,
        snapshots=loader.snapshots,
        leader_epochs=loader.leader_epochs,
    )


class _Loader:
    """One partition on its way from files to a log."""

    def __init__(
        self,
        files: FileSystem,
        path: str,
        name: str,
        config: LogConfig,
        log_start_offset: int,
        recovery_point: int,
        had_clean_shutdown: bool,
        now_ms: int,
    ) -> None:
        self.files = files
        self.path = path
        self.name = name
        self.config = config
        self.log_start_offset = log_start_offset
        self.recovery_point = recovery_point
        self.had_clean_shutdown = had_clean_shutdown
        self.now_ms = now_ms
        self.segments = Segments()
        self.producers = ProducerStates(name)

    def load(self) -> LocalLog:
        names = finish_interrupted_changes(self.files, self.path)
        self.snapshots = Snapshots(self.files, self.path, names)
        self.leader_epochs = self._open_leader_epochs()
        self._open_segments(names)
        if not self.had_clean_shutdown:
            self._recover_unflushed()
        log_end_offset = self._find_end()
        self.log_start_offset = max(self.log_start_offset, self.segments.first.base_offset)
        self.leader_epochs.truncate_from_end(log_end_offset)
        self.leader_epochs.truncate_from_start(self.log_start_offset)
        if not self.had_clean_shutdown:
            self.leader_epochs.write()
        self._load_producers(log_end_offset)
        recovery_point = (
            log_end_offset if self.had_clean_shutdown else min(self.recovery_point, log_end_offset)
        )
        local = LocalLog(
            self.files,
            self.path,
            self.config,
            self.segments,
            log_end_offset,
            recovery_point,
            is_settled=self.had_clean_shutdown,
        )
        if not self.had_clean_shutdown:
            for path in self._small_files():
                local.flushes.small_file_written(path)
        return local

    def _small_files(self) -> list[str]:
        """What a crash may have caught before it was synced."""
        paths = [f"{self.path}/{PARTITION_METADATA}", self.leader_epochs.path]
        return paths + [self.snapshots.path_of(offset) for offset in self.snapshots.offsets]

    def _open_leader_epochs(self) -> LeaderEpochs:
        """An unreadable file is one that a power failure has
        torn: start with none, and read the batches again.
        """
        try:
            return LeaderEpochs(self.files, self.path)
        except MalformedCheckpoint as problem:
            logger.warning(
                "%s: %s is unreadable (%s), reading the log instead", self.name, LEADER_EPOCHS, problem
            )
            self.files.remove(f"{self.path}/{LEADER_EPOCHS}")
            self.had_clean_shutdown = False
            self.recovery_point = 0
            return LeaderEpochs(self.files, self.path)

    def _open_segments(self, names: Iterable[str]) -> None:
        present = set(names)
        bases = sorted(
            offset for name in names if name.endswith(LOG) and (offset := offset_of(name)) is not None
        )
        known = set(bases)
        for name in names:
            if name.endswith(INDEXES) and offset_of(name) not in known:
                self.files.remove(f"{self.path}/{name}")
        for base_offset in bases:
            self.segments.add(Segment(self.files, self.path, base_offset, self.now_ms))
        unflushed = [] if self.had_clean_shutdown else self.segments.reaching(self.recovery_point)
        for segment in self.segments:
            indexes = {file_name(segment.base_offset, suffix) for suffix in (OFFSET_INDEX, TIME_INDEX)}
            is_whole = indexes <= present and self._has_sane_transaction_index(segment)
            if not is_whole and segment not in unflushed:
                logger.warning("%s: rebuilding the indexes of segment %d", self.name, segment.base_offset)
                self._recover(segment)
                for file in segment.open_files():
                    file.sync()

    def _has_sane_transaction_index(self, segment: Segment) -> bool:
        try:
            entries = segment.transaction_index.entries
        except ValueError:
            return False
        return all(entry.last_offset >= segment.base_offset for entry in entries)

    def _recover_unflushed(self) -> None:
        """After a crash nothing at or above the recovery point is believed."""
        unflushed = self.segments.reaching(self.recovery_point)
        for number, segment in enumerate(unflushed):
            cut = self._recover(segment)
            following = unflushed[number + 1 :]
            if cut or (following and self._is_torn_between(segment, following[0])):
                logger.warning(
                    "%s: segment %d ends at %d bytes, %d later ones are dropped",
                    self.name,
                    segment.base_offset,
                    segment.size_bytes,
                    len(following),
                )
                self._drop(following)
                return

    def _is_torn_between(self, segment: Segment, following: Segment) -> bool:
        """Whether two segments do not belong together: the crash cut the first one just behind a batch, or
        brought back the second one after a truncation.

        Where compaction has been at work missing batches are as they should be, unless nothing follows.
        """
        end = segment.next_offset()
        is_end = following is self.segments.active and not following.size_bytes
        has_gap = end < following.base_offset and (not self.config.compact or is_end)
        return has_gap or end > following.base_offset

    def _recover(self, segment: Segment) -> int:
        """Read a segment and rebuild what belongs to it; gives the bytes that were cut off its end."""
        producers = ProducerStates(self.name)
        self._rebuild(producers, segment.base_offset)
        next_offset = segment.base_offset

        def replay(header: BatchHeader, batch: memoryview) -> Iterable[AbortedTransaction]:
            nonlocal next_offset
            next_offset = header.next_offset
            self.leader_epochs.observe(header.partition_leader_epoch, header.base_offset)
            return producers.replay(header, batch)

        cut = recover_segment(segment, self.config.index_interval_bytes, replay)
        segment.offset_index.entries.seal()
        segment.time_index.entries.seal()
        if next_offset > self.log_start_offset:
            self.snapshots.write(next_offset, producers.encode_snapshot())
        return cut

    def _find_end(self) -> int:
        """The log end offset; a log without segments, or with
        none that reaches its start, begins anew there.
        """
        if len(self.segments):
            active = self.segments.active
            try:
                log_end_offset = active.next_offset()
            except KafkaError as problem:
                logger.warning("%s: the last segment is damaged (%s), recovering it", self.name, problem)
                self._recover(active)
                self.had_clean_shutdown = False
                log_end_offset = active.next_offset()
            if log_end_offset >= self.log_start_offset:
                return log_end_offset
            logger.warning(
                "%s: ends at %d, before its log start offset %d: starting anew there",
                self.name,
                log_end_offset,
                self.log_start_offset,
            )
            self._drop(list(self.segments))
            self.leader_epochs.clear()
        self.had_clean_shutdown = False
        preallocate = self.config.segment_bytes if self.config.preallocate else 0
        self.segments.add(
            Segment.create(self.files, self.path, self.log_start_offset, self.now_ms, preallocate)
        )
        return self.log_start_offset

    def _drop(self, doomed: list[Segment]) -> None:
        """Remove segments, the last one first, so that no
        power failure brings them back behind new batches.
        """
        for segment in reversed(doomed):
            self.segments.remove(segment)
            for path in segment.mark_deleted():
                self.files.remove(path)
        if doomed:
            self.files.sync_directory(self.path)

    def _load_producers(self, log_end_offset: int) -> None:
        """The state at the log end offset, which gets a snapshot unless nothing can be in it."""
        self.snapshots.remove_strays(self.segments.bases)
        if self.had_clean_shutdown and not self.snapshots.offsets:
            offsets = {self.segments.active.base_offset, log_end_offset}
            for offset in sorted(offset for offset in offsets if offset > self.log_start_offset):
                self.snapshots.write(offset, self.producers.encode_snapshot())
            return
        self._rebuild(self.producers, log_end_offset)
        if log_end_offset > self.log_start_offset and log_end_offset not in self.snapshots.offsets:
            self.snapshots.write(log_end_offset, self.producers.encode_snapshot())

    def _rebuild(self, producers: ProducerStates, up_to: int) -> None:
        rebuild_producers(
            producers,
            self.snapshots,
            self.segments,
            log_start_offset=self.log_start_offset,
            up_to=up_to,
            now_ms=self.now_ms,
            expiration_ms=self.config.producer_id_expiration_ms,
        )
