"""One log directory: held by one broker at a time, with
its identity, its checkpoints and the partitions in it.
"""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.checkpoints import (
    CLEANER_OFFSETS,
    HIGH_WATERMARKS,
    LOG_START_OFFSETS,
    RECOVERY_POINTS,
    MalformedCheckpoint,
    OffsetCheckpoint,
    Offsets,
)
from kafkapy.storage.files import DirectoryLock, FileSystem, make_durable_directory, replace_file
from kafkapy.storage.loader import LogLoader
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.meta_properties import MetaProperties, read_properties, write_properties
from kafkapy.storage.names import (
    CLEAN_SHUTDOWN,
    DELETE_DIRECTORY,
    FUTURE_DIRECTORY,
    LOCK,
    METADATA_TOPIC,
    departing_directory,
    is_departing,
    parse_future_directory,
    parse_partition_directory,
    partition_directory,
)
from kafkapy.storage.removals import Removals
from kafkapy.storage.storage_errors import is_disk_full

logger = logging.getLogger(__name__)

CLOSED_AT_ONCE = 100


class LogDirectoryError(Exception):
    """A log directory that this broker must not or cannot use; the text is for the person who starts it."""


class LogDirectory:
    """Implements `kafkapy.storage.log_owner.LogOwner` for the logs in it.

    `on_offline` and `on_flush_wanted` are the broker's to set. `high_watermarks` are those of the last
    checkpoint.
    """

    def __init__(self, files: FileSystem, path: str) -> None:
        self.files = files
        self.path = path
        self.logs: dict[tuple[str, int], Log] = {}
        self.directory_id = bytes(16)
        self.is_offline = False
        self.is_full = False
        self.had_clean_shutdown = False
        self.high_watermarks: dict[tuple[str, int], int] = {}
        self.on_offline: Callable[[LogDirectory], None] = lambda _: None
        self.on_flush_wanted: Callable[[Log], None] = lambda _: None
        self.removals = Removals(files)
        self.futures: dict[tuple[str, int], str] = {}
        """The directories of logs that are on their way into this one."""
        self._lock: DirectoryLock | None = None
        self._recovery_points = _Checkpoint(files, f"{path}/{RECOVERY_POINTS}")
        self._log_start_offsets = _Checkpoint(files, f"{path}/{LOG_START_OFFSETS}")
        self._high_watermarks = _Checkpoint(files, f"{path}/{HIGH_WATERMARKS}")
        self._cleaner_offsets = _Checkpoint(files, f"{path}/{CLEANER_OFFSETS}")

    # Open

    def open(self) -> MetaProperties | None:
        """Hold the directory, creating it if need be; gives its identity, None if it is new.

        Raises LogDirectoryError if somebody else holds it or its identity is unreadable, OSError if the disk
        refuses.
        """
        make_durable_directory(self.files, self.path)
        try:
            self._lock = self.files.lock(f"{self.path}/{LOCK}")
        except BlockingIOError:
            raise LogDirectoryError(
                f"Failed to acquire lock on file {LOCK} in {self.path}. A Kafka instance in another process "
                f"or thread is using this directory."
            ) from None
        try:
            return read_properties(self.files, self.path)
        except ValueError as error:
            raise LogDirectoryError(f"{self.path}: {error}") from error

    def begin(self, properties: MetaProperties, *, is_new: bool) -> None:
        """Take the directory into use: from here on it counts as not cleanly stopped. Raises OSError."""
        self.directory_id = properties.directory_id
        if is_new:
            write_properties(self.files, self.path, properties)
        for checkpoint in (
            self._recovery_points,
            self._log_start_offsets,
            self._high_watermarks,
            self._cleaner_offsets,
        ):
            checkpoint.load()
        self.high_watermarks = dict(self._high_watermarks.loaded)
        self.had_clean_shutdown = self.files.exists(f"{self.path}/{CLEAN_SHUTDOWN}")
        if self.had_clean_shutdown:
            self.files.remove(f"{self.path}/{CLEAN_SHUTDOWN}")
            self.files.sync_directory(self.path)

    def release(self) -> None:
        """Let others have the directory."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # Logs

    def partitions_on_disk(self) -> Iterator[tuple[str, int]]:
        """(topic, partition) of every log in the directory but the metadata log."""
        for name in self.files.list(self.path):
            if not self.files.is_directory(f"{self.path}/{name}"):
                continue
            partition = parse_partition_directory(name)
            if partition is not None:
                if partition[0] != METADATA_TOPIC:
                    yield partition
            elif is_departing(name, DELETE_DIRECTORY):
                self.removals.add([f"{self.path}/{name}"], 0)
            elif parse_future_directory(name) is None:
                logger.warning("%s in %s is not the directory of a partition: left alone", name, self.path)

    def open_log(
        self, topic: str, partition: int, *, topic_id: bytes | None, config: LogConfig, now_ms: int
    ) -> Log:
        """Load the log of a partition, or begin it if it is
        not there. Raises KafkaError(KAFKA_STORAGE_ERROR).
        """
        path = f"{self.path}/{partition_directory(topic, partition)}"
        try:
            if not self.files.exists(path):
                self.files.make_directory(path)
                self._cleaner_offsets.loaded.pop((topic, partition), None)
            log = self.loader(self.files, topic, partition, config=config, now_ms=now_ms).open().load()
            if topic_id is not None and log.topic_id is None:
                log.set_topic_id(topic_id)
            if topic_id not in (None, log.topic_id):
                raise KafkaError(ErrorCode.INCONSISTENT_TOPIC_ID, f"{path} belongs to another topic")
        except OSError as error:
            self.failed(error)
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{path}: {error}") from error
        self.add(log)
        return log

    def add(self, log: Log) -> None:
        """A log of this directory has been loaded."""
        log.is_offline, log.is_full = self.is_offline, self.is_full
        self.logs[log.topic, log.partition] = log

    def loader(
        self, files: FileSystem, topic: str, partition: int, *, config: LogConfig, now_ms: int
    ) -> LogLoader:
        """What loads the log of a partition, which is there; `files` are those of the thread that does it."""
        key = (topic, partition)
        return LogLoader(
            files,
            f"{self.path}/{partition_directory(topic, partition)}",
            topic,
            partition,
            config=config,
            owner=self,
            log_start_offset=self._log_start_offsets.loaded.pop(key, 0),
            recovery_point=self._recovery_points.loaded.pop(key, 0),
            compacted_up_to=self._cleaner_offsets.loaded.get(key, 0),
            had_clean_shutdown=self.had_clean_shutdown,
            now_ms=now_ms,
        )

    def delete_log(self, log: Log, suffix: str, unique: bytes) -> str:
        """Take a log out of use and rename its directory; gives
        the new path. Raises KafkaError(KAFKA_STORAGE_ERROR).
        """
        log.abandon()
        del self.logs[(log.topic, log.partition)]
        self._cleaner_offsets.loaded.pop((log.topic, log.partition), None)
        path = f"{self.path}/{departing_directory(log.topic, log.partition, unique, suffix)}"
        try:
            self.files.rename(log.path, path)
        except OSError as error:
            self.failed(error)
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{log.path}: {error}") from error
        return path

    def take_in(self, path: str, old: Log, now_ms: int) -> Log:
        """Give the directory `path` in here, which holds all of `old` and has been closed in order, the name
        of that log, and load it. Raises KafkaError(KAFKA_STORAGE_ERROR).
        """
        final = f"{self.path}/{partition_directory(old.topic, old.partition)}"
        try:
            self.files.rename(path, final)
            self.files.sync_directory(self.path)
            self.futures.pop((old.topic, old.partition), None)
            loader = LogLoader(
                self.files,
                final,
                old.topic,
                old.partition,
                config=old.config,
                owner=self,
                log_start_offset=old.log_start_offset,
                had_clean_shutdown=True,
                now_ms=now_ms,
            )
            log = loader.open().load()
            log.take_over(old)
        except OSError as error:
            self.failed(error)
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{final}: {error}") from error
        self.add(log)
        return log

    def find_futures(self) -> set[tuple[str, int]]:
        """See which future logs the last run has left; gives the partitions that have a log here."""
        names = self.files.list(self.path)
        for name in names:
            future = parse_future_directory(name)
            if future is not None:
                self.futures[future] = f"{self.path}/{name}"
        return {found for name in names if (found := parse_partition_directory(name)) is not None}

    def promote_future(self, topic: str, partition: int) -> None:
        """A future log that is alone becomes the log. Raises OSError."""
        path = self.futures.pop((topic, partition))
        logger.warning("%s is all there is of %s-%d: it takes its place", path, topic, partition)
        self.files.rename(path, f"{self.path}/{partition_directory(topic, partition)}")
        self.files.sync_directory(self.path)

    def discard_future(self, path: str, now_ms: int) -> None:
        """Remove a future log that is not wanted any more, which nobody uses, in the background."""
        doomed = path.removesuffix(FUTURE_DIRECTORY) + DELETE_DIRECTORY
        try:
            if self.files.exists(path):
                self.files.rename(path, doomed)
                self.remove_later([doomed], now_ms)
        except OSError as error:
            self.failed(error)

    def carry_on_compaction(self, log: Log, compacted_up_to: int | None) -> None:
        """A log has come from another directory, where it was compacted so far."""
        if compacted_up_to is not None:
            self._cleaner_offsets.loaded[log.topic, log.partition] = compacted_up_to

    def space(self) -> tuple[int, int]:
        """(total, usable) bytes of the volume, -1 each if it does not tell."""
        return self.files.space(self.path)

    # What logs tell

    def failed(self, error: OSError) -> None:
        """Full or offline, with all logs, until the next start."""
        if is_disk_full(error):
            self._filled(error)
        else:
            self.unusable(error)

    def _filled(self, error: OSError) -> None:
        if self.is_full or self.is_offline:
            return
        logger.error(
            "log directory %s is full: %s. It can be read, and takes nothing new before it has space and the "
            "broker has been started again",
            self.path,
            error,
        )
        self.is_full = True
        for log in self.logs.values():
            log.is_full = True

    def unusable(self, error: OSError) -> None:
        """Offline, with all logs, whatever the error is."""
        if self.is_offline:
            return
        logger.error("log directory %s is offline: %s", self.path, error)
        self.is_offline = True
        for log in self.logs.values():
            log.is_offline = True
        self.on_offline(self)

    def remove_later(self, paths: list[str], due_ms: int) -> None:
        self.removals.add(paths, due_ms)

    def flush_wanted(self, log: Log) -> None:
        self.on_flush_wanted(log)

    def recovery_point_lowered(self, log: Log) -> None:
        points = self._recovery_points_now()
        key = (log.topic, log.partition)
        compacted = self._cleaner_offsets.loaded
        if key in compacted:
            compacted[key] = min(compacted[key], log.recovery_point)
        if key in self.logs:
            self._recovery_points.write(points)

    # Checkpoints

    def checkpoint_jobs(self) -> list[Callable[[], None]]:
        """What writes the recovery points and the log start offsets
        as they are now, in any thread; may raise OSError.
        """
        return [
            self._recovery_points.write_job(self._recovery_points_now()),
            self._log_start_offsets.write_job(self._log_start_offsets_now()),
        ]

    def high_watermark_job(self, high_watermarks: Offsets) -> Callable[[], None]:
        """As `checkpoint_jobs`, for those of `high_watermarks` whose log is here."""
        mine = {key: offset for key, offset in high_watermarks.items() if key in self.logs}
        return self._high_watermarks.write_job({**self._high_watermarks.loaded, **mine})

    def _recovery_points_now(self) -> dict[tuple[str, int], int]:
        present = {key: log.recovery_point for key, log in self.logs.items()}
        return {**self._recovery_points.loaded, **present}

    def _log_start_offsets_now(self) -> dict[tuple[str, int], int]:
        """As in Kafka only of logs that begin after their first segment does."""
        present = {
            key: log.log_start_offset
            for key, log in self.logs.items()
            if log.log_start_offset > log.segment_bases[0]
        }
        return {**self._log_start_offsets.loaded, **present}

    def compacted_up_to(self, log: Log) -> int | None:
        """Where the part of a log begins that has never been compacted; None if nothing of it has."""
        return self._cleaner_offsets.loaded.get((log.topic, log.partition))

    def compacted_job(self, log: Log, end_offset: int) -> Callable[[], None]:
        """A log has been compacted up to `end_offset`: what
        makes that durable, in any thread; may raise OSError.
        """
        self._cleaner_offsets.loaded[log.topic, log.partition] = end_offset
        write = self._cleaner_offsets.write_job(self._cleaner_offsets.loaded)
        files, path = self.files, log.path

        def run() -> None:
            files.sync_directory(path)
            write()

        return run

    # Close

    def close(self, high_watermarks: Offsets, broker_epoch: int, threads: int) -> None:
        """A clean stop: the next start believes every file.
        Nothing is written once the directory is full or offline.
        """
        try:
            self._close_logs(threads)
            for job in (*self.checkpoint_jobs(), self.high_watermark_job(high_watermarks)):
                job()
            content = json.dumps({"version": 0, "brokerEpoch": broker_epoch}, separators=(",", ":"))
            replace_file(self.files, f"{self.path}/{CLEAN_SHUTDOWN}", content.encode())
        except OSError as error:
            self.failed(error)
        except KafkaError as error:
            logger.error("log directory %s is not cleanly stopped: %s", self.path, error)
        self.abandon()

    def _close_logs(self, threads: int) -> None:
        """Some at a time, because what waits for its sync holds descriptors."""
        logs = iter(self.logs.values())
        with ThreadPoolExecutor(threads, "close") as pool:
            while some := list(islice(logs, CLOSED_AT_ONCE)):
                jobs = {log: job for log in some if (job := log.close_job()) is not None}
                syncs = {log: pool.submit(job) for log, job in jobs.items()}
                for log, sync in syncs.items():
                    log.flushed(sync.result())

    def abandon(self) -> None:
        """Give everything back and write nothing."""
        for log in self.logs.values():
            log.abandon()
        self.release()


class _Checkpoint(OffsetCheckpoint):
    """A checkpoint, and what it said of the logs that have not been loaded yet."""

    def __init__(self, files: FileSystem, path: str) -> None:
        super().__init__(files, path)
        self.loaded: dict[tuple[str, int], int] = {}

    def load(self) -> None:
        """An unreadable file counts as empty: recovery then reads everything."""
        try:
            self.loaded = self.read()
        except MalformedCheckpoint as problem:
            logger.warning("ignoring a checkpoint: %s", problem)
