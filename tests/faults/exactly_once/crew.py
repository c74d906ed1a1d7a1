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
    of `codes` is started again.
    """

    def __init__(
        self,
        directory: Path,
        group: str,
        names: Sequence[str],
        command: Callable[[str, int], Sequence[str]],
        chance: random.Random,
        codes: Collection[int],
    ) -> None:
        self.group = group
        self.lives: list[Life] = []
        self._directory = directory
        self._names = names
        self._command = command
        self._chance = chance
        self._codes = codes
        self._copiers: list[Life] = []
        self._frozen: list[Life] = []

    def _bear(self, name: str) -> Life:
        number = len(self.lives) + 1
        output = self._directory / f"{name}.{number}.output"
        self.lives.append(Life(name, number, self._command(name, number), output))
        return self.lives[-1]

    def care(self) -> None:
        """Start who has ended again."""
        for place, life in enumerate(self._copiers):
            if life.is_over:
                life.check(self._codes)
                self._copiers[place] = self._bear(life.name)

    def kill_one(self) -> None:
        """SIGKILL; `care` brings it back under the same transactional id."""
        life = self._chance.choice(self._copiers)
        life.process.kill()
        life.process.wait()

    def freeze_one(self, *, replace: bool) -> None:
        """SIGSTOP, as a long garbage collection would; `replace`: another takes over its transactional id."""
        place = self._chance.randrange(len(self._copiers))
        life = self._copiers[place]
        if life.is_over or life in self._frozen:
            return
        life.process.send_signal(signal.SIGSTOP)
        self._frozen.append(life)
        if replace:
            self._copiers[place] = self._bear(life.name)

    def thaw(self) -> None:
        """Let all go on, who know nothing of what has happened meanwhile."""
        frozen, self._frozen = self._frozen, []
        for life in frozen:
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
        self.thaw()
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
