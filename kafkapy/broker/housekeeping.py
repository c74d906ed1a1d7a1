"""What keeps the logs healthy while the broker runs: retention, removal of files, syncs, checkpoints,
compaction, producer expiry.

Each chore is planned on the event loop; what touches closed files for long runs in a thread and its result is
installed on the loop.
"""

from collections.abc import Callable
from contextlib import suppress

from kafkapy.broker.jobs import Jobs
from kafkapy.broker.log_cleaner import LogCleaner
from kafkapy.broker.log_sync import LogSync
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.clock import Clock, Timer
from kafkapy.config.broker import BrokerConfig
from kafkapy.config.key import LONG_MAX
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.log import Log

LEAST_BACKOFF_MS = 100
AT_ONCE = 200
"""Logs that retention looks at before requests have their turn: 2 ms."""


class Housekeeping:
    """Owns the timers of the chores."""

    def __init__(
        self,
        config: BrokerConfig,
        directories: LogDirectories,
        partitions: Partitions,
        clock: Clock,
        jobs: Jobs,
        log_sync: LogSync,
    ) -> None:
        self._config = config
        self._directories = directories
        self._partitions = partitions
        self._clock = clock
        self._timers: dict[str, Timer] = {}
        self._jobs = jobs
        self._log_sync = log_sync
        self._cleaner = LogCleaner(config, directories, partitions, clock, jobs.run)

    def start(self) -> None:
        config = self._config
        self._every(
            "retention",
            config.log_retention_check_interval_ms,
            self.apply_retention,
            first_ms=config.log_initial_task_delay_ms,
        )
        self._every("checkpoints", config.log_flush_offset_checkpoint_interval_ms, self.write_checkpoints)
        self._clean()
        if config.log_flush_scheduler_interval_ms < LONG_MAX:
            self._every("flushes", config.log_flush_scheduler_interval_ms, self.flush)
        self._every("producers", config.producer_id_expiration_check_interval_ms, self.expire_producers)
        self.schedule_removal()

    async def stop(self) -> None:
        """Cancel the chores and wait for the jobs in threads."""
        for timer in self._timers.values():
            timer.cancel()
        self._cleaner.stop()
        await self._jobs.finished()

    def is_compacting(self, log: Log) -> bool:
        """Whether a pass over it is under way."""
        return self._cleaner.is_compacting(log)

    def apply_retention(self) -> None:
        """Of the logs that are not compacted: `LogCleaner` looks after the others."""
        self._apply_retention(list(self._partitions))

    def _apply_retention(self, partitions: list[Partition]) -> None:
        """To some of them now and to the rest in a moment: no request shall wait for thousands of logs."""
        now_ms = self._clock.now_ms()
        for partition in partitions[:AT_ONCE]:
            is_here = self._partitions.get(None, partition.topic_id, partition.index) is partition
            if is_here and not partition.log.is_offline and not partition.log.config.compact:
                with suppress(KafkaError):  # the directory has gone offline, and said so
                    partition.log.delete_old_segments(partition.high_watermark, now_ms)
        self.schedule_removal()
        if rest := partitions[AT_ONCE:]:
            self._at("rest of retention", 0, lambda: self._apply_retention(rest))

    def expire_producers(self) -> None:
        now_ms = self._clock.now_ms()
        for partition in self._partitions:
            partition.log.expire_producers(now_ms)

    def flush(self) -> None:
        """Have the logs synced for which `flush.ms` has passed."""
        for log in self._directories.flushes_due(self._clock.now_ms()):
            self._log_sync.want(log)

    def write_checkpoints(self) -> None:
        high_watermarks = {(p.topic, p.index): p.high_watermark for p in self._partitions}
        job = self._directories.checkpoint_job(high_watermarks=high_watermarks)
        self._jobs.run(job, failed=self._directories.failed)

    def _clean(self) -> None:
        self._cleaner.run()
        self.schedule_removal()
        self._at("cleaning", max(self._config.log_cleaner_backoff_ms, LEAST_BACKOFF_MS), self._clean)

    def schedule_removal(self) -> None:
        """Remove deleted segments and partitions from the disk when their time has come."""
        due_ms = self._directories.next_removal_ms
        if due_ms is not None:
            self._at("removal", due_ms - self._clock.now_ms(), self._remove_files)

    def _remove_files(self) -> None:
        job = self._directories.removal_job(self._clock.now_ms())
        if job is None:
            self.schedule_removal()
        else:
            self._jobs.run(job, lambda _: self.schedule_removal())

    def _every(
        self, name: str, period_ms: int, chore: Callable[[], None], first_ms: int | None = None
    ) -> None:
        def run() -> None:
            self._at(name, period_ms, run)
            chore()

        self._at(name, period_ms if first_ms is None else first_ms, run)

    def _at(self, name: str, delay_ms: float, chore: Callable[[], None]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._clock.call_later(delay_ms, chore)
