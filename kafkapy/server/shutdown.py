"""When to end: SIGTERM or SIGINT; on Windows Ctrl-C or Ctrl-Break."""

import asyncio
import signal
import sys

if sys.platform == "win32":
    SIGNALS = (signal.SIGINT, signal.SIGBREAK)
else:
    SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignal:
    """Listens from when it is made. After the first signal a second one ends the process at once."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._received: asyncio.Future[None] = loop.create_future()
        for number in SIGNALS:
            if sys.platform == "win32":
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._note))
            else:
                loop.add_signal_handler(number, self._note)

    def give(self) -> None:
        """As if a signal had come."""
        self._note()

    async def wait(self) -> None:
        """Until a signal has come, perhaps before this was called."""
        await self._received

    def _note(self) -> None:
        if not self._received.done():
            self._received.set_result(None)
        for number in SIGNALS:
            if sys.platform != "win32":
                asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
