"""Brings logs to disk while they are written on: syncs run in threads, one serves all who asked meanwhile.

A log is synced by one thread at a time. Who asks for a log that is being synced gets the next sync, as the
one under way may have begun too early. So the busier a log is, the more appends share a sync.
"""

import asyncio
from collections.abc import Callable, Sequence

from kafkapy.broker.jobs import Jobs
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.log import Log

THREADS = 4
LOGS_PER_JOB = 4
"""A hop to a thread and back costs about as much as the sync of one file on a fast disk."""

SyncJob = Callable[[], int]


class LogSync:
    """Made on the event loop. `on_synced` is called whenever a log has got further, or has failed."""

    def __init__(self, jobs: Jobs, on_synced: Callable[[Log], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs = jobs
        self._on_synced = on_synced
        self._wanted: dict[Log, None] = {}
        self._syncing: set[Log] = set()
        self._threads = 0
        self._is_about_to_begin = False

    def want(self, log: Log) -> None:
        """What the log has now will be on disk soon; who asks in the same turn of the loop shares that."""
        self._wanted[log] = None
        if not self._is_about_to_begin:
            self._is_about_to_begin = True
            self._loop.call_soon(self._begin)

    async def finished(self) -> None:
        """Wait until everything that was asked for has been done."""
        while self._wanted or self._syncing:
            await asyncio.sleep(0)
            await self._jobs.finished()

    def _begin(self) -> None:
        self._is_about_to_begin = False
        ready = [log for log in self._wanted if log not in self._syncing]
        while ready and self._threads < THREADS:
            logs, ready = ready[:LOGS_PER_JOB], ready[LOGS_PER_JOB:]
            jobs = [(log, job) for log in logs if (job := self._job(log)) is not None]
            if jobs:
                self._threads += 1
                self._syncing.update(log for log, _ in jobs)
                self._jobs.run(lambda jobs=jobs: _run(jobs), self._done)  # type: ignore[misc]

    def _job(self, log: Log) -> SyncJob | None:
        del self._wanted[log]
        if log.is_offline:
            return None
        try:
            return log.sync_job()
        except KafkaError:
            return None  # the directory has gone offline, and said so

    def _done(self, outcomes: Sequence[tuple[Log, int | OSError]]) -> None:
        self._threads -= 1
        for log, outcome in outcomes:
            self._syncing.discard(log)
            if isinstance(outcome, OSError):
                log.failed(outcome)
            else:
                log.flushed(outcome)
        for log, _ in outcomes:
            self._on_synced(log)
        if self._wanted:
            self._begin()


def _run(jobs: Sequence[tuple[Log, SyncJob]]) -> list[tuple[Log, int | OSError]]:
    outcomes: list[tuple[Log, int | OSError]] = []
    for log, job in jobs:
        try:
            outcomes.append((log, job()))
        except OSError as error:
            outcomes.append((log, error))
    return outcomes
