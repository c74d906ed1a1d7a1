"""Patterns of subscriptions: RE2's syntax, whole names, linear time."""

import pytest

from kafkapy.coordinator.pattern import compile_pattern
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("topic", ["topic"], ["topi", "topics", "xtopic", ""]),
        ("^t.*$", ["t", "topic"], ["at"]),
        ("a|b|", ["a", "b", ""], ["ab"]),
        ("(ab|c)+", ["ab", "cab", "abab"], ["", "a", "abb"]),
        ("a?b*c", ["c", "abc", "bbbc"], ["aac"]),
        ("a{2}", ["aa"], ["a", "aaa"]),
        ("a{1,3}", ["a", "aa", "aaa"], ["", "aaaa"]),
        ("a{2,}b", ["aab", "aaaaab"], ["ab"]),
        ("a{0}b", ["b"], ["ab"]),
        ("a{,2}", ["a{,2}"], ["a", "aa"]),
        ("(?:x|y)(?P<n>z)(?<m>1)", ["xz1", "yz1"], ["z1"]),
        (r"orders\.\d+", ["orders.12"], ["orders-12", "orders."]),
        (r"\w+-\W\D", ["a-.x"], ["a-ax"]),
        (r"[a-c_\-.]+", ["a-b_c."], ["d"]),
        ("[^a-c]", ["d"], ["a", ""]),
        ("[]a]+", ["]a"], ["b"]),
        ("[[:alpha:]0]+", ["ab0"], ["1"]),
        ("[a-]+", ["a-"], ["b"]),
        (r"\x41\Az?", [], ["A"]),
        (r"a\b.\Bc?", ["a-"], ["a-c", "ab"]),
        (r"\Aab\z", ["ab"], ["abc"]),
        ("a*?b+?", ["b", "aab"], ["a"]),
    ],
)
def test_what_matches(pattern: str, yes: list[str], no: list[str]) -> None:
    matches = compile_pattern(pattern)
    assert [name for name in [*yes, *no] if matches(name)] == yes


BROKEN = [
    "(",
    ")",
    "a)",
    "[",
    "[b-a]",
    "*",
    "{2}",
    "a|+",
    "a**",
    "a+*",
    "a{3,2}",
    "a{1001}",
    "\\",
    "[[:nope:]]",
]
NOT_IN_RE2 = [r"(a)\1", "a(?=b)", "(?<=a)b", "(?!x)", "(?P<>a)"]
TOO_MUCH = ["((a{1000}){1000}){1000}", "(" * 5_000, r"\pL", "(?i)a"]


@pytest.mark.parametrize("pattern", [*BROKEN, *NOT_IN_RE2, *TOO_MUCH])
def test_what_is_refused(pattern: str) -> None:
    with pytest.raises(KafkaError) as refusal:
        compile_pattern(pattern)
    assert refusal.value.code is ErrorCode.INVALID_REGULAR_EXPRESSION
    assert refusal.value.detail.startswith("SubscribedTopicRegex `")


def test_a_pattern_that_makes_backtracking_matchers_hang_is_matched_at_once() -> None:
    assert not compile_pattern("(a*)*(a|aa)+b")("a" * 200)
