"""One partition's log: batches with offsets in Kafka's files, and all that Kafka knows about producers and
epochs.

Synchronous, and called from the event-loop thread only. What may take long is handed out as a job: a closure
without arguments that may run in any thread and whose result is installed on the loop. Time comes in as an
argument. Not supported: tiered storage.
"""

from collections.abc import Callable, Sequence

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader
from kafkapy.storage.append_info import AppendInfo
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.leader_epochs import EpochEndOffset, LeaderEpochs
from kafkapy.storage.local_log import LocalLog
from kafkapy.storage.log_config import NEVER, LogConfig
from kafkapy.storage.log_owner import LogOwner
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.partition_metadata import write_topic_id
from kafkapy.storage.placement import Placed, place
from kafkapy.storage.producer_append import DuplicateBatch, ProducerUpdate
from kafkapy.storage.producer_check import check_producers
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.producer_verification import Verification
from kafkapy.storage.reader import NOTHING, FetchData, Span, find_span, out_of_range, read_span
from kafkapy.storage.rebuild import rebuild_producers
from kafkapy.storage.retention import facts_of, plan_deletion
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments
from kafkapy.storage.snapshots import Snapshots
from kafkapy.storage.storage_errors import is_disk_full, needs_space, offline_on_error
from kafkapy.storage.timestamps import TimestampAndOffset, first_at_or_after, first_of_latest
from kafkapy.storage.transaction_index import AbortedTransaction

__all__ = ["AppendInfo", "AppendOrigin", "FetchData", "Log"]


