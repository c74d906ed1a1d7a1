"""Requests that wait until a partition has more to read: woken by the append itself, never by polling."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from kafkapy.clock import Clock

Wake = Callable[[int], object]
"""Called with the number of bytes that became readable, or
0 when the partition changed otherwise (and may be gone).
"""


class Watched(Protocol):
    """Something that wakes its waiters, in the order in which they came."""

    @property
    def waiters(self) -> dict[Wake, None]: ...


class Deadline:
    """One moment that waits must not outlast, however often
    they begin again. Close it when the waiting is over.
    """

    def __init__(self, delay_ms: float, clock: Clock) -> None:
        self.has_passed = False
        self.on_pass: Callable[[], object] | None = None
        self._timer = clock.call_later(delay_ms, self._pass)

    def _pass(self) -> None:
        self.has_passed = True
        if self.on_pass is not None:
            self.on_pass()

    def close(self) -> None:
        self._timer.cancel()


async def wait_for_bytes(watched: Iterable[Watched], missing_bytes: int, deadline: Deadline) -> None:
    """Wait until `watched` have `missing_bytes` more to read
    together, one of them changes, or the deadline passes.
    """
    woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    missing = missing_bytes

    def finish() -> None:
        if not woken.done():
            woken.set_result(None)

    def wake(new_bytes: int) -> None:
        nonlocal missing
        missing -= new_bytes
        if missing <= 0 or not new_bytes:
            finish()

    partitions = list(watched)
    for partition in partitions:
        partition.waiters[wake] = None
    deadline.on_pass = finish
    try:
        await woken
    finally:
        for partition in partitions:
            partition.waiters.pop(wake, None)
