"""Copiers in processes of their own: kept alive, killed, frozen and replaced, whatever they are doing."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[3]
STOP_SECONDS = 20.0
FROZEN_SECONDS = 3.5
"""Longer than the group waits for a member."""

KILLED = (-signal.SIGKILL, -signal.SIGTERM)


class Life:
    """One process of a copier. `number` counts those of its crew; what it says is in `output`."""

    def __init__(self, name: str, number: int, command: Sequence[str], output: Path) -> None:
        self.name = name
        self.number = number
        self.output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def check(self, codes: Collection[int]) -> None:
        """It runs, was killed or has ended with one of these."""
        code = self.process.poll()
        fine = code is None or code in codes or code in KILLED
        assert fine, f"{self.name}.{self.number} ended with {code}:\n{self.output.read_text()}"


class Crew:
    """Copiers of one group, one for each of `names`, which are their transactional ids.

    `command` gives the command line of a name's process, given its number too; a process that ends with one
    of `codes` is started again. `freezes` is the signal that has one stop; one so young that it does not know
    the signal ends with it.
    """

    def __init__(
        self,
        directory: Path,
        group: str,
        names: Sequence[str],
        command: Callable[[str, int], Sequence[str]],
        chance: random.Random,
        codes: Collection[int],
        freezes: signal.Signals = signal.SIGSTOP,
    ) -> None:
        self.group = group
        self.lives: list[Life] = []
        self._directory = directory
        self._names = names
        self._command = command
        self._chance = chance
        self._codes = (*codes, -freezes)
        self._freezes = freezes
        self._copiers: list[Life] = []
        self._frozen: dict[Life, float] = {}
        """When each is to go on."""

    def _bear(self, name: str) -> Life:
        number = len(self.lives) + 1
        output = self._directory / f"{name}.{number}.output"
        self.lives.append(Life(name, number, self._command(name, number), output))
        return self.lives[-1]

    def care(self) -> None:
        """Start who has ended again; let go on who was frozen for long enough."""
        for place, life in enumerate(self._copiers):
            if life.is_over:
                life.check(self._codes)
                self._copiers[place] = self._bear(life.name)
        for life, until in list(self._frozen.items()):
            if time.monotonic() > until:
                self._thaw(life)

    def kill_one(self) -> None:
        """SIGKILL; `care` brings it back under the same transactional id."""
        life = self._chance.choice(self._copiers)
        life.process.kill()
        life.process.wait()

    def freeze_one(self, *, replace: bool) -> None:
        """One stops as if it collected garbage, and knows nothing of what happens meanwhile. `replace`:
        another takes over its transactional id at once.
        """
        place = self._chance.randrange(len(self._copiers))
        life = self._copiers[place]
        if life.is_over or life in self._frozen:
            return
        life.process.send_signal(self._freezes)
        self._frozen[life] = time.monotonic() + FROZEN_SECONDS
        if replace:
            self._copiers[place] = self._bear(life.name)

    @property
    def is_frozen(self) -> bool:
        """Whether one of them is."""
        return bool(self._frozen)

    def _thaw(self, life: Life) -> None:
        del self._frozen[life]
        if not life.is_over:
            life.process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        for name in self._names:
            self._copiers.append(self._bear(name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """SIGTERM for all; they have to end well, unless something else went wrong before."""
        for life in list(self._frozen):
            self._thaw(life)
        for life in self.lives:
            if not life.is_over:
                life.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for life in self.lives:
            try:
                life.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                life.process.kill()
                life.process.wait()
        if error is None:
            for life in self.lives:
                life.check(self._codes)
