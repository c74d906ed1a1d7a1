"""A partition's log on its way into another log directory: `<topic>-<partition>.<32 digits>-future`, which is
filled from the present log until it ends where that does, and then takes its place (KIP-113).

Until then the event loop only looks at `log`; everything else is done by one job at a time, in threads.
"""

from collections.abc import Sequence
from dataclasses import replace

from kafkapy.records.batch import iterate_headers
from kafkapy.storage.append_origin import AppendOrigin
from kafkapy.storage.files import FileSystem
from kafkapy.storage.leader_epochs import EpochEndOffset
from kafkapy.storage.loader import LogLoader
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig


class FutureOwner:
    """Implements `kafkapy.storage.log_owner.LogOwner` for a log that belongs to nobody yet."""

    def failed(self, error: OSError) -> None:
        """Whoever runs the job is told by the error that it raises."""

    def remove_later(self, paths: list[str], due_ms: int) -> None:
        """A log that is only written to has nothing to remove."""

    def flush_wanted(self, log: Log) -> None:
        """It is synced as a whole in the end."""

    def recovery_point_lowered(self, log: Log) -> None:
        """No checkpoint speaks of it: it is read whole after a crash."""


class FutureLog:
    """One such log. The methods may run in any thread, one at a time, and may raise KafkaError or OSError."""

    def __init__(self, files: FileSystem, path: str, topic: str, partition: int, topic_id: bytes) -> None:
        """`files` is for this log alone."""
        self.path = path
        self.log: Log | None = None
        self._files = files
        self._topic = topic
        self._partition = partition
        self._topic_id = topic_id

    @property
    def end_offset(self) -> int:
        return -1 if self.log is None else self.log.log_end_offset

    @property
    def size_bytes(self) -> int:
        return 0 if self.log is None else self.log.size_bytes

    def open(self, config: LogConfig, log_start_offset: int, *, is_clean: bool, now_ms: int) -> None:
        """Begin it at `log_start_offset`, or load what an earlier start has left of it. `is_clean`: after a
        clean stop.
        """
        is_new = not self._files.exists(self.path)
        self._files.make_directory(self.path)
        self.log = (
            LogLoader(
                self._files,
                self.path,
                self._topic,
                self._partition,
                config=config,
                owner=FutureOwner(),
                log_start_offset=log_start_offset,
                had_clean_shutdown=is_clean and not is_new,
                now_ms=now_ms,
            )
            .open()
            .load()
        )
        if self.log.topic_id is None:
            self.log.set_topic_id(self._topic_id)

    def agree_with(self, epoch: EpochEndOffset, end_offset: int, now_ms: int) -> None:
        """Forget what the present log, which ends at `end_offset`, has not or not any more. `epoch`: what it
        says to the newest leader epoch of this one.
        """
        assert self.log is not None
        bounds = [end_offset] if epoch.end_offset < 0 else [end_offset, epoch.end_offset]
        if self.log.log_end_offset > min(bounds):
            self.log.truncate_to(min(bounds), now_ms)

    def append(self, chunks: Sequence[bytes | memoryview], now_ms: int) -> None:
        """Whole batches of the present log, from where this one ends; an offset that is here is skipped."""
        assert self.log is not None
        for chunk in chunks:
            if len(chunk) > self.log.config.segment_bytes:
                self.log.update_config(replace(self.log.config, segment_bytes=len(chunk)))
            headers = [header for _, header in iterate_headers(chunk)]
            epoch = headers[-1].partition_leader_epoch
            view = memoryview(chunk)
            self.log.append(view, headers, leader_epoch=epoch, origin=AppendOrigin.REPLICATION, now_ms=now_ms)

    def restart_at(self, offset: int, now_ms: int) -> None:
        """Forget everything and go on at `offset`."""
        assert self.log is not None
        self.log.truncate_fully_and_start_at(offset, now_ms)

    def flush(self) -> None:
        """All of it survives a power failure."""
        assert self.log is not None
        self.log.flush()

    def close(self) -> None:
        """As a clean stop leaves a log, durably; nothing may follow."""
        assert self.log is not None
        self.log.close()
        self.log.abandon()
