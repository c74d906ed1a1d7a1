"""Which logs are compacted when: the chore that keeps topics with `cleanup.policy=compact` small.

Every `log.cleaner.backoff.ms` the dirtiest log that is worth it is chosen, and then the next one, until none
is left; at most `log.cleaner.threads` at a time. The work is done elsewhere (`compaction_process.py`), what
is finished is installed here, on the event loop. Retention of compacted logs is done here as well, so that it
never meets a pass. A log whose pass fails is left alone until the broker starts again.
"""

import logging
import sys
from collections.abc import Callable
from typing import Protocol, TypeVar

from kafkapy.broker.compaction_process import CompactionEnded, ProcessWorker, ThreadWorker, Worker
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.clock import Clock
from kafkapy.config.broker import BrokerConfig
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.compaction import PassEnd, Step
from kafkapy.storage.compaction_plan import Dirt, MapBounds
from kafkapy.storage.directories import LogDirectories
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log import Log
from kafkapy.storage.log_compaction import LogCompaction, dirt_of
from kafkapy.storage.offset_map import MOST_BYTES
from kafkapy.storage.os_files import OsFiles
from kafkapy.storage.storage_errors import is_disk_full

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

IN_THREAD_BYTES = 1024 * 1024
"""Passes over so little are done before another process would have started."""
LEAST_READ_BYTES = 4096


class InThread(Protocol):
    """Runs a job in a thread, and gives its result to `install` on the event loop."""

    def __call__(
        self,
        job: Callable[[], Result],
        install: Callable[[Result], object] = ...,
        failed: Callable[[OSError], object] = ...,
    ) -> None: ...


class LogCleaner:
    """Finds what to compact, and sees it through."""

    def __init__(
        self,
        config: BrokerConfig,
        directories: LogDirectories,
        partitions: Partitions,
        clock: Clock,
        in_thread: InThread,
    ) -> None:
        self._config = config
        self._directories = directories
        self._partitions = partitions
        self._clock = clock
        self._in_thread = in_thread
        self._under_way: dict[Log, Worker] = {}
        self._uncleanable: set[Log] = set()
        self._is_stopped = False

    def is_compacting(self, log: Log) -> bool:
        return log in self._under_way

    def stop(self) -> None:
        """Begin nothing more and end what is under way; its jobs come to their end soon."""
        self._is_stopped = True
        for worker in self._under_way.values():
            worker.stop()

    def run(self) -> None:
        """Apply retention to compacted logs, and begin to compact as many as may be at once."""
        if self._is_stopped:
            return
        for partition in self._idle():
            try:
                partition.log.delete_old_segments(partition.high_watermark, self._clock.now_ms())
            except KafkaError as error:
                logger.error("%s", error)
        while self._config.log_cleaner_enable and len(self._under_way) < self._config.log_cleaner_threads:
            chosen = self._dirtiest()
            if chosen is None:
                return
            self._begin(*chosen)

    def _idle(self) -> list[Partition]:
        """The compacted partitions that nothing is being done to, and that have something closed."""
        return [
            partition
            for partition in self._partitions
            if partition.log.config.compact
            and (len(partition.log.segments) > 1 or partition.log.config.delete)
            and not partition.log.is_offline
            and not partition.is_moving
            and partition.log not in self._under_way
        ]

    def _dirtiest(self) -> tuple[Log, Dirt] | None:
        now_ms = self._clock.now_ms()
        found: list[tuple[Log, Dirt]] = []
        for partition in self._idle():
            log = partition.log
            if log in self._uncleanable:
                continue
            checkpoint = self._directories.directory_of(log).compacted_up_to(log)
            try:
                dirt = dirt_of(log, checkpoint, partition.last_stable_offset, now_ms)
            except OSError as error:
                log.failed(error)
                continue
            if dirt.is_worth_it(log.config):
                found.append((log, dirt))
        return max(found, key=lambda candidate: candidate[1].ratio, default=None)

    def _begin(self, log: Log, dirt: Dirt) -> None:
        config = self._config
        threads = max(config.log_cleaner_threads, 1)
        bounds = MapBounds(
            map_bytes=min(config.log_cleaner_dedupe_buffer_size // threads, MOST_BYTES),
            load_factor=config.log_cleaner_io_buffer_load_factor,
            read_bytes=max(config.log_cleaner_io_buffer_size // threads // 2, LEAST_READ_BYTES),
        )
        try:
            compaction = LogCompaction(log, dirt, bounds, self._clock.now_ms())
        except KafkaError as error:
            logger.error("%s", error)
            self._uncleanable.add(log)
            return
        files = self._directories.directory_of(log).files
        speed = config.log_cleaner_io_max_bytes_per_second / threads
        self._under_way[log] = _worker(files, compaction, speed)
        self._go_on(compaction)

    def _go_on(self, compaction: LogCompaction) -> None:
        worker = self._under_way[compaction.log]

        def job() -> Step | Exception:
            try:
                return worker.next_step()
            except (OSError, KafkaError, CompactionEnded) as error:
                return error

        self._in_thread(job, lambda step: self._took(compaction, step))

    def _took(self, compaction: LogCompaction, step: Step | Exception) -> None:
        log = compaction.log
        if isinstance(step, Exception):
            self._give_up(compaction, step)
        elif isinstance(step, PassEnd):
            self._complete(compaction, step)
        else:
            try:
                is_installed = compaction.install(step, self._clock.now_ms())
            except KafkaError as error:
                self._give_up(compaction, error)
                return
            if is_installed and not self._is_stopped:
                self._go_on(compaction)
            else:
                self._under_way[log].stop()
                self._go_on_to_the_end(compaction)

    def _go_on_to_the_end(self, compaction: LogCompaction) -> None:
        """Let a worker that was stopped notice it, so that nothing is written any more afterwards."""
        worker = self._under_way[compaction.log]

        def job() -> None:
            try:
                while not isinstance(worker.next_step(), PassEnd):
                    pass
            except (OSError, KafkaError, CompactionEnded):
                return

        self._in_thread(job, lambda _: self._give_up(compaction, CompactionEnded("stopped")))

    def _give_up(self, compaction: LogCompaction, reason: Exception) -> None:
        log = compaction.log
        del self._under_way[log]
        if log.is_offline:
            return
        try:
            compaction.discard(self._directories.directory_of(log).files)
        except OSError as error:
            log.failed(error)
            return
        if self._is_stopped:
            return
        if isinstance(reason, OSError) and not is_disk_full(reason):
            log.failed(reason)
        else:
            logger.error("%s is not compacted any more until the broker starts again: %s", log.name, reason)
            self._uncleanable.add(log)

    def _complete(self, compaction: LogCompaction, end: PassEnd) -> None:
        log = compaction.log
        del self._under_way[log]
        if log.is_offline:
            return
        logger.info(
            "compacted %s up to offset %d: %d bytes became %d",
            log.name,
            end.end_offset,
            end.bytes_before,
            end.bytes_after,
        )
        job = self._directories.directory_of(log).compacted_job(log, end.end_offset)
        self._in_thread(job, lambda _: self.run(), log.failed)


def _worker(files: FileSystem, compaction: LogCompaction, bytes_per_second: float) -> Worker:
    is_small = compaction.size_bytes < IN_THREAD_BYTES
    if is_small or not isinstance(files, OsFiles) or not sys.executable:
        return ThreadWorker(files, compaction.plan, bytes_per_second)
    return ProcessWorker(compaction.plan, bytes_per_second)
