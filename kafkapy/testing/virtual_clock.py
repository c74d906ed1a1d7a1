"""A clock that stands still until a test moves it, and then runs the timers that fell due, in order."""

import heapq
import itertools
from collections.abc import Callable


class VirtualTimer:
    """A pending callback of a VirtualClock."""

    def __init__(self, due_ms: float, callback: Callable[[], object]) -> None:
        self.due_ms = due_ms
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class VirtualClock:
    """Implements `kafkapy.clock.Clock`; time passes only in `advance`. `jump` sets the wall clock alone."""

    def __init__(self, start_ms: int = 1_700_000_000_000) -> None:
        self._now_ms: float = start_ms
        self._jumped_ms = 0
        self._order = itertools.count()
        self._timers: list[tuple[float, int, VirtualTimer]] = []

    def now_ms(self) -> int:
        return int(self._now_ms) + self._jumped_ms

    def call_later(self, delay_ms: float, callback: Callable[[], object]) -> VirtualTimer:
        timer = VirtualTimer(self._now_ms + max(0.0, delay_ms), callback)
        heapq.heappush(self._timers, (timer.due_ms, next(self._order), timer))
        return timer

    def jump(self, by_ms: int) -> None:
        """Somebody sets the wall clock forward or back; timers do not notice."""
        self._jumped_ms += by_ms

    def advance(self, by_ms: float) -> None:
        """Let `by_ms` pass: every timer due by then runs at its own time, also those set on the way."""
        end_ms = self._now_ms + by_ms
        while self._timers and self._timers[0][0] <= end_ms:
            due_ms, _, timer = heapq.heappop(self._timers)
            self._now_ms = max(self._now_ms, due_ms)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()
        self._now_ms = end_ms
