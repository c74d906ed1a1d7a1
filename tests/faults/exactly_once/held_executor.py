"""The event loop's threads under a test's control: a disk that is as slow as the test wants it to be."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any


class HeldExecutor(ThreadPoolExecutor):
    """Jobs wait while it `is_held` until they are let go; otherwise they are done at once. No threads."""

    def __init__(self) -> None:
        super().__init__(1)
        self.is_held = False
        self._jobs: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, job: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._jobs.append((future, partial(job, *arguments, **named)))
        if not self.is_held:
            self.let_go()
        return future

    def let_go(self) -> None:
        """Do all that there are."""
        for _ in range(len(self._jobs)):
            self.let_one_go(0)

    def let_one_go(self, place: int) -> None:
        """Do one out of its turn: threads have no order. Nothing if there is none."""
        if not self._jobs:
            return
        future, job = self._jobs.pop(place)
        try:
            future.set_result(job())
        except OSError as error:
            future.set_exception(error)

    def forget(self) -> None:
        """Nobody waits for them any more: the process has died. What comes is done at once."""
        self._jobs.clear()
        self.is_held = False
