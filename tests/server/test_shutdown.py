"""A signal to stop is noticed whenever it comes, and a second one is not held back."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from kafkapy.server.shutdown import SIGNALS, StopSignal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send itself these signals")


@pytest.fixture(autouse=True)
def _handlers_as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_that_came_early_is_not_lost(number: signal.Signals) -> None:
    stop = StopSignal()
    os.kill(os.getpid(), number)
    await stop.wait()


async def test_after_the_first_signal_a_second_one_ends_the_process_as_usual() -> None:
    stop = StopSignal()
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()
    assert {signal.getsignal(number) for number in SIGNALS} == {signal.SIG_DFL}
