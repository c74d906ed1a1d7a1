"""Work in threads: a job goes out, its result comes back to the event loop."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

logger = logging.getLogger(__name__)

MOST_THREADS = 8

Result = TypeVar("Result")
Work = Callable[[], None]


class Threads(Protocol):
    """Where jobs are done."""

    def submit(self, work: Work, /) -> object:
        """Call `work`, which raises nothing, soon and once."""


class WorkerThreads:
    """A few threads, begun one by one with the first that they get to do.

    They are what an executor has below its futures, without those: a sync of 200 us that goes through one
    comes back 40 to 100 us later.
    """

    def __init__(self, most: int = MOST_THREADS) -> None:
        self._most = most
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._threads: list[Thread] = []

    def submit(self, work: Work) -> None:
        self._queue.put(work)
        if len(self._threads) < self._most:
            thread = Thread(target=self._run, name=f"worker-{len(self._threads)}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def close(self) -> None:
        """End them when all is done that was submitted."""
        for _ in self._threads:
            self._queue.put(None)
        while self._threads:
            self._threads.pop().join()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            del work  # it is not kept for as long as there is no other


class Jobs:
    """The jobs that are under way in threads."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._under_way = 0
        self._all_done = asyncio.Event()

    def run(
        self,
        job: Callable[[], Result],
        install: Callable[[Result], object] = lambda _: None,
        failed: Callable[[OSError], object] = lambda _: None,
    ) -> None:
        """Run `job` in a thread, then one of the others, with what came of it, on the event loop."""
        loop = asyncio.get_running_loop()

        def work() -> None:
            finish: Callable[[Any], None]
            outcome: Any
            try:
                finish, outcome = succeeded, job()
            except BaseException as error:  # noqa: BLE001 - whatever it is, the event loop is told
                finish, outcome = broke, error
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(finish, outcome)

        def succeeded(result: Result) -> None:
            self._ended()
            install(result)

        def broke(error: BaseException) -> None:
            self._ended()
            if not isinstance(error, OSError):
                raise error
            logger.error("a job on the log directories failed: %s", error)
            failed(error)

        self._under_way += 1
        self._all_done.clear()
        self._threads.submit(work)

    async def finished(self) -> None:
        """Wait until none is left, those included that others lead to."""
        while self._under_way:
            await self._all_done.wait()

    def _ended(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._all_done.set()
