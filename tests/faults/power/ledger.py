"""What clients of a broker that loses its power were promised, and what they asked for without an answer."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.faults.history import History, Place


@dataclass
class Topic:
    """A topic from the moment in which somebody asks for it; no name is used twice."""

    partitions: int
    keeps_all: bool
    """Nothing makes it forget records."""
    is_created: bool = False
    is_being_deleted: bool = False
    is_deleted: bool = False
    settings: list[str] = field(default_factory=list)
    """The values asked for of one setting, in order; `acknowledged_setting` is the last one acknowledged."""
    acknowledged_setting: int = -1

    @property
    def is_usable(self) -> bool:
        return self.is_created and not self.is_being_deleted


@dataclass
class Transaction:
    """The values that were taken as part of a transaction, and how it was ended, if that was asked."""

    values: dict[bytes, Place] = field(default_factory=dict)
    asked: bool | None = None
    """Commit (True), abort (False), neither."""
    is_acknowledged: bool = False


class Ledger:
    """Everything of one machine, over all its power failures."""

    def __init__(self) -> None:
        self.history = History()
        self.topics: dict[str, Topic] = {}
        self.transactions: list[Transaction] = []
        self.attempted_commits: dict[tuple[str, Place], set[int]] = defaultdict(set)
        self.seen: dict[tuple[Place, int], bytes] = {}
        """What readers were given."""
        self.once: set[bytes] = set()
        """Producers whose records must not be there twice."""
        self.numbers = 0
        self.was_cut = False
        """Whether a power failure may have taken something that was acknowledged."""

    def next_number(self) -> int:
        """One that nobody has had."""
        self.numbers += 1
        return self.numbers

    @property
    def usable_places(self) -> list[Place]:
        return [
            (name, index)
            for name, topic in self.topics.items()
            if topic.is_usable
            for index in range(topic.partitions)
        ]
