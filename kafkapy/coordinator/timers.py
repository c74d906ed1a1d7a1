"""Named timers over a clock."""

from collections.abc import Callable

from kafkapy.clock import Clock, Timer
from kafkapy.coordinator.decision import TimerName


class Timers:
    """The timers of one shard. Setting a name again replaces what it stood for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pending: dict[TimerName, Timer] = {}

    def __contains__(self, name: TimerName) -> bool:
        return name in self._pending

    def set(self, name: TimerName, delay_ms: float, callback: Callable[[], object]) -> None:
        earlier = self._pending.get(name)
        if earlier is not None:
            earlier.cancel()
        self._pending[name] = self._clock.call_later(delay_ms, lambda: self._fire(name, callback))

    def cancel(self, name: TimerName) -> None:
        timer = self._pending.pop(name, None)
        if timer is not None:
            timer.cancel()

    def cancel_all(self) -> None:
        for timer in self._pending.values():
            timer.cancel()
        self._pending.clear()

    def _fire(self, name: TimerName, callback: Callable[[], object]) -> None:
        del self._pending[name]
        callback()
