"""What a pattern is compiled to: states that test one character, split, or hold at certain places only.

Time is bounded by the length of the text times the size of the program (Thompson's construction, all states
at once), and sets of states that were met before are remembered with what follows them.
"""

from array import array
from collections.abc import Iterable, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from kafkapy.coordinator.pattern_classes import WORD, Test

MAX_STATES = 10_000
STATE_BYTES = 2
MAX_REMEMBERED = 1_000_000
"""States in all the sets that are remembered, of two bytes each."""


class UnsupportedPattern(ValueError):
    """It does not parse, or is too large; the text says why."""


class Place(Enum):
    """Where a state lets pass."""

    TEXT_BEGINS = "text begins"
    TEXT_ENDS = "text ends"
    LINE_BEGINS = "line begins"
    LINE_ENDS = "line ends"
    WORD_BOUNDARY = "word boundary"
    NO_WORD_BOUNDARY = "no word boundary"


class Fragment(NamedTuple):
    """A part of the program: the states from `begin` to `end`, entered at `first` and left at `last`."""

    begin: int
    end: int
    first: int
    last: int


class Program:
    """Every method adds a fragment, out of others or of nothing."""

    def __init__(self) -> None:
        self._tests: list[Test | None] = []
        self._places: list[Place | None] = []
        self._next: list[list[int]] = []

    @property
    def size(self) -> int:
        return len(self._tests)

    def tests(self) -> list[Test]:
        """Each once."""
        return list({test: None for test in self._tests if test is not None})

    def _add(self, test: Test | None = None, place: Place | None = None) -> int:
        if self.size >= MAX_STATES:
            raise UnsupportedPattern("expression too large")
        self._tests.append(test)
        self._places.append(place)
        self._next.append([])
        return self.size - 1

    def one(self, test: Test) -> Fragment:
        """One character."""
        return self._alone(self._add(test))

    def nothing(self) -> Fragment:
        """No character at all."""
        return self._alone(self._add())

    def at(self, place: Place) -> Fragment:
        """Nothing, at a place."""
        return self._alone(self._add(place=place))

    @staticmethod
    def _alone(state: int) -> Fragment:
        return Fragment(state, state + 1, state, state)

    def sequence(self, parts: Sequence[Fragment]) -> Fragment:
        """One after the other. They have to be the newest of the program."""
        if not parts:
            return self.nothing()
        for part, following in pairwise(parts):
            self._next[part.last].append(following.first)
        return Fragment(parts[0].begin, parts[-1].end, parts[0].first, parts[-1].last)

    def any_of(self, parts: Sequence[Fragment]) -> Fragment:
        """One of them. They have to be the newest of the program."""
        first, last = self._add(), self._add()
        for part in parts:
            self._next[first].append(part.first)
            self._next[part.last].append(last)
        return Fragment(parts[0].begin, self.size, first, last)

    def repeated(self, part: Fragment, least: int, most: int | None) -> Fragment:
        """So often; without an upper bound if `most` is None. It has to be the newest of the program."""
        copies = [part, *(self._copy(part) for _ in range(max(least, most or 1) - 1))]
        first, last = self._add(), self._add()
        here = first
        for done, copy in enumerate(copies if most != 0 else []):
            if done >= least:
                self._next[here].append(last)
            self._next[here].append(copy.first)
            here = copy.last
        if most is None:
            self._next[here].append(copies[-1].first)
        self._next[here].append(last)
        return Fragment(part.begin, self.size, first, last)

    def _copy(self, part: Fragment) -> Fragment:
        distance = self.size - part.begin
        for state in range(part.begin, part.end):
            copied = self._add(self._tests[state], self._places[state])
            self._next[copied] = [following + distance for following in self._next[state]]
        return Fragment(*(state + distance for state in part))

    # -- running -------------------------------------------------------------------------------------------

    def reachable(self, states: Iterable[int], before: str, after: str) -> set[int]:
        """These and all that no test keeps apart from them, between two characters ("" for none)."""
        seen = set(states)
        waiting = list(seen)
        while waiting:
            state = waiting.pop()
            place = self._places[state]
            if self._tests[state] is not None or not (place is None or _holds(place, before, after)):
                continue
            for following in self._next[state]:
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return seen

    def taking(self, states: Iterable[int], char: str) -> set[int]:
        """Where one character leads."""
        verdicts: dict[Test, bool] = {}
        taken: set[int] = set()
        for state in states:
            test = self._tests[state]
            if test is None:
                continue
            if test not in verdicts:
                verdicts[test] = test(char)
            if verdicts[test]:
                taken.update(self._next[state])
        return taken


def _holds(place: Place, before: str, after: str) -> bool:
    match place:
        case Place.TEXT_BEGINS:
            return not before
        case Place.TEXT_ENDS:
            return not after
        case Place.LINE_BEGINS:
            return before in ("", "\n")
        case Place.LINE_ENDS:
            return after in ("", "\n")
    return ((before in WORD) != (after in WORD)) == (place is Place.WORD_BOUNDARY)


def _packed(states: Iterable[int]) -> bytes:
    """A set that takes little room."""
    return array("H", sorted(states)).tobytes()


class _Met:
    """A set of states that a text has led to, the last character, and what follows by kind of character."""

    __slots__ = ("before", "following", "is_match", "states")

    def __init__(self, states: bytes, before: str) -> None:
        self.states = states
        self.before = before
        self.following: dict[int, _Met] = {}
        self.is_match: bool | None = None


class Automaton:
    """Matches whole texts with one fragment of a program."""

    def __init__(self, program: Program, whole: Fragment) -> None:
        self._program = program
        self._whole = whole
        self._tests = program.tests()
        self._kinds: dict[tuple[bool, ...], int] = {}
        self._forget()

    @property
    def size(self) -> int:
        """How many states there are."""
        return self._program.size

    def _forget(self) -> None:
        self._start = _Met(_packed({self._whole.first}), "")
        self._met: dict[tuple[bytes, str], _Met] = {}
        self._kind_of: dict[str, int] = {}
        self._remembered = 0

    def __call__(self, text: str) -> bool:
        here = self._start
        for char in text:
            kind = self._kind_of.get(char)
            if kind is None:
                kind = self._learn(char)
            here = here.following.get(kind) or self._step(here, char, kind)
        if here.is_match is None:
            here.is_match = self._whole.last in self._reachable(here, "")
        return here.is_match

    def _reachable(self, here: _Met, after: str) -> set[int]:
        return self._program.reachable(array("H", here.states), here.before, after)

    def _learn(self, char: str) -> int:
        """Characters are of one kind when the program cannot tell them apart."""
        verdicts = (char in WORD, char == "\n", *(test(char) for test in self._tests))
        self._remembered += 1
        self._kind_of[char] = self._kinds.setdefault(verdicts, len(self._kinds))
        return self._kind_of[char]

    def _step(self, here: _Met, char: str, kind: int) -> _Met:
        if self._remembered > MAX_REMEMBERED:
            self._forget()
        states = _packed(self._program.taking(self._reachable(here, char), char))
        before = "a" if char in WORD else "\n" if char == "\n" else "-"
        following = self._met.get((states, before))
        if following is None:
            following = self._met[states, before] = _Met(states, before)
            self._remembered += len(states) // STATE_BYTES
        here.following[kind] = following
        self._remembered += 1
        return following
