"""A machine with one broker on it that can lose its power: files in memory, a clock and threads that move
only when told to, all in the order of one source of chance.
"""

import asyncio
from random import Random
from typing import Any

from kafkapy.storage.check import check
from kafkapy.storage.memory_files import MemoryFiles, PowerCut
from kafkapy.testing.virtual_clock import VirtualClock
from tests.harness.broker import MemoryBroker
from tests.harness.held_threads import HeldThreads

TURNS = 3
"""Turns of the loop after each step: what it has set off gets some way."""


class Machine:
    """`boot`, `step` again and again until it `is_down`, `lose_power`, `boot`..."""

    broker: MemoryBroker

    def __init__(self, chance: Random, **settings: object) -> None:
        self.chance = chance
        self.clock = VirtualClock()
        self.files = MemoryFiles(lambda: self.clock.now_ms())
        self.threads = HeldThreads()
        self._settings = settings
        self._outside = asyncio.all_tasks()
        asyncio.get_running_loop().set_exception_handler(_ignore_power_cuts)

    @property
    def is_down(self) -> bool:
        return self.files.is_down

    def cut_in(self, calls: int) -> None:
        """Lose power at the n-th change of a file from now on."""
        self.files.cut_at = self.files.calls + calls

    async def boot(self) -> None:
        """Start a broker on what is there. PowerCut if that is when the power fails."""
        self.clock = VirtualClock(self.clock.now_ms() + self.chance.randrange(5_000))
        chance = Random(self.chance.random())
        self.broker = MemoryBroker(
            files=self.files,
            clock=self.clock,
            chance=chance,
            threads=self.threads,
            **self._settings,
        )
        await self.broker.start()

    async def send(self, request: Any, version: int | None = None) -> Any:
        """The response. PowerCut: none has come before the power failed."""
        response = await self.broker.send(request, version)
        if self.is_down:
            raise PowerCut
        return response

    async def step(self) -> None:
        """A job in a thread, or some time passes."""
        if self.chance.random() < 0.75:
            self.threads.let_one_go(self.chance.randrange(1_000))
        else:
            try:
                self.clock.advance(self.chance.randrange(300))
            except PowerCut:
                return
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def lose_power(self) -> None:
        """Whatever ran has ended, and the files are what a power failure has left of them."""
        self.threads.forget()
        for _ in range(2):
            others = asyncio.all_tasks() - self._outside
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        how = self.chance.random()
        if how < 0.2:
            self.files.crash()
        elif how < 0.9:
            self.files.crash(self.chance)
        else:
            self.files.kill()

    async def stop(self) -> list[str]:
        """A clean stop; what `kafkapy check` says afterwards."""
        await self.broker.stop()
        return [f"{problem.path}: {problem.text}" for problem in check(self.files, "/data")]


def _ignore_power_cuts(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), PowerCut):
        loop.default_exception_handler(context)
