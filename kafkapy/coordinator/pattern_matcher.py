"""A regular expression matcher without backtracking: Thompson's construction, all states at once.

Knows literals, `.`, classes, escapes of classes and of punctuation, groups, alternatives, repetitions and
anchors. Time is bounded by the length of the name times the size of the program.
"""

import string
from collections.abc import Callable

Test = Callable[[str], bool]
MAX_STATES = 10_000
MAX_REPEATS = 1_000
WORD = frozenset(string.ascii_letters + string.digits + "_")
CLASSES = {
    "d": frozenset(string.digits),
    "w": WORD,
    "s": frozenset("\t\n\f\r "),
}
POSIX_CLASSES = {
    "alnum": frozenset(string.ascii_letters + string.digits),
    "alpha": frozenset(string.ascii_letters),
    "digit": frozenset(string.digits),
    "lower": frozenset(string.ascii_lowercase),
    "punct": frozenset(string.punctuation),
    "upper": frozenset(string.ascii_uppercase),
    "word": WORD,
    "xdigit": frozenset(string.hexdigits),
}
ANCHORS = {"A": "^", "z": "$", "b": "b", "B": "B"}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}


class UnsupportedPattern(ValueError):
    """It does not parse, or this matcher does not know how to match it; the text says why."""


class _Program:
    """States: a test of one character, a split to several states, an anchor, or the end."""

    def __init__(self) -> None:
        self.tests: list[Test | None] = []
        self.next: list[list[int]] = []
        self.anchors: dict[int, str] = {}

    def add(self, test: Test | None = None) -> int:
        if len(self.tests) >= MAX_STATES:
            raise UnsupportedPattern("expression too large")
        self.tests.append(test)
        self.next.append([])
        return len(self.tests) - 1

    def matches(self, start: int, end: int, text: str) -> bool:
        states = self._closure({start}, text, 0)
        for position, char in enumerate(text, 1):
            taken = {
                n for s in states if (test := self.tests[s]) is not None and test(char) for n in self.next[s]
            }
            states = self._closure(taken, text, position)
            if not states:
                return False
        return end in states

    def _closure(self, states: set[int], text: str, position: int) -> set[int]:
        seen, waiting = set(states), list(states)
        while waiting:
            state = waiting.pop()
            anchor = self.anchors.get(state)
            if self.tests[state] is not None or not (anchor is None or _holds(anchor, text, position)):
                continue
            for following in self.next[state]:
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return seen


def _holds(anchor: str, text: str, position: int) -> bool:
    if anchor == "^":
        return position == 0
    if anchor == "$":
        return position == len(text)
    is_boundary = (text[position - 1 : position] in WORD) != (text[position : position + 1] in WORD)
    return is_boundary == (anchor == "b")


Fragment = tuple[int, int]
"""First and last state of a part of the program."""


