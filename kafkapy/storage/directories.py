"""All log directories of a broker: opened together, and one view of the logs in them."""

import logging
from collections.abc import Callable, Sequence
from functools import cache, partial

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.uuid import ZERO_UUID, uuid_text
from kafkapy.storage.checkpoints import Offsets
from kafkapy.storage.files import FileSystem
from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_directory import LogDirectory, LogDirectoryError
from kafkapy.storage.meta_properties import MetaProperties, WrongNode, check_node_id
from kafkapy.storage.names import DELETE_DIRECTORY, METADATA_TOPIC, STRAY_DIRECTORY, partition_directory
from kafkapy.storage.recovery import Recovery, recover

__all__ = ["LogDirectories", "LogDirectory", "LogDirectoryError"]

logger = logging.getLogger(__name__)


class LogDirectories:
    """The directories of `log.dirs`, offline ones included."""

    def __init__(self, directories: Sequence[LogDirectory], cluster_id: str) -> None:
        self.directories = list(directories)
        self.cluster_id = cluster_id
        self._preferred: dict[tuple[str, int], LogDirectory] = {}

    @classmethod
    def open(
        cls,
        files: FileSystem,
        paths: Sequence[str],
        *,
        cluster_id: str | None = None,
        node_id: int,
        new_directory_id: Callable[[], bytes],
    ) -> "LogDirectories":
        """Hold all directories, and give new ones an identity; `cluster_id` None takes theirs, or a new one.

        A directory that its disk refuses is offline from the start. Raises LogDirectoryError if one is held
        by somebody else or belongs to another node or cluster, or if all are offline; then none is held.
        """
        directories = [LogDirectory(files, path) for path in paths]
        found: dict[LogDirectory, MetaProperties | None] = {}
        try:
            for directory in directories:
                try:
                    found[directory] = directory.open()
                except OSError as error:
                    directory.unusable(error)
            stored = [properties for properties in found.values() if properties is not None]
            cluster_id = _agree(stored, cluster_id, node_id) or uuid_text(new_directory_id())
            for directory, properties in found.items():
                is_new = properties is None or properties.directory_id == ZERO_UUID
                if properties is None or is_new:
                    properties = MetaProperties(cluster_id, node_id, new_directory_id())
                try:
                    directory.begin(properties, is_new=is_new)
                except OSError as error:
                    directory.unusable(error)
            if all(directory.is_offline for directory in directories):
                raise LogDirectoryError(f"None of the specified log dirs can be used: {', '.join(paths)}")
        except LogDirectoryError:
            for directory in directories:
                directory.release()
            raise
        return cls(directories, cluster_id)

    @property
    def logs(self) -> dict[tuple[str, int], Log]:
        """Every log by (topic, partition), those of offline directories included."""
        return {key: log for directory in self.directories for key, log in directory.logs.items()}

    @property
    def high_watermarks(self) -> dict[tuple[str, int], int]:
        """As they were last checkpointed before this start."""
        found: dict[tuple[str, int], int] = {}
        for directory in self.directories:
            found.update(directory.high_watermarks)
        return found

    def get(self, topic: str, partition: int) -> Log | None:
        for directory in self.directories:
            if (topic, partition) in directory.logs:
                return directory.logs[topic, partition]
        return None

    def at(self, path: str) -> LogDirectory | None:
        """The directory of that path."""
        return next((directory for directory in self.directories if directory.path == path), None)

    def prefer(self, topic: str, partition: int, directory: LogDirectory) -> None:
        """Where to begin the log of a partition that is not there yet."""
        self._preferred[topic, partition] = directory

    def replace(self, old: Log, target: LogDirectory, path: str, unique: bytes, now_ms: int) -> Log:
        """Put the directory `path` in `target`, which holds all of `old` and is on disk, in its place.

        `old` is out of the way, durably, before the other gets its name, so that there is never more than
        one; a start that finds only the other gives it the name. Raises KafkaError(KAFKA_STORAGE_ERROR).
        """
        source = self.directory_of(old)
        doomed = source.delete_log(old, DELETE_DIRECTORY, unique)
        try:
            source.files.sync_directory(source.path)
        except OSError as error:
            source.failed(error)
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"{source.path}: {error}") from error
        log = target.take_in(path, old, now_ms)
        source.remove_later([doomed], now_ms + log.config.file_delete_delay_ms)
        return log

    def promote_futures(self, directory_of: Callable[[str, int], bytes | None]) -> None:
        """What a crash has left of a move that was all but done. `directory_of` gives the id of the directory
        that the cluster believes a partition to be in, None if it does not know the partition.

        A future log that is alone becomes the log if nothing else can be the log: no directory is offline, or
        the cluster says that it is here.
        """
        present: set[tuple[str, int]] = set()
        for directory in self._online():
            try:
                present |= directory.find_futures()
            except OSError as error:
                directory.unusable(error)
        online = self._online()
        is_complete = len(online) == len(self.directories)
        for directory in online:
            for partition in list(directory.futures):
                believed = directory_of(*partition)
                is_here = is_complete or believed == directory.directory_id
                if partition in present or believed is None or not is_here:
                    continue
                try:
                    directory.promote_future(*partition)
                except OSError as error:
                    directory.unusable(error)

    def directory_of(self, log: Log) -> LogDirectory:
        return next(directory for directory in self.directories if log in directory.logs.values())

    def load_logs(self, config_of: Callable[[str], LogConfig], now_ms: int, *, threads: int = 1) -> None:
        """Load what is in the directories, but for the metadata log; a directory whose disk refuses goes
        offline. What crashes left to be read is read by `threads` threads for each directory.

        Raises LogDirectoryError if a partition is in two of them.
        """
        config_of = cache(config_of)
        found: dict[tuple[str, int], str] = {}
        recoveries: list[Recovery] = []
        for directory in self._online():
            try:
                for topic, partition in list(directory.partitions_on_disk()):
                    other = found.setdefault((topic, partition), directory.path)
                    if other is not directory.path:
                        raise LogDirectoryError(
                            f"Duplicate log directories for {partition_directory(topic, partition)} are "
                            f"found in both {other} and {directory.path}."
                        )
                    recovery = Recovery(directory, topic, partition, config_of(topic), now_ms)
                    if recovery.unread_bytes:
                        recoveries.append(recovery)
                    else:
                        recovery.install(recovery.load())
            except OSError as error:
                directory.unusable(error)
        recover(recoveries, threads)

    def open_log(
        self, topic: str, partition: int, *, topic_id: bytes | None, config: LogConfig, now_ms: int
    ) -> Log:
        """Load one log from where it is, or create it."""
        name = partition_directory(topic, partition)
        for directory in self._online():
            if directory.files.exists(f"{directory.path}/{name}"):
                return directory.open_log(topic, partition, topic_id=topic_id, config=config, now_ms=now_ms)
        return self.create_log(topic, partition, topic_id=topic_id, config=config, now_ms=now_ms)

    def create_log(
        self,
        topic: str,
        partition: int,
        *,
        topic_id: bytes | None,
        config: LogConfig,
        now_ms: int,
        directory: LogDirectory | None = None,
    ) -> Log:
        """Begin a log, in the directory with space that has the fewest unless one is given.

        Raises KafkaError(KAFKA_STORAGE_ERROR) if no disk takes it.
        """
        directory = directory or self._preferred.pop((topic, partition), None)
        candidates = self._online() if directory is None or directory.is_offline else [directory]
        candidates = [candidate for candidate in candidates if not candidate.is_full]
        if not candidates:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, "no log directory takes anything new")
        chosen = min(candidates, key=_count_logs)
        return chosen.open_log(topic, partition, topic_id=topic_id, config=config, now_ms=now_ms)

    def delete_log(self, log: Log, *, unique: bytes, now_ms: int) -> None:
        """Gone for everybody at once, from the disk `file.delete.delay.ms`
        later. `unique`: 16 bytes nobody has used.
        """
        directory = self.directory_of(log)
        path = directory.delete_log(log, DELETE_DIRECTORY, unique)
        directory.remove_later([path], now_ms + log.config.file_delete_delay_ms)

    def set_aside(self, log: Log, *, unique: bytes) -> None:
        """Keep the files of a log that the cluster knows
        nothing of, under a name that is not loaded any more.
        """
        self.directory_of(log).delete_log(log, STRAY_DIRECTORY, unique)

    @property
    def next_removal_ms(self) -> int | None:
        """When `removal_job` will have something to do."""
        due = (directory.removals.next_ms for directory in self.directories)
        return min((due_ms for due_ms in due if due_ms is not None), default=None)

    def removal_job(self, now_ms: int) -> Callable[[], None] | None:
        """What removes the files and directories that are due; None if there are none.

        This job and the two below run in any thread. What they raise, an OSError, is for `failed`.
        """
        jobs = ((directory, directory.removals.job(now_ms)) for directory in self._online())
        found = [(directory, job) for directory, job in jobs if job is not None]
        return partial(_run, found) if found else None

    def checkpoint_job(self, *, high_watermarks: Offsets | None = None) -> Callable[[], None]:
        """What writes recovery points, log start offsets and, if given, high watermarks."""
        jobs = [(directory, job) for directory in self._online() for job in directory.checkpoint_jobs()]
        if high_watermarks is not None:
            jobs += [
                (directory, directory.high_watermark_job(high_watermarks)) for directory in self._online()
            ]
        return partial(_run, jobs)

    def high_watermark_job(self, high_watermarks: Offsets) -> Callable[[], None]:
        """What writes the high watermarks."""
        jobs = [(directory, directory.high_watermark_job(high_watermarks)) for directory in self._online()]
        return partial(_run, jobs)

    def failed(self, error: OSError) -> None:
        """A job has raised `error`: the directory that it names is offline."""
        for directory in self.directories:
            if error.filename == directory.path:
                directory.failed(error)

    def flushes_due(self, now_ms: int) -> list[Log]:
        """The logs for which `flush_due`."""
        return [log for log in self.logs.values() if not log.is_offline and log.flush_due(now_ms)]

    def close(self, high_watermarks: Offsets, *, broker_epoch: int = -1, threads: int = 1) -> None:
        """A clean stop of every directory that is in order; the others are only let go."""
        for directory in self.directories:
            if directory.is_offline or directory.is_full:
                directory.abandon()
            else:
                directory.close(high_watermarks, broker_epoch, threads)

    def abandon(self) -> None:
        """Let go of everything and write nothing, as a crash does."""
        for directory in self.directories:
            directory.abandon()

    def _online(self) -> list[LogDirectory]:
        return [directory for directory in self.directories if not directory.is_offline]


def _count_logs(directory: LogDirectory) -> int:
    """As Apache Kafka counts, which keeps the metadata log apart."""
    return len(directory.logs) + len(directory.futures) - ((METADATA_TOPIC, 0) in directory.logs)


def _agree(stored: Sequence[MetaProperties], cluster_id: str | None, node_id: int) -> str | None:
    """The cluster id that the directories and the broker agree on."""
    for properties in stored:
        try:
            check_node_id(properties, node_id)
        except WrongNode as error:
            raise LogDirectoryError(str(error)) from None
        if cluster_id is None:
            cluster_id = properties.cluster_id
        elif properties.cluster_id != cluster_id:
            raise LogDirectoryError(
                f"Invalid cluster.id in meta.properties: expected {cluster_id}, but read "
                f"{properties.cluster_id}"
            )
    return cluster_id


def _run(jobs: Sequence[tuple[LogDirectory, Callable[[], None]]]) -> None:
    """Run all, then raise the first error, with the path of its directory as the file name."""
    first: OSError | None = None
    for directory, job in jobs:
        try:
            job()
        except OSError as error:
            first = first or OSError(error.errno, f"{error}", directory.path)
    if first is not None:
        raise first
