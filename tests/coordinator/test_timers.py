"""Named timers."""

from kafkapy.coordinator.timers import Timers
from kafkapy.testing.virtual_clock import VirtualClock


def test_a_timer_runs_once_when_it_is_due() -> None:
    clock, ran = VirtualClock(), []
    timers = Timers(clock)
    timers.set(("a",), 100, lambda: ran.append(clock.now_ms()))
    due_ms = clock.now_ms() + 100
    clock.advance(99)
    assert not ran
    clock.advance(500)
    assert ran == [due_ms]
    assert ("a",) not in timers


def test_setting_a_name_again_replaces_the_timer() -> None:
    clock, ran = VirtualClock(), []
    timers = Timers(clock)
    timers.set(("a",), 100, lambda: ran.append("first"))
    clock.advance(50)
    timers.set(("a",), 100, lambda: ran.append("second"))
    clock.advance(99)
    assert not ran
    clock.advance(1)
    assert ran == ["second"]


def test_a_cancelled_timer_never_runs() -> None:
    clock, ran = VirtualClock(), []
    timers = Timers(clock)
    timers.set(("a",), 100, lambda: ran.append("a"))
    timers.set(("b",), 100, lambda: ran.append("b"))
    timers.set(("c",), 100, lambda: ran.append("c"))
    timers.cancel(("a",))
    timers.cancel(("never set",))
    clock.advance(50)
    timers.cancel_all()
    clock.advance(100)
    assert not ran


def test_a_timer_may_set_itself_again() -> None:
    clock, ran = VirtualClock(), []
    timers = Timers(clock)

    def tick() -> None:
        ran.append(clock.now_ms())
        timers.set(("a",), 10, tick)

    timers.set(("a",), 10, tick)
    clock.advance(35)
    assert len(ran) == 3
