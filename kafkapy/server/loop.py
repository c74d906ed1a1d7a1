"""Which event loop a broker process runs on: uvloop where it is installed, asyncio's own elsewhere.

Both pass the same tests. uvloop writes the chunks of a large response without joining them first.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop; None stands for asyncio's default."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run_until_complete(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on an event loop of its own."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main)
