"""The syntax of patterns: RE2's, as re2j takes it, which Apache Kafka uses; refusals are in re2j's words.

Matching is all that is asked, so groups capture nothing, and greedy is as good as not.
"""

import string
from dataclasses import dataclass, field, replace

from kafkapy.coordinator.pattern_classes import (
    PERL_CLASSES,
    POSIX_CLASSES,
    WORD,
    Test,
    ignoring_case,
    same_but_for_case,
    unicode_class,
)
from kafkapy.coordinator.pattern_program import Automaton, Fragment, Place, Program, UnsupportedPattern

MAX_REPEATS = 1_000
MAX_REPEAT_DIGITS = 8
MAX_CODE_POINT = 0x10FFFF
OCTAL = "01234567"
CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
PLACES = {
    "A": Place.TEXT_BEGINS,
    "z": Place.TEXT_ENDS,
    "b": Place.WORD_BOUNDARY,
    "B": Place.NO_WORD_BOUNDARY,
}
REPETITIONS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
BAD_CAPTURE = "invalid named capture"
BAD_CLASS = "invalid character class range"
BAD_ESCAPE = "invalid escape sequence"
BAD_PERL = "invalid or unsupported Perl syntax"
OPEN_CLASS = "missing closing ]"


@dataclass(frozen=True, slots=True)
class _Flags:
    """(?i), (?m), (?s), in this order; (?U) does not matter."""

    ignore_case: bool = False
    lines: bool = False
    dot_is_all: bool = False


