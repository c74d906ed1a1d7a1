"""A copy job: several copiers in one group, killed, frozen and replaced by who wants to see it exact."""

import dataclasses
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.exactly_once.copier import FENCED, Options
from tests.faults.exactly_once.history import Journal, Transaction

ROOT = Path(__file__).parents[3]
STOP_SECONDS = 20.0


class Life:
    """One process of a copier."""

    def __init__(self, options: Options) -> None:
        self.options = options
        command = [
            *(sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.faults.exactly_once.copier"),
            json.dumps(dataclasses.asdict(options)),
        ]
        self.stderr = Path(options.journal).with_suffix(".stderr")
        with self.stderr.open("w") as stderr:
            self.process = subprocess.Popen(command, cwd=ROOT, stderr=stderr)

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    def check(self) -> None:
        """It may have been killed, stopped or fenced, and nothing else."""
        code = self.process.poll()
        fine = (None, 0, FENCED, -signal.SIGKILL, -signal.SIGTERM)
        assert code in fine, f"{self.options.name} ended with {code}:\n{self.stderr.read_text()}"

    def transactions(self) -> list[Transaction]:
        path = Path(self.options.journal)
        if not path.exists():
            return []
        with path.open() as lines:
            return Journal.read(f"{self.options.name}.{self.options.life}", lines)


class CopyJob:
    """`count` copiers, kept alive: who ends is started again by `care`."""

    def __init__(
        self,
        directory: Path,
        bootstrap: str,
        source: str,
        protocol: str,
        count: int,
        chance: random.Random,
    ) -> None:
        self.source = source
        self.group = f"copiers-{protocol}"
        self.target = f"copies-{protocol}"
        self.lives: list[Life] = []
        self._directory = directory
        self._bootstrap = bootstrap
        self._protocol = protocol
        self._chance = chance
        self._born = 0
        self._names = [f"{self.group}-{number}" for number in range(count)]
        self._copiers: list[Life] = []
        self._frozen: list[Life] = []

    def _bear(self, name: str) -> Life:
        self._born += 1
        options = Options(
            bootstrap=self._bootstrap,
            name=name,
            life=self._born,
            group=self.group,
            source=self.source,
            target=self.target,
            protocol=self._protocol,
            journal=str(self._directory / f"{name}.{self._born}.journal"),
            seed=self._chance.getrandbits(32),
        )
        self.lives.append(Life(options))
        return self.lives[-1]

    def care(self) -> None:
        """Start who has ended again."""
        for place, life in enumerate(self._copiers):
            if life.is_over:
                life.check()
                self._copiers[place] = self._bear(life.options.name)

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
            self._copiers[place] = self._bear(life.options.name)

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
                life.check()

    def transactions(self) -> list[Transaction]:
        """What all of them say they have done."""
        return [transaction for life in self.lives for transaction in life.transactions()]
