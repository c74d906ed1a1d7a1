"""Moves of replicas between the log directories of this broker (KIP-113), while they are read and written.

A future log in the other directory is filled in threads from the present one. Once it has caught up and is on
disk, what is still missing, which is little, is added on the event loop, and in the same step the future log
takes the place of the present one. The order of the renames leaves one whole log wherever the power fails:
the present one is renamed durably before the future one gets its name, and a start that finds a future log
alone gives it the name. A move that a stop or a crash has interrupted goes on at the next start.
"""

import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from kafkapy.broker.jobs import Jobs
from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.clock import Clock, Timer
from kafkapy.config.broker import BrokerConfig
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.directories import LogDirectories, LogDirectory
from kafkapy.storage.future_log import FutureLog
from kafkapy.storage.leader_epochs import UNDEFINED
from kafkapy.storage.log import FetchData, Log
from kafkapy.storage.names import future_directory

logger = logging.getLogger(__name__)

CHUNK_BYTES = 4 * 1024 * 1024
SMALL_BYTES = 128 * 1024
"""So much may be copied on the event loop."""
RETRY_MS = 200
MAX_NAME_CHARACTERS = 255


class Environment(Protocol):
    """What moves need of the broker beside its logs."""

    def new_uuid(self) -> bytes: ...

    def is_compacting(self, log: Log) -> bool: ...

    def log_moved(self, partition: Partition) -> None:
        """Its log is in another directory now."""


class LogMove:
    """One replica on its way into `target`."""

    def __init__(self, partition: Partition, target: LogDirectory, future: FutureLog) -> None:
        self.partition = partition
        self.source = partition.log
        self.target = target
        self.future = future
        self.is_open = False
        self.is_busy = False
        self.is_cancelled = False
        self.is_on_disk = False
        self.compacted_up_to: int | None = None
        self.timer: Timer | None = None

    @property
    def offset_lag(self) -> int:
        """How many offsets the future log is behind."""
        return self.source.log_end_offset - max(self.future.end_offset, 0)