class Log:
    """A partition's log. Built by `kafkapy.storage.loader`.

    Any method that uses the disk raises KafkaError(KAFKA_STORAGE_ERROR) when the disk refuses; the log
    directory is full or offline from then on.
    """

    def __init__(
        self,
        local: LocalLog,
        topic: str,
        partition: int,
        topic_id: bytes | None,
        owner: "LogOwner[Log]",
        *,
        log_start_offset: int,
        producers: ProducerStates,
        snapshots: Snapshots,
        leader_epochs: LeaderEpochs,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.topic_id = topic_id
        self.log_start_offset = log_start_offset
        """The first offset that a reader may ask for."""
        self.producers = producers
        self.leader_epochs = leader_epochs
        self.is_offline = False
        self.is_full = False
        self._local = local
        self._owner = owner
        self._snapshots = snapshots
        self._unflushed_since_ms = NEVER

    @property
    def name(self) -> str:
        """`<topic>-<partition>`."""
        return f"{self.topic}-{self.partition}"

    @property
    def path(self) -> str:
        """The partition's directory."""
        return self._local.path

    @property
    def config(self) -> LogConfig:
        return self._local.config

    @property
    def log_end_offset(self) -> int:
        """The offset that the next record gets."""
        return self._local.log_end_offset

    @property
    def recovery_point(self) -> int:
        """Everything below survives a power failure, and needs no recovery after it."""
        return self._local.flushes.recovery_point

    @property
    def synced_offset(self) -> int:
        """The batches below survive a power failure."""
        return self._local.flushes.synced_offset

    @property
    def first_unstable_offset(self) -> int | None:
        """Where the earliest transaction starts that is open,
        or whose end the high watermark has not passed.
        """
        return self.producers.first_unstable_offset

    @property
    def size_bytes(self) -> int:
        """Bytes of all batches."""
        return self._local.segments.size_bytes

    @property
    def segments(self) -> Segments:
        """For those who plan what becomes of them; only the log itself changes them."""
        return self._local.segments

    @property
    def segment_bases(self) -> list[int]:
        """Base offsets of the segments, rising."""
        return list(self._local.segments.bases)

    @needs_space
    def set_topic_id(self, topic_id: bytes) -> None:
        """Remember, beside the segments, which topic this is a partition of."""
        self.topic_id = topic_id
        self._local.flushes.small_file_written(write_topic_id(self._local.files, self.path, topic_id))

    @property
    def is_sync_due(self) -> bool:
        """Whether `flush.messages` records or more are not on disk."""
        local = self._local
        return local.log_end_offset - local.flushes.synced_offset >= local.config.flush_messages

    @needs_space
    def take_over(self, other: "Log") -> None:
        """Go on as `other`, whose copy this is, does: it knows more of its producers than files tell."""
        self.producers = other.producers
        if self.log_end_offset > self.log_start_offset:
            self._take_snapshot(self.log_end_offset)

    def update_config(self, config: LogConfig) -> None:
        self._local.config = config

    # Append

    def append(
        self,
        buffer: bytearray | memoryview,
        headers: Sequence[BatchHeader],
        *,
        leader_epoch: int,
        origin: AppendOrigin,
        now_ms: int,
        verification: Verification | None = None,
        transaction_version: int = 0,
    ) -> AppendInfo:
        """Put batches at the end of the log; `headers` are those of `buffer`, in order, at most one from a
        client.

        `verification` goes with the first batch of a transaction, `transaction_version` with an end marker.

        1. assign: offsets and the leader epoch are patched into `buffer`, outside the checksums; 2. check
        producers: KafkaError refuses the append, a duplicate ends it, the log is unchanged; 3. note the
        leader epoch if it is new, roll if the active segment is full; 4. write everything with one call: if
        that fails the segment is cut back to where it was and nothing else changes; 5. remember: indexes, log
        end offset, then producers, then aborted transactions. If the disk fails here the bytes are in the log
        all the same, and the next start finds the rest by reading them.
        """
        if self.is_offline or self.is_full:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        local = self._local
        if len(buffer) > local.config.segment_bytes:
            raise self._too_large(len(buffer))
        placed = place(buffer, headers, local.log_end_offset, leader_epoch, origin)
        updates: Sequence[ProducerUpdate] = ()
        if headers[0].producer_id >= 0 or len(headers) > 1:
            checked = check_producers(
                self.producers, buffer, headers, placed, origin, verification, transaction_version
            )
            if isinstance(checked, DuplicateBatch):
                return AppendInfo(*checked, size_bytes=0, duplicate=True)
            updates = checked
        first_offset = placed[0].last_offset - headers[0].last_offset_delta
        last_offset, max_timestamp, _ = placed[-1]
        if len(placed) > 1:
            max_timestamp = max(batch.max_timestamp for batch in placed)
        appended = AppendInfo(first_offset, last_offset, max_timestamp, len(buffer))
        try:
            if leader_epoch != self.leader_epochs.latest:
                self._remember_epochs(headers, first_offset, leader_epoch, origin)
            self._write(buffer, placed, appended, now_ms)
            for update in updates:
                self._commit(update)
        except OSError as error:
            raise self.failed(error) from error
        return appended

    def _write(
        self, buffer: bytearray | memoryview, placed: Sequence[Placed], appended: AppendInfo, now_ms: int
    ) -> None:
        """Steps 3 and 4 of an append."""
        local = self._local
        first_offset, last_offset, max_timestamp, size, _ = appended
        if local.needs_roll(size, max_timestamp, last_offset, now_ms):
            self._roll(first_offset, now_ms)
        local.append(buffer, placed, last_offset + 1)
        if now_ms < self._unflushed_since_ms:
            self._unflushed_since_ms = now_ms

    def _too_large(self, size: int) -> KafkaError:
        return KafkaError(
            ErrorCode.RECORD_LIST_TOO_LARGE,
            f"Message batch size is {size} bytes in append to partition {self.name}, which exceeds the "
            f"maximum configured segment size of {self.config.segment_bytes}.",
        )

    def _remember_epochs(
        self, headers: Sequence[BatchHeader], first_offset: int, leader_epoch: int, origin: AppendOrigin
    ) -> None:
        """Note the epochs that begin with these batches; those from a leader carry their own."""
        if origin in (AppendOrigin.CLIENT, AppendOrigin.COORDINATOR):
            self.leader_epochs.assign(leader_epoch, first_offset)
            return
        for header in headers:
            if header.partition_leader_epoch not in (-1, self.leader_epochs.latest):
                self.leader_epochs.assign(header.partition_leader_epoch, header.base_offset)

    def _write_epochs(self) -> None:
        if self.leader_epochs.write():
            self._local.flushes.small_file_written(self.leader_epochs.path)

    def _commit(self, update: ProducerUpdate) -> None:
        for aborted in self.producers.commit(update):
            self._local.segments.active.transaction_index.append(aborted)

    def assign_leader_epoch(self, epoch: int) -> None:
        """This broker leads the partition from here on, in `epoch`."""
        self.leader_epochs.assign(epoch, self.log_end_offset)

    @needs_space
    def roll(self, now_ms: int) -> None:
        """Begin a new segment at the log end offset, unless the active one is empty."""
        self._roll(self.log_end_offset, now_ms)

    def _roll(self, base_offset: int, now_ms: int) -> None:
        self._local.roll(base_offset, now_ms)
        self._take_snapshot(base_offset)
        self._owner.flush_wanted(self)

    def _take_snapshot(self, offset: int) -> None:
        path = self._snapshots.write(offset, self.producers.encode_snapshot())
        self._local.flushes.small_file_written(path)

    # Read

    @offline_on_error
    def read(self, offset: int, *, max_bytes: int, up_to: int, at_least_one_batch: bool) -> FetchData:
        """Whole batches, from the one that holds `offset`, that end by `up_to` (a high watermark, say), at
        most `max_bytes`.

        With `at_least_one_batch` the first one comes even if it is larger. A read ends with its segment.
        Raises KafkaError(OFFSET_OUT_OF_RANGE) for offsets that the log does not have; the log end offset
        gives nothing.
        """
        span = self._find(offset, max_bytes, up_to, at_least_one_batch)
        return NOTHING if span is None else read_span(span)

    @offline_on_error
    def available_bytes(self, offset: int, up_to: int, max_bytes: int) -> int:
        """How much `read` would return: counted, not read."""
        span = self._find(offset, max_bytes, up_to, True)
        return 0 if span is None else min(span.end - span.start, max_bytes)

    def _find(self, offset: int, max_bytes: int, up_to: int, at_least_one_batch: bool) -> Span | None:
        log_end_offset = self._local.log_end_offset
        if not self.log_start_offset <= offset <= log_end_offset:
            raise out_of_range(offset, self.log_start_offset, log_end_offset)
        return find_span(
            self._local.segments,
            offset,
            log_end_offset=log_end_offset,
            max_bytes=max_bytes,
            up_to=up_to,
            at_least_one_batch=at_least_one_batch,
        )

    @offline_on_error
    def aborted_transactions(self, first_offset: int, up_to: int) -> list[AbortedTransaction]:
        """The aborted transactions with records in [first_offset, up_to), in the order of their markers."""
        found: list[AbortedTransaction] = []
        for segment in self._local.segments.reaching(first_offset):
            transactions, is_complete = segment.transaction_index.overlapping(first_offset, up_to)
            found.extend(transactions)
            if is_complete:
                break
        return found

    @offline_on_error
    def offset_for_timestamp(self, timestamp: int) -> TimestampAndOffset | None:
        """The first record by offset that is of `timestamp` (ms) or later; looks into compressed batches."""
        return first_at_or_after(self._local.segments, timestamp, self.log_start_offset)

    @offline_on_error
    def offset_of_max_timestamp(self) -> TimestampAndOffset | None:
        """The first record that has the largest timestamp; None if there is no record."""
        return first_of_latest(self._local.segments, self.log_start_offset)

    def end_offset_for_epoch(self, epoch: int) -> EpochEndOffset:
        """How far a leader epoch went; (-1, -1) if that is not known."""
        return self.leader_epochs.end_offset_for(epoch, self.log_end_offset)

    # Forget

    def high_watermark_advanced(self, offset: int) -> None:
        """Transactions that ended below `offset` are no longer unstable."""
        self.producers.high_watermark_advanced(offset)

    @offline_on_error
    def delete_records_before(self, offset: int, reason: LogStartOffsetIncrementReason) -> bool:
        """Move the log start offset up to `offset`; False if it is there already or beyond.

        Readers lose the records at once, the disk when `delete_old_segments` comes by. Raises
        KafkaError(OFFSET_OUT_OF_RANGE) above the log end offset.
        """
        if offset > self.log_end_offset:
            raise out_of_range(offset, self.log_start_offset, self.log_end_offset)
        if offset <= self.log_start_offset:
            return False
        self._move_log_start(offset)
        return True

    def _move_log_start(self, offset: int) -> None:
        self.log_start_offset = offset
        self.leader_epochs.truncate_from_start(offset)
        self.producers.log_start_advanced(offset)

    @offline_on_error
    def delete_old_segments(self, high_watermark: int, now_ms: int) -> int:
        """Apply retention: whole segments leave the log, and the
        disk `file.delete.delay.ms` later. Gives the bytes freed.
        """
        segments = self._local.segments
        if len(segments) == 1 and not segments.active.size_bytes:
            return 0
        reasons = plan_deletion(
            facts_of(segments, self.log_end_offset),
            self.config,
            log_start_offset=self.log_start_offset,
            high_watermark=high_watermark,
            now_ms=now_ms,
        )
        if not reasons:
            return 0
        if len(reasons) == len(segments):
            self._roll(self.log_end_offset, now_ms)
        doomed = [segments[index] for index in range(len(reasons))]
        freed = sum(segment.size_bytes for segment in doomed)
        if segments[len(reasons)].base_offset > self.log_start_offset:
            self._move_log_start(segments[len(reasons)].base_offset)
        paths = self._local.rename_away(doomed)
        for segment in doomed:
            self._snapshots.remove(segment.base_offset)
        self._owner.remove_later(paths, now_ms + self.config.file_delete_delay_ms)
        return freed

    @needs_space
    def install_compacted(self, replaced: Sequence[Segment], now_ms: int) -> None:
        """Put the `.cleaned` segment of the first one's name,
        which is complete and on disk, in the place of all.
        """
        paths = self._local.swap_in_compacted(replaced, now_ms)
        for segment in replaced[1:]:
            self._snapshots.remove(segment.base_offset)
        self._owner.remove_later(paths, now_ms + self.config.file_delete_delay_ms)

    @needs_space
    def truncate_to(self, offset: int, now_ms: int) -> bool:
        """Forget everything from the batch that holds `offset` on; False if the log ends before.

        The recovery point on disk comes down first, so that a crash on the way finds the place where to look.
        """
        if offset >= self.log_end_offset:
            return False
        self._local.flushes.lower(offset)
        self._owner.recovery_point_lowered(self)
        if offset < self._local.segments.first.base_offset:
            self._restart_at(offset, now_ms)
        else:
            self._local.truncate_to(offset)
            self.log_start_offset = min(self.log_start_offset, offset)
            self._after_truncation(now_ms)
        return True

    @needs_space
    def truncate_fully_and_start_at(self, offset: int, now_ms: int) -> None:
        """Forget everything; the next record gets `offset`."""
        self._local.flushes.lower(offset)
        self._owner.recovery_point_lowered(self)
        self._restart_at(offset, now_ms)

    def _restart_at(self, offset: int, now_ms: int) -> None:
        self._local.restart_at(offset, now_ms)
        self.log_start_offset = offset
        self._after_truncation(now_ms)

    def _after_truncation(self, now_ms: int) -> None:
        self.leader_epochs.truncate_from_end(self.log_end_offset)
        rebuild_producers(
            self.producers,
            self._snapshots,
            self._local.segments,
            log_start_offset=self.log_start_offset,
            up_to=self.log_end_offset,
            now_ms=now_ms,
            expiration_ms=self.config.producer_id_expiration_ms,
        )

    def expire_producers(self, now_ms: int) -> None:
        """Forget the producers that have been silent for `producer.id.expiration.ms`."""
        self.producers.expire(now_ms, self.config.producer_id_expiration_ms)

    # Keep

    def flush_due(self, now_ms: int) -> bool:
        """Whether `flush.ms` is reached, or a roll left a segment that is not on disk."""
        return self.has_closed_segment_to_flush or (
            self.synced_offset < self.log_end_offset
            and now_ms - self._unflushed_since_ms >= self.config.flush_ms
        )

    @property
    def has_closed_segment_to_flush(self) -> bool:
        return self.recovery_point < self._local.segments.active.base_offset

    def flush_job(self, up_to: int | None = None) -> Callable[[], int]:
        """A job that makes everything below `up_to` (by default the log end offset) survive a power failure,
        and the recovery point follow.

        It gives an offset, for `flushed`, or raises OSError, for `failed`. One at a time, please.
        """
        try:
            self._write_epochs()
            return self._local.flush_job(self.log_end_offset if up_to is None else up_to)
        except OSError as error:
            raise self.failed(error) from error

    def sync_job(self) -> Callable[[], int]:
        """As `flush_job`, but cheaper while no segment has been closed: the recovery point stays behind."""
        if self.has_closed_segment_to_flush:
            return self.flush_job()
        try:
            return self._local.commit_job()
        except OSError as error:
            raise self.failed(error) from error

    def flushed(self, offset: int) -> None:
        """A `flush_job` or `sync_job` has given `offset`."""
        self._local.flushes.done(offset)
        if self.synced_offset == self.log_end_offset:
            self._unflushed_since_ms = NEVER

    @offline_on_error
    def flush(self) -> None:
        """Do what `flush_job` does, here and now."""
        self.flushed(self.flush_job()())

    def failed(self, error: OSError) -> KafkaError:
        """The disk has refused something (a job, say): full or offline from now on. The error to raise."""
        self._owner.failed(error)
        if is_disk_full(error):
            self.is_full = True
        else:
            self.is_offline = True
        return KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{self.name} in {self.path}: {error}")

    @offline_on_error
    def close(self) -> None:
        """Leave the files as a clean start expects them, durably."""
        job = self.close_job()
        if job is not None:
            self.flushed(job())

    @offline_on_error
    def close_job(self) -> Callable[[], int] | None:
        """As `close`, but for the syncs: a job that does them, as `flush_job` gives it, or None if nothing
        has to be synced.
        """
        if self.log_end_offset > self.log_start_offset and self.log_end_offset not in self._snapshots.offsets:
            self._take_snapshot(self.log_end_offset)
        if self._local.is_touched:
            self._write_epochs()
        return self._local.close_job()

    def abandon(self) -> None:
        """Give all descriptors back and write nothing."""
        self._local.abandon()
        self.is_offline = True
