"""What keeps the logs healthy while the broker runs: retention, removal of files, syncs, checkpoints,
compaction, producer expiry.

Each chore is planned on the event loop; what touches closed files for long runs in a thread and its result is
installed on the loop.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from kafkapy.broker.log_cleaner import LogCleaner
from kafkapy.broker.partitions import Partitions
from kafkapy.clock import Clock, Timer
from kafkapy.config.broker import BrokerConfig
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.log import Log

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

LEAST_BACKOFF_MS = 100


class Housekeeping:
    """Owns the timers of the chores and the jobs that are under way in threads."""

    def __init__(
        self, config: BrokerConfig, directories: LogDirectories, partitions: Partitions, clock: Clock
    ) -> None:
        self._config = config
        self._directories = directories
        self._partitions = partitions
        self._clock = clock
        self._timers: dict[str, Timer] = {}
        self._jobs: set[asyncio.Future[Any]] = set()
        self._syncing: set[Log] = set()
        self._sync_again: set[Log] = set()
        self._cleaner = LogCleaner(config, directories, partitions, clock, self._in_thread)

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
        self._every("producers", config.producer_id_expiration_check_interval_ms, self.expire_producers)
        self.schedule_removal()

    async def stop(self) -> None:
        """Cancel the chores and wait for the jobs in threads."""
        for timer in self._timers.values():
            timer.cancel()
        self._cleaner.stop()
        while self._jobs:
            await asyncio.wait(self._jobs)

    def apply_retention(self) -> None:
        """Of the logs that are not compacted: `LogCleaner` looks after the others."""
        now_ms = self._clock.now_ms()
        for partition in self._partitions:
            if not partition.log.is_offline and not partition.log.config.compact:
                partition.log.delete_old_segments(partition.high_watermark, now_ms)
        self.schedule_removal()

    def expire_producers(self) -> None:
        now_ms = self._clock.now_ms()
        for partition in self._partitions:
            partition.log.expire_producers(now_ms)

    def write_checkpoints(self) -> None:
        high_watermarks = {(p.topic, p.index): p.high_watermark for p in self._partitions}
        self._in_thread(self._directories.checkpoint_job(high_watermarks=high_watermarks))

    def _clean(self) -> None:
        self._cleaner.run()
        self.schedule_removal()
        self._at("cleaning", max(self._config.log_cleaner_backoff_ms, LEAST_BACKOFF_MS), self._clean)

    def sync_soon(self, log: Log) -> None:
        """Sync what a roll or `flush.messages` left to be synced, in a thread; one sync per log at a time."""
        if log in self._syncing:
            self._sync_again.add(log)
            return
        self._syncing.add(log)
        self._in_thread(
            log.flush_job(),
            lambda point: self._synced(log, point),
            lambda error: self._not_synced(log, error),
        )

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
            self._in_thread(job, lambda _: self.schedule_removal())

    def _synced(self, log: Log, recovery_point: int) -> None:
        self._syncing.discard(log)
        log.flushed(recovery_point)
        if log in self._sync_again:
            self._sync_again.discard(log)
            self.sync_soon(log)

    def _not_synced(self, log: Log, error: OSError) -> None:
        self._syncing.discard(log)
        self._sync_again.discard(log)
        log.failed(error)

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

    def _in_thread(
        self,
        job: Callable[[], Result],
        install: Callable[[Result], object] = lambda _: None,
        failed: Callable[[OSError], object] = lambda _: None,
    ) -> None:
        def finish(future: "asyncio.Future[Result]") -> None:
            self._jobs.discard(future)
            error = future.exception()
            if error is None:
                install(future.result())
            elif isinstance(error, OSError):
                logger.error("a job on the log directories failed: %s", error)
                failed(error)
            else:
                raise error

        future = asyncio.get_running_loop().run_in_executor(None, job)
        self._jobs.add(future)
        future.add_done_callback(finish)
