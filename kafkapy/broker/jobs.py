"""Work in threads: a job goes out, its result comes back to the event loop."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Jobs:
    """The jobs that are under way in threads."""

    def __init__(self) -> None:
        self._running: set[asyncio.Future[Any]] = set()

    def run(
        self,
        job: Callable[[], Result],
        install: Callable[[Result], object] = lambda _: None,
        failed: Callable[[OSError], object] = lambda _: None,
    ) -> None:
        """Run `job` in a thread, then one of the others, with what came of it, on the event loop."""

        def finish(future: "asyncio.Future[Result]") -> None:
            self._running.discard(future)
            error = future.exception()
            if error is None:
                install(future.result())
            elif isinstance(error, OSError):
                logger.error("a job on the log directories failed: %s", error)
                failed(error)
            else:
                raise error

        future = asyncio.get_running_loop().run_in_executor(None, job)
        self._running.add(future)
        future.add_done_callback(finish)

    async def finished(self) -> None:
        """Wait until none is left, those included that others lead to."""
        while self._running:
            await asyncio.wait(self._running)
