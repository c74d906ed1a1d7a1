"""Time as an argument: what the broker asks of a clock, and the real one over the running event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A pending callback."""

    def cancel(self) -> None:
        """The callback will not run; harmless when it already has."""


class Clock(Protocol):
    """Wall-clock time and timers. Tests hand in a virtual one."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        ...

    def call_later(self, delay_ms: float, callback: Callable[[], object]) -> Timer:
        """Run `callback` once on the event loop, `delay_ms` from now (at once when not positive)."""
        ...


class LoopClock:
    """The system's time and the running event loop's timers."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def call_later(self, delay_ms: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(max(0.0, delay_ms) / 1000, callback)
