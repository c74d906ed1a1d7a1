"""What transactional producers did and what readers got to see, as far as either can know.

Every value is written once in a history, so that whoever sees it knows which write it comes from.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

Partition = tuple[str, int]


class Outcome(Enum):
    """How a transaction ended for its producer. UNKNOWN: it asked for the commit and never heard of it."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


class Write(NamedTuple):
    """One record sent; `offset` as acknowledged, None if it was not."""

    topic: str
    partition: int
    value: str
    offset: int | None = None

    @property
    def place(self) -> Partition:
        return self.topic, self.partition


class Seen(NamedTuple):
    """One record as a reader got it."""

    topic: str
    partition: int
    offset: int
    value: str

    @property
    def place(self) -> Partition:
        return self.topic, self.partition


@dataclass(frozen=True, slots=True)
class Transaction:
    """`writes` in the order in which they were sent; a producer's transactions follow each other."""

    producer: str
    outcome: Outcome
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader of committed records got, in the order in which it came.

    is_complete  it has read each partition from its start to its end, when nothing was open any more
    """

    reader: str
    seen: tuple[Seen, ...]
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A write without a transaction is a transaction of its own."""

    transactions: list[Transaction] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


class Journal:
    """A producer's own account of its transactions, as lines that outlive it: what it will do comes first."""

    @staticmethod
    def sends(values: Iterable[tuple[str, int, str]]) -> str:
        return json.dumps({"sends": list(values)})

    @staticmethod
    def acknowledged(offsets: Iterable[int | None]) -> str:
        """For each record sent, in the same order."""
        return json.dumps({"acknowledged": list(offsets)})

    @staticmethod
    def commits() -> str:
        return json.dumps({"commits": True})

    @staticmethod
    def ended(outcome: Outcome) -> str:
        return json.dumps({"ended": outcome.value})

    @staticmethod
    def read(producer: str, lines: Iterable[str]) -> list[Transaction]:
        """The transactions. One that ends in silence was not committed, unless that had been asked for."""
        transactions: list[Transaction] = []
        for line in lines:
            if not line.endswith("\n"):
                break
            told = json.loads(line)
            if "sends" in told:
                writes = tuple(Write(*sent) for sent in told["sends"])
                transactions.append(Transaction(producer, Outcome.ABORTED, writes))
                continue
            last = transactions[-1]
            if "acknowledged" in told:
                offsets = zip(last.writes, told["acknowledged"], strict=True)
                last = Transaction(producer, last.outcome, tuple(w._replace(offset=o) for w, o in offsets))
            elif "commits" in told:
                last = Transaction(producer, Outcome.UNKNOWN, last.writes)
            else:
                last = Transaction(producer, Outcome(told["ended"]), last.writes)
            transactions[-1] = last
        return transactions
