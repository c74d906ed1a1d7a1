"""A copy job: a crew of the copiers of `copier.py`, and what they say they have done."""

import dataclasses
import json
import random
import signal
import sys
from pathlib import Path

from tests.faults.exactly_once.copier import FENCED, Options
from tests.faults.exactly_once.crew import Crew
from tests.faults.exactly_once.history import Journal, Transaction

TRANSACTION_TIMEOUTS_MS = (3000, 10_000)
"""One who is frozen in the middle of a transaction finds it aborted, or open with somebody else at work."""


class CopyJob(Crew):
    """`count` copiers from `source` to `target`, in a group of this protocol."""

    def __init__(
        self,
        directory: Path,
        bootstrap: str,
        source: str,
        protocol: str,
        count: int,
        chance: random.Random,
    ) -> None:
        group = f"copiers-{protocol}"
        self.target = f"copies-{protocol}"

        def command(name: str, number: int) -> list[str]:
            options = Options(
                bootstrap=bootstrap,
                name=name,
                life=number,
                group=group,
                source=source,
                target=self.target,
                protocol=protocol,
                journal=str(self._journal(name, number)),
                seed=chance.getrandbits(32),
                transaction_timeout_ms=chance.choice(TRANSACTION_TIMEOUTS_MS),
            )
            program = ("-W", "ignore::DeprecationWarning", "-m", "tests.faults.exactly_once.copier")
            return [sys.executable, *program, json.dumps(dataclasses.asdict(options))]

        names = [f"{group}-{number}" for number in range(count)]
        super().__init__(directory, group, names, command, chance, (0, FENCED), signal.SIGUSR1)

    def _journal(self, name: str, number: int) -> Path:
        return self._directory / f"{name}.{number}.journal"

    def transactions(self) -> list[Transaction]:
        """Those of all processes; one that was killed early may have no journal."""
        transactions = []
        for life in self.lives:
            journal = self._journal(life.name, life.number)
            if journal.exists():
                with journal.open() as lines:
                    transactions += Journal.read(f"{life.name}.{life.number}", lines)
        return transactions