class _Parser:
    """Builds the program while it reads; a repeated part is read once per copy."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.program = _Program()

    def parse(self) -> Fragment:
        fragment = self.alternatives()
        if self.position < len(self.pattern):
            raise UnsupportedPattern("unexpected )")
        return fragment

    def alternatives(self) -> Fragment:
        branches = [self.sequence()]
        while self.take("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else self._any_of(branches)

    def sequence(self) -> Fragment:
        first = last = self.program.add()
        while self.position < len(self.pattern) and self.peek() not in "|)":
            start, end = self.repeated()
            self.program.next[last].append(start)
            last = end
        return first, last

    def repeated(self) -> Fragment:
        begin = self.position
        fragment = self.atom()
        after_atom = self.position
        bounds = self.bounds()
        if bounds is None:
            return fragment
        self.take("?")
        after = self.position
        if self.bounds() is not None:
            raise UnsupportedPattern("invalid nested repetition operator")
        least, most = bounds
        copies = [fragment]
        for _ in range(max(least, most or 1) - 1):
            self.position = begin
            copies.append(self.atom())
            assert self.position == after_atom
        self.position = after
        return self._repeat(copies, least, most)

    def bounds(self) -> tuple[int, int | None] | None:
        """How often what came before may occur, None when nothing is said of that; no upper bound is None."""
        for operator, bounds in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self.take(operator):
                return bounds
        end = self.pattern.find("}", self.position)
        if self.peek() != "{" or end < 0:
            return None
        least, comma, most = self.pattern[self.position + 1 : end].partition(",")
        if not least.isdecimal() or not (most.isdecimal() or not most):
            return None
        self.position = end + 1
        upper = int(most) if most else None if comma else int(least)
        if int(least) > MAX_REPEATS or (upper is not None and not int(least) <= upper <= MAX_REPEATS):
            raise UnsupportedPattern("invalid repeat count")
        return int(least), upper

    def atom(self) -> Fragment:
        begin = self.position
        if self.bounds() is not None:
            operator = self.pattern[begin : self.position]
            raise UnsupportedPattern(f"missing argument to repetition operator: {operator}")
        char = self.read()
        if char == "(":
            return self.group()
        if char in "^$":
            return self._anchor(char)
        if char == ".":
            return self._test(lambda char: char != "\n")
        if char == "[":
            return self._test(self.char_class())
        if char == "\\":
            anchor = ANCHORS.get(self.peek())
            if anchor is not None:
                self.read()
                return self._anchor(anchor)
            return self._test(self.escape())
        return self._test(char.__eq__)

    def group(self) -> Fragment:
        if self.take("?"):
            if self.take("P<") or (self.peek(2) not in ("<=", "<!") and self.take("<")):
                name, closed, _ = self.pattern[self.position :].partition(">")
                if not closed or not name or not WORD.issuperset(name):
                    raise UnsupportedPattern("invalid named capture")
                self.position += len(name) + 1
            elif not self.take(":"):
                raise UnsupportedPattern("invalid or unsupported Perl syntax")
        fragment = self.alternatives()
        if not self.take(")"):
            raise UnsupportedPattern("missing closing )")
        return fragment

    def escape(self) -> Test:
        char = self.read("trailing backslash at end of expression")
        known = CLASSES.get(char.lower())
        if known is not None:
            return known.__contains__ if char.islower() else lambda char: char not in known
        return self.escaped_char(char).__eq__

    def escaped_char(self, char: str) -> str:
        if char in CONTROLS:
            return CONTROLS[char]
        if char == "x" and set(self.peek(2)) <= set(string.hexdigits) and len(self.peek(2)) == 2:
            return chr(int(self.read() + self.read(), 16))
        if char in WORD:
            raise UnsupportedPattern("invalid escape sequence")
        return char

    def char_class(self) -> Test:
        is_negated = self.take("^")
        tests: list[Test] = []
        is_first = True
        while is_first or not self.take("]"):
            is_first = False
            tests.append(self.class_item())
        return lambda char: any(test(char) for test in tests) != is_negated

    def class_item(self) -> Test:
        missing = "missing closing ]"
        if self.take("[:"):
            is_negated = self.take("^")
            name, _, _ = self.pattern[self.position :].partition(":]")
            members = POSIX_CLASSES.get(name)
            if members is None:
                raise UnsupportedPattern("invalid character class range")
            self.position += len(name) + 2
            return lambda char: (char in members) != is_negated
        low = self.read(missing)
        if low == "\\":
            if self.peek().lower() in CLASSES:
                return self.escape()
            low = self.escaped_char(self.read(missing))
        if self.peek() != "-" or self.peek(2) == "-]":
            return low.__eq__
        self.read()
        high = self.read(missing)
        if high == "\\":
            high = self.escaped_char(self.read(missing))
        if high < low:
            raise UnsupportedPattern("invalid character class range")
        return lambda char: low <= char <= high

    # -- reading -------------------------------------------------------------------------------------------

    def peek(self, count: int = 1) -> str:
        return self.pattern[self.position : self.position + count]

    def read(self, otherwise: str = "it ends too early") -> str:
        if self.position >= len(self.pattern):
            raise UnsupportedPattern(otherwise)
        self.position += 1
        return self.pattern[self.position - 1]

    def take(self, text: str) -> bool:
        is_next = self.pattern.startswith(text, self.position)
        self.position += len(text) if is_next else 0
        return is_next

    # -- building ------------------------------------------------------------------------------------------

    def _test(self, test: Test) -> Fragment:
        state, end = self.program.add(test), self.program.add()
        self.program.next[state].append(end)
        return state, end

    def _anchor(self, anchor: str) -> Fragment:
        state, end = self.program.add(), self.program.add()
        self.program.anchors[state] = anchor
        self.program.next[state].append(end)
        return state, end

    def _any_of(self, branches: list[Fragment]) -> Fragment:
        first, last = self.program.add(), self.program.add()
        for start, end in branches:
            self.program.next[first].append(start)
            self.program.next[end].append(last)
        return first, last

    def _repeat(self, copies: list[Fragment], least: int, most: int | None) -> Fragment:
        first, last = self.program.add(), self.program.add()
        here = first
        if most == 0:
            copies = []
        for done, (start, end) in enumerate(copies):
            if done >= least:
                self.program.next[here].append(last)
            self.program.next[here].append(start)
            here = end
        if most is None:
            self.program.next[here].append(copies[-1][0])
        self.program.next[here].append(last)
        return first, last


def linear_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text matches `pattern`. UnsupportedPattern for what is not known here."""
    parser = _Parser(pattern)
    try:
        first, last = parser.parse()
    except RecursionError as error:
        raise UnsupportedPattern("expression nests too deeply") from error
    return lambda text: parser.program.matches(first, last, text)
