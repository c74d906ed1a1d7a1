"""Loading many logs: what crashes have left to be read is read in threads, and who waits for that is told how
far it is.

Before a broker serves nobody else uses these logs, so a thread has one from its loader to the finished log.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from kafkapy.storage.log import Log
from kafkapy.storage.log_config import LogConfig
from kafkapy.storage.log_directory import LogDirectory

logger = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0


class Recovery:
    """One log on its way into its directory."""

    def __init__(
        self, directory: LogDirectory, topic: str, partition: int, config: LogConfig, now_ms: int
    ) -> None:
        """Looks at the files, and reads nothing. Raises OSError."""
        self.directory = directory
        self._files = directory.files if directory.had_clean_shutdown else directory.files.for_thread()
        self._loader = directory.loader(self._files, topic, partition, config=config, now_ms=now_ms)
        self._loader.open()

    @property
    def unread_bytes(self) -> int:
        return self._loader.unread_bytes

    def load(self) -> Log:
        """Read what has to be read, in any thread. Raises OSError."""
        return self._loader.load()

    def install(self, log: Log) -> None:
        """`load` has given `log`."""
        if self._files is not self.directory.files:
            self.directory.files.take_over(self._files)
        self.directory.add(log)


def recover(recoveries: Sequence[Recovery], threads_per_directory: int) -> None:
    """Load all and install them; a directory whose disk refuses goes offline."""
    if not recoveries:
        return
    total_bytes = sum(recovery.unread_bytes for recovery in recoveries)
    logger.info(
        "the last stop was not clean: %d logs with %d MB are to be read",
        len(recoveries),
        total_bytes // 1_000_000,
    )
    directories = {recovery.directory for recovery in recoveries}
    largest_first = sorted(recoveries, key=lambda recovery: recovery.unread_bytes, reverse=True)
    with ThreadPoolExecutor(threads_per_directory * len(directories), "recovery") as pool:
        jobs = {recovery: pool.submit(recovery.load) for recovery in largest_first}
        _wait(jobs)
    for recovery in recoveries:
        try:
            recovery.install(jobs[recovery].result())
        except OSError as error:
            recovery.directory.unusable(error)


def _wait(jobs: dict[Recovery, Future[Log]]) -> None:
    """Until all are done, saying how many are left."""
    pending = set(jobs.values())
    while pending := wait(pending, PROGRESS_SECONDS).not_done:
        logger.info(
            "recovering: %d of %d logs are left, %d MB to read",
            len(pending),
            len(jobs),
            sum(recovery.unread_bytes for recovery in jobs) // 1_000_000,
        )