class LogMoves:
    """All moves of a broker; event-loop thread only."""

    def __init__(
        self,
        config: BrokerConfig,
        directories: LogDirectories,
        partitions: Partitions,
        clock: Clock,
        jobs: Jobs,
        environment: Environment,
    ) -> None:
        self._config = config
        self._directories = directories
        self._partitions = partitions
        self._clock = clock
        self._jobs = jobs
        self._environment = environment
        self._is_stopped = False
        self._threads = config.num_replica_alter_log_dirs_threads or len(directories.directories)
        self._running = 0
        self._waiting: deque[Callable[[], None]] = deque()
        self.moves: dict[Partition, LogMove] = {}

    def move(self, topic: str, index: int, path: str, *, is_known: bool) -> None:
        """Bring a replica into the log directory `path`; there already, or on the way, is fine. `is_known`:
        the cluster has that partition.

        Raises KafkaError: LOG_DIR_NOT_FOUND, KAFKA_STORAGE_ERROR, INVALID_TOPIC_EXCEPTION,
        REPLICA_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION.
        """
        if len(future_directory(topic, index, bytes(16))) > MAX_NAME_CHARACTERS:
            raise KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, "The topic name is too long.")
        target = self._directories.at(path)
        if target is None:
            raise KafkaError(ErrorCode.LOG_DIR_NOT_FOUND, f"Log dir {path} is not found in the config.")
        if target.is_offline:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"Log directory {path} is offline")
        partition = self._partitions.get(topic, b"", index)
        if partition is None:
            self._directories.prefer(topic, index, target)
            code = ErrorCode.REPLICA_NOT_AVAILABLE if is_known else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            raise KafkaError(code)
        if partition.log.is_offline:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, f"Partition {partition.name} is offline")
        under_way = self.moves.get(partition)
        if under_way is not None:
            if under_way.target is target:
                return
            self.cancel(partition)
        if self._directories.directory_of(partition.log) is target:
            return
        if any(directory.is_offline for directory in self._directories.directories):
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, "a log directory is offline")
        name = future_directory(topic, index, self._environment.new_uuid())
        self._begin(partition, target, f"{target.path}/{name}")

    def resume(self) -> None:
        """Go on with what the last run of the broker has left; what belongs to no replica is removed."""
        for directory in self._directories.directories:
            for (topic, index), path in list(directory.futures.items()):
                partition = self._partitions.get(topic, b"", index)
                is_ours = partition is not None and partition not in self.moves
                if partition is None or not is_ours or partition.log.is_offline:
                    if partition is None:
                        directory.remove_later([path], self._clock.now_ms())
                elif self._directories.directory_of(partition.log) is directory:
                    directory.remove_later([path], self._clock.now_ms())
                else:
                    self._begin(partition, directory, path)

    def cancel(self, partition: Partition) -> None:
        """The replica stays where it is; nothing happens if it is not on its way."""
        move = self.moves.pop(partition, None)
        if move is None:
            return
        partition.is_moving = False
        move.is_cancelled = True
        move.target.futures.pop((partition.topic, partition.index), None)
        if move.timer is not None:
            move.timer.cancel()
        if not move.is_busy:
            self._discard(move)

    def stop(self) -> None:
        """Begin nothing more; what is under way in threads ends soon."""
        self._is_stopped = True
        for move in self.moves.values():
            if move.timer is not None:
                move.timer.cancel()
        self._waiting.clear()

    def close(self) -> None:
        """After `stop`, when all jobs have ended: leave future logs as the next clean start expects them."""
        for move in self.moves.values():
            if move.is_open and not move.target.is_offline:
                try:
                    move.future.close()
                except (OSError, KafkaError) as error:
                    logger.error("%s: %s", move.future.path, error)

    # -- steps ---------------------------------------------------------------------------------------------

    def _begin(self, partition: Partition, target: LogDirectory, path: str) -> None:
        future = FutureLog(
            target.files.for_thread(), path, partition.topic, partition.index, partition.topic_id
        )
        move = self.moves[partition] = LogMove(partition, target, future)
        target.futures[partition.topic, partition.index] = path
        partition.is_moving = True
        source_directory = self._directories.directory_of(move.source)
        move.compacted_up_to = source_directory.compacted_up_to(move.source)
        logger.info("moving %s from %s to %s", partition.name, source_directory.path, target.path)
        first = self._next_chunk(move, move.source.log_start_offset)
        start = move.source.log_start_offset if first is None or not first.records else first.first_offset
        now_ms, is_clean = self._clock.now_ms(), target.had_clean_shutdown
        source = move.source

        def open_it() -> None:
            future.open(source.config, start, is_clean=is_clean, now_ms=now_ms)

        def opened() -> None:
            move.is_open = True
            assert future.log is not None
            epochs = future.log.leader_epochs
            answer = source.end_offset_for_epoch(epochs.latest) if epochs.entries else UNDEFINED
            future.agree_with(answer, source.log_end_offset, now_ms)

        self._in_thread(move, open_it, opened)

    def _advance(self, move: LogMove) -> None:
        """Copy some more or, if that is little, take the last step."""
        partition, future = move.partition, move.future
        if partition.log is not move.source or move.source.is_offline or move.target.is_offline:
            self._forget(move)
            return
        now_ms = self._clock.now_ms()
        if future.end_offset < move.source.log_start_offset:
            self._skip_deleted(move, now_ms)
            return
        chunk = self._next_chunk(move, future.end_offset)
        if chunk is None:
            return
        records = chunk.records
        if not records and move.offset_lag > 0:
            logger.error("%s cannot be read at offset %d: it stays", partition.name, future.end_offset)
            self.cancel(partition)
        elif len(records) > SMALL_BYTES or not move.is_on_disk:
            self._copy(move, records, now_ms)
        elif self._environment.is_compacting(move.source):
            move.timer = self._clock.call_later(RETRY_MS, lambda: self._advance(move))
        else:
            self._finish(move, now_ms)

    def _skip_deleted(self, move: LogMove, now_ms: int) -> None:
        """The present log has been deleted up to behind the end of the future one."""
        first = self._next_chunk(move, move.source.log_start_offset)
        if first is None:
            return
        start = first.first_offset if first.records else move.source.log_start_offset
        self._in_thread(move, lambda: move.future.restart_at(start, now_ms), lambda: None)

    def _copy(self, move: LogMove, records: bytes | memoryview, now_ms: int) -> None:
        is_last = len(records) <= SMALL_BYTES

        def job() -> None:
            if records:
                move.future.append([records], now_ms)
            if is_last:
                move.future.flush()

        move.is_on_disk = is_last
        limit = self._config.replica_alter_log_dirs_io_max_bytes_per_second
        pause_ms = len(records) * 1000 / limit if limit else 0
        self._in_thread(move, job, lambda: None, pause_ms=pause_ms)

    def _finish(self, move: LogMove, now_ms: int) -> None:
        """The last records, then the renames: nothing else happens meanwhile."""
        partition, future, source, target = move.partition, move.future, move.source, move.target
        try:
            while move.offset_lag > 0:
                chunk = self._next_chunk(move, future.end_offset)
                if chunk is None or not chunk.records:
                    self.cancel(partition)
                    return
                future.append([chunk.records], now_ms)
            move.is_open = False
            future.close()
        except (OSError, KafkaError) as error:
            self._failed(move, error)
            return
        del self.moves[partition]
        partition.is_moving = False
        try:
            log = self._directories.replace(source, target, future.path, self._environment.new_uuid(), now_ms)
        except KafkaError as error:
            logger.error("%s: %s", partition.name, error)
            partition.wake()
            return
        target.carry_on_compaction(log, move.compacted_up_to)
        log.assign_leader_epoch(partition.leader_epoch)
        partition.log = log
        logger.info("%s is in %s now", partition.name, target.path)
        partition.synced()
        partition.wake()
        self._environment.log_moved(partition)

    # -- the rest ------------------------------------------------------------------------------------------

    def _next_chunk(self, move: LogMove, offset: int) -> FetchData | None:
        """What to copy next; None if the present log cannot be read, which ends the move."""
        source = move.source
        try:
            return source.read(
                offset, max_bytes=CHUNK_BYTES, up_to=source.log_end_offset, at_least_one_batch=True
            )
        except KafkaError as error:
            logger.error("%s cannot be read: %s", source.name, error)
            self._forget(move)
            return None

    def _in_thread(
        self, move: LogMove, job: Callable[[], None], done: Callable[[], None], *, pause_ms: float = 0
    ) -> None:
        move.is_busy = True

        def run() -> Exception | None:
            try:
                job()
            except (OSError, KafkaError) as error:
                return error
            return None

        def finished_and_next(error: Exception | None) -> None:
            self._running -= 1
            finished(error)
            while self._waiting and self._running < self._threads and not self._is_stopped:
                self._start_job(self._waiting.popleft())

        def finished(error: Exception | None) -> None:
            move.is_busy = False
            if move.is_cancelled:
                self._discard(move)
            elif error is not None:
                self._failed(move, error)
            else:
                try:
                    done()
                except (OSError, KafkaError) as problem:
                    self._failed(move, problem)
                    return
                self._later(move, pause_ms)

        self._start_job(lambda: self._jobs.run(run, finished_and_next))

    def _later(self, move: LogMove, pause_ms: float) -> None:
        if self._is_stopped:
            return
        if pause_ms:
            move.timer = self._clock.call_later(pause_ms, lambda: self._advance(move))
        else:
            self._advance(move)

    def _start_job(self, start: Callable[[], None]) -> None:
        """At most `num.replica.alter.log.dirs.threads` at once."""
        if self._running < self._threads:
            self._running += 1
            start()
        else:
            self._waiting.append(start)

    def _failed(self, move: LogMove, error: Exception) -> None:
        """The target refuses, or what was read is damaged."""
        self._forget(move)
        cause = error if isinstance(error, OSError) else error.__cause__
        logger.error("%s stays where it is: %s", move.partition.name, error)
        if isinstance(cause, OSError):
            move.target.failed(cause)
        else:
            self._discard(move)

    def _forget(self, move: LogMove) -> None:
        """End a move and leave its files: the next start knows what to do with them."""
        if self.moves.get(move.partition) is move:
            del self.moves[move.partition]
        move.partition.is_moving = False
        move.is_cancelled = True
        if move.future.log is not None:
            move.future.log.abandon()

    def _discard(self, move: LogMove) -> None:
        if move.future.log is not None:
            move.future.log.abandon()
        if not move.target.is_offline:
            move.target.discard_future(move.future.path, self._clock.now_ms())
