"""A partition that this broker leads: its log, how far readers may go, and who waits for that to move.

The high watermark is what the broker has promised to keep: replies and readers wait for it. With one replica
and Kafka's own durability (the operating system writes back) the promise holds as soon as the log has the
bytes, but for every `flush.messages` records; with `kafkapy.durability=fsync` once they are on disk.
Everything above this module sees offsets and batches, never files.
"""

from collections import deque
from collections.abc import Callable

from kafkapy.broker.waiters import Wake
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader, read_header
from kafkapy.records.policy import ValidationPolicy
from kafkapy.records.validate import validate
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.log import AppendInfo, Log
from kafkapy.storage.log_start import LogStartOffsetIncrementReason
from kafkapy.storage.producer_verification import Verification

NO_EPOCH = -1
WhenCommitted = Callable[[KafkaError | None], object]


class Partition:
    """The leader's side of one partition; event-loop thread only."""

    __slots__ = (
        "_is_synced_first",
        "_sync",
        "_uncommitted",
        "_unpromised",
        "high_watermark",
        "index",
        "is_moving",
        "leader_epoch",
        "log",
        "name",
        "policy",
        "topic",
        "topic_id",
        "waiters",
    )

    def __init__(
        self,
        log: Log,
        topic_id: bytes,
        leader_epoch: int,
        policy: ValidationPolicy,
        *,
        sync: Callable[[Log], object],
        is_synced_first: bool = False,
    ) -> None:
        """`sync` has a log brought to disk, after which `synced` is to be called. `is_synced_first`: nothing
        is promised before.
        """
        self.name = log.name
        self.topic = log.topic
        self.index = log.partition
        self.topic_id = topic_id
        self.log = log
        self.leader_epoch = leader_epoch
        self.policy = policy
        self.high_watermark = log.log_end_offset
        log.high_watermark_advanced(self.high_watermark)  # or transactions found by a recovery stay unstable
        self.waiters: dict[Wake, None] = {}
        self.is_moving = False
        """Whether the log is on its way into another directory."""
        self._sync = sync
        self._is_synced_first = is_synced_first
        self._unpromised: deque[tuple[int, int]] = deque()
        """(end offset, bytes) of appends that have to be on disk first."""
        self._uncommitted: deque[tuple[int, WhenCommitted]] = deque()
        """Who waits for the high watermark to reach an offset."""

    @property
    def last_stable_offset(self) -> int:
        """Readers of committed data stop here: where the earliest
        open transaction starts, or the high watermark.
        """
        unstable = self.log.first_unstable_offset
        return self.high_watermark if unstable is None else min(unstable, self.high_watermark)

    def lead(self, leader_epoch: int) -> None:
        """Go on as leader in another epoch."""
        self.leader_epoch = leader_epoch
        self.log.assign_leader_epoch(leader_epoch)
        self.wake()

    def check_leader_epoch(self, epoch: int) -> None:
        """Refuse a client whose metadata is older (FENCED_LEADER_EPOCH)
        or newer (UNKNOWN_LEADER_EPOCH) than ours.
        """
        if epoch in (NO_EPOCH, self.leader_epoch):
            return
        raise KafkaError(
            ErrorCode.FENCED_LEADER_EPOCH if epoch < self.leader_epoch else ErrorCode.UNKNOWN_LEADER_EPOCH
        )

    def append(
        self,
        records: memoryview,
        now_ms: int,
        verification: Verification | None = None,
        header: BatchHeader | None = None,
    ) -> tuple[AppendInfo, int]:
        """Append a client's batch: (where it went, its append time in ms or -1). Of a retried batch the time
        is the largest timestamp of the first attempt. The first batch of a transaction needs a
        `verification` (see kafkapy.broker.membership). `header`: what `only_batch` gave.

        KafkaError, or InvalidRecords with the records at fault, when it is refused; the log is then
        unchanged.
        """
        batch = validate(records, self.policy, now_ms, self.name, header)
        appended = self._append(batch.buffer, batch.header, AppendOrigin.CLIENT, now_ms, verification)
        return appended, appended.max_timestamp if appended.duplicate else batch.append_time_ms

    def append_own(
        self,
        batch: bytearray,
        now_ms: int,
        *,
        verification: Verification | None = None,
        transaction_version: int = 0,
    ) -> int:
        """Append a batch that the broker made itself; the offset after its last record.

        `transaction_version` goes with the end marker of a transaction.
        """
        appended = self._append(
            batch, read_header(batch), AppendOrigin.COORDINATOR, now_ms, verification, transaction_version
        )
        return appended.last_offset + 1

    def synced(self) -> None:
        """The log has brought more to disk, or will never do so again."""
        if self.log.is_offline:
            self.wake()
            return
        unpromised, synced_offset = self._unpromised, self.log.synced_offset
        end_offset, new_bytes = self.high_watermark, 0
        while unpromised and unpromised[0][0] <= synced_offset:
            end_offset, size_bytes = unpromised.popleft()
            new_bytes += size_bytes
        if end_offset > self.high_watermark:
            self._promise(end_offset, new_bytes)

    def may_answer(self, end_offset: int, *, waits_for_all: bool) -> bool:
        """Whether a producer may be told that everything below `end_offset` is there; `waits_for_all` are
        those with acks=-1. The others wait for `flush.messages` alone.
        """
        return self.high_watermark >= end_offset or (self._is_synced_first and not waits_for_all)

    def wake(self, new_bytes: int = 0) -> None:
        """Tell everyone who waits that `new_bytes` became readable,
        or that something else about the partition changed.
        """
        self._tell_committed()
        for waiter in tuple(self.waiters):
            waiter(new_bytes)

    def when_committed(self, end_offset: int, callback: WhenCommitted) -> None:
        """Call back once the high watermark has reached `end_offset` and those that others wait for already,
        or with an error when it never will.
        """
        self._uncommitted.append((end_offset, callback))
        self._tell_committed()

    def delete_records_before(self, offset: int) -> int:
        """Forget what is below `offset` (-1: below the high watermark); the new log start offset."""
        target = self.high_watermark if offset == -1 else offset
        if target < -1 or target > self.high_watermark:
            raise KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE)
        self.log.delete_records_before(target, LogStartOffsetIncrementReason.CLIENT_RECORD_DELETION)
        return self.log.log_start_offset

    def _append(
        self,
        buffer: bytearray | memoryview,
        header: BatchHeader,
        origin: AppendOrigin,
        now_ms: int,
        verification: Verification | None,
        transaction_version: int = 0,
    ) -> AppendInfo:
        appended = self.log.append(
            buffer,
            (header,),
            leader_epoch=self.leader_epoch,
            origin=origin,
            now_ms=now_ms,
            verification=verification,
            transaction_version=transaction_version,
        )
        if appended.duplicate:
            return appended
        if self._is_synced_first or self.log.is_sync_due:
            self._unpromised.append((appended.last_offset + 1, appended.size_bytes))
            self._sync(self.log)
        else:
            self._promise(appended.last_offset + 1, appended.size_bytes)
        return appended

    def _promise(self, end_offset: int, new_bytes: int) -> None:
        """From now on everything below `end_offset` is kept: let readers and waiting replies have it."""
        self.high_watermark = end_offset
        self.log.high_watermark_advanced(end_offset)
        if self.waiters or self._uncommitted:
            self.wake(new_bytes)

    def _tell_committed(self) -> None:
        waiting = self._uncommitted
        while waiting and (self.high_watermark >= waiting[0][0] or self.log.is_offline):
            end_offset, callback = waiting.popleft()
            is_committed = self.high_watermark >= end_offset
            callback(None if is_committed else KafkaError(ErrorCode.KAFKA_STORAGE_ERROR))