@dataclass(slots=True)
class _Group:
    """A group that is being read: alternatives that are complete, the parts of the present one, and the flags
    outside.
    """

    outside: _Flags
    branches: list[Fragment] = field(default_factory=list)
    parts: list[Fragment] = field(default_factory=list)


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.flags = _Flags()
        self.program = Program()
        self.names: set[str] = set()
        self.literals: dict[frozenset[str], Test] = {}
        self.groups = [_Group(self.flags)]

    def parse(self) -> Fragment:
        after_repetition = False
        while self.position < len(self.pattern):
            is_brace = self.peek() == "{"
            bounds = self.bounds()
            if bounds is None:
                self.part()
            else:
                self.repeat(*bounds, nested=after_repetition)
            after_repetition = bounds is not None or is_brace  # re2j takes a mere { for one as well
        if len(self.groups) > 1:
            raise UnsupportedPattern("missing closing )")
        return self.end_of_group()

    def part(self) -> None:
        """Whatever stands here, but repetitions."""
        char = self.read()
        match char:
            case "(":
                self.group()
            case ")":
                if len(self.groups) == 1:
                    raise UnsupportedPattern("regexp/syntax: internal error")  # sic
                whole = self.end_of_group()
                self.flags = self.groups.pop().outside
                self.groups[-1].parts.append(whole)
            case "|":
                group = self.groups[-1]
                group.branches.append(self.program.sequence(group.parts))
                group.parts = []
            case "^":
                self.add_place(Place.LINE_BEGINS if self.flags.lines else Place.TEXT_BEGINS)
            case "$":
                self.add_place(Place.LINE_ENDS if self.flags.lines else Place.TEXT_ENDS)
            case ".":
                self.add_test(_anything if self.flags.dot_is_all else _not_a_new_line)
            case "[":
                self.add_test(self.char_class())
            case "\\":
                self.escape()
            case _:
                self.add_char(char)

    # -- repetitions ---------------------------------------------------------------------------------------

    def bounds(self) -> tuple[int, int | None] | None:
        """How often what came before may occur, None when nothing is said of that; no upper bound is None."""
        for operator, bounds in REPETITIONS.items():
            if self.take(operator):
                return bounds
        end = self.pattern.find("}", self.position)
        if self.peek() != "{" or end < 0:
            return None
        first, comma, second = self.pattern[self.position + 1 : end].partition(",")
        if not _is_count(first) or not (_is_count(second) or not second):
            return None
        self.position = end + 1
        least = _count(first)
        most = _count(second) if second else None if comma else least
        if most is not None and least > most:
            raise UnsupportedPattern("invalid repeat count")
        return least, most

    def repeat(self, least: int, most: int | None, *, nested: bool) -> None:
        self.take("?")
        if nested:
            raise UnsupportedPattern("invalid nested repetition operator")
        parts = self.groups[-1].parts
        if not parts:
            raise UnsupportedPattern("missing argument to repetition operator")
        parts.append(self.program.repeated(parts.pop(), least, most))

    # -- groups --------------------------------------------------------------------------------------------

    def group(self) -> None:
        if not self.take("?"):
            self.groups.append(_Group(self.flags))
        elif self.take("P<") or self.take("<"):
            self.name()
            self.groups.append(_Group(self.flags))
        else:
            self.change_flags()

    def name(self) -> None:
        name, closed, _ = self.pattern[self.position :].partition(">")
        if not closed or not name or not WORD.issuperset(name):
            raise UnsupportedPattern(BAD_CAPTURE)
        if name in self.names:
            raise UnsupportedPattern("duplicate capture group name")
        self.names.add(name)
        self.position += len(name) + 1

    def change_flags(self) -> None:
        """For the group that begins here, or for the rest of the one around."""
        flags = self.flags
        is_on = True
        says_flags = False
        while (char := self.read(BAD_PERL)) not in ":)":
            if char == "-" and is_on:
                is_on = says_flags = False
                continue
            if char == "i":
                flags = replace(flags, ignore_case=is_on)
            elif char == "m":
                flags = replace(flags, lines=is_on)
            elif char == "s":
                flags = replace(flags, dot_is_all=is_on)
            elif char != "U":
                raise UnsupportedPattern(BAD_PERL)
            says_flags = True
        if not is_on and not says_flags:
            raise UnsupportedPattern(BAD_PERL)
        if char == ":":
            self.groups.append(_Group(self.flags))
        self.flags = flags

    def end_of_group(self) -> Fragment:
        group = self.groups[-1]
        last = self.program.sequence(group.parts)
        return self.program.any_of([*group.branches, last]) if group.branches else last

    # -- characters ----------------------------------------------------------------------------------------

    def add_test(self, test: Test) -> None:
        self.groups[-1].parts.append(self.program.one(test))

    def add_place(self, place: Place) -> None:
        self.groups[-1].parts.append(self.program.at(place))

    def add_char(self, char: str) -> None:
        same = same_but_for_case(char) if self.flags.ignore_case else frozenset(char)
        self.add_test(self.literals.setdefault(same, same.__contains__))

    def escape(self) -> None:
        place = PLACES.get(self.peek())
        if place is not None:
            self.read()
            self.add_place(place)
        elif self.take("Q"):
            literal, _, _ = self.pattern[self.position :].partition("\\E")
            for char in literal:
                self.add_char(char)
            self.position += len(literal) + len("\\E")
        else:
            test = self.escaped_class()
            if test is None:
                self.add_char(self.escaped_char())
            else:
                self.add_test(test)

    def escaped_class(self) -> Test | None:
        """A class like \\d or \\p{Greek}, after the backslash; None if it is none."""
        letter = self.peek()
        if not letter or letter.lower() not in "dwsp":
            return None
        self.read()
        if letter.lower() == "p":
            return self.unicode_class(is_negated=letter == "P")
        return self.with_sign(PERL_CLASSES[letter.lower()].__contains__, is_negated=letter.isupper())

    def unicode_class(self, *, is_negated: bool) -> Test:
        name = self.read(BAD_CLASS)
        if name == "{":
            name, closed, _ = self.pattern[self.position :].partition("}")
            if not closed:
                raise UnsupportedPattern(BAD_CLASS)
            self.position += len(name) + 1
        test = unicode_class(name.removeprefix("^"))
        if test is None:
            raise UnsupportedPattern(BAD_CLASS)
        return self.with_sign(test, is_negated=is_negated != name.startswith("^"))

    def with_sign(self, test: Test, *, is_negated: bool) -> Test:
        wanted = ignoring_case(test) if self.flags.ignore_case else test
        return (lambda char: not wanted(char)) if is_negated else wanted

    def escaped_char(self) -> str:
        """The character that stands after a backslash, or is described there."""
        char = self.read("trailing backslash at end of expression")
        if char in CONTROLS:
            return CONTROLS[char]
        if char == "x":
            return chr(self.hexadecimal())
        if char == "0" or (char in OCTAL and self.peek() and self.peek() in OCTAL):
            digits = char
            while len(digits) < 3 and self.peek() and self.peek() in OCTAL:
                digits += self.read()
            return chr(int(digits, 8))
        if char in WORD and char != "_":
            raise UnsupportedPattern(BAD_ESCAPE)
        return char

    def hexadecimal(self) -> int:
        if self.take("{"):
            digits, closed, _ = self.pattern[self.position :].partition("}")
            self.position += len(digits) + 1
        else:
            digits, closed = self.peek(2), "yes"
            self.position += 2
            closed = closed if len(digits) == 2 else ""
        if not closed or not digits or not set(digits) <= set(string.hexdigits):
            raise UnsupportedPattern(BAD_ESCAPE)
        code_point = int(digits, 16)
        if code_point > MAX_CODE_POINT:
            raise UnsupportedPattern(BAD_ESCAPE)
        return code_point

    # -- classes in brackets -------------------------------------------------------------------------------

    def char_class(self) -> Test:
        is_negated = self.take("^")
        tests: list[Test] = []
        is_first = True
        while is_first or not self.take("]"):
            is_first = False
            tests.append(self.class_item())
        return lambda char: any(test(char) for test in tests) != is_negated

    def class_item(self) -> Test:
        if self.peek(2) == "[:" and ":]" in self.pattern[self.position :]:
            return self.named_class()
        if self.peek() == "\\":
            self.read()
            test = self.escaped_class()
            if test is not None:
                return test
            self.position -= 1
        low = high = self.class_char()
        if self.peek() == "-" and self.peek(2) != "-]":
            self.read()
            high = self.class_char()
            if high < low:
                raise UnsupportedPattern(BAD_CLASS)
        return self.with_sign(lambda char: low <= char <= high, is_negated=False)

    def named_class(self) -> Test:
        self.position += len("[:")
        name, _, _ = self.pattern[self.position :].partition(":]")
        self.position += len(name) + len(":]")
        members = POSIX_CLASSES.get(name.removeprefix("^"))
        if members is None:
            raise UnsupportedPattern(BAD_CLASS)
        return self.with_sign(members.__contains__, is_negated=name.startswith("^"))

    def class_char(self) -> str:
        char = self.read(OPEN_CLASS)
        return self.escaped_char() if char == "\\" else char

    # -- reading -------------------------------------------------------------------------------------------

    def peek(self, count: int = 1) -> str:
        return self.pattern[self.position : self.position + count]

    def read(self, otherwise: str = "") -> str:
        if self.position >= len(self.pattern):
            raise UnsupportedPattern(otherwise)
        self.position += 1
        return self.pattern[self.position - 1]

    def take(self, text: str) -> bool:
        is_next = self.pattern.startswith(text, self.position)
        self.position += len(text) if is_next else 0
        return is_next


def _anything(_: str) -> bool:
    return True


def _not_a_new_line(char: str) -> bool:
    return char != "\n"


def _is_count(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and (digits == "0" or not digits.startswith("0"))


def _count(digits: str) -> int:
    if len(digits) > MAX_REPEAT_DIGITS or int(digits) > MAX_REPEATS:
        raise UnsupportedPattern("invalid repeat count")
    return int(digits)


def matcher_of(pattern: str) -> Automaton:
    """Whether a whole text matches `pattern`. UnsupportedPattern for what is none, or too large."""
    parser = _Parser(pattern)
    whole = parser.program.sequence([parser.parse(), parser.program.nothing()])
    return Automaton(parser.program, whole)
