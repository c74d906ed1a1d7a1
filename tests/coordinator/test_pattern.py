"""Patterns of subscriptions: RE2's syntax, whole names, linear time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.coordinator import pattern_program
from kafkapy.coordinator.pattern import compile_pattern, re2_matcher
from kafkapy.coordinator.pattern_parser import matcher_of
from kafkapy.coordinator.pattern_program import UnsupportedPattern
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
        ("(?i)Ab[c-d]", ["abc", "ABD", "aBc"], ["abe"]),
        ("(?i:a)b", ["ab", "Ab"], ["AB"]),
        ("a(?i)b(?-i)c", ["aBc", "abc"], ["Abc", "abC"]),
        ("(?i)[^k]", ["a"], ["k", "K", "\N{KELVIN SIGN}"]),
        ("(?i)\N{KELVIN SIGN}", ["k", "K"], ["a"]),
        ("(?i)\u00c9", ["\u00e9", "\u00c9"], ["e"]),
        ("a.b", ["a-b"], ["a\nb"]),
        ("(?s)a.b", ["a-b", "a\nb"], []),
        ("(?m)a$\n^b", ["a\nb"], ["ab"]),
        ("a$\n^b", [], ["a\nb"]),
        ("(?U)a+", ["a", "aa"], [""]),
        (r"\pL+", ["ab", "\u03b1\u00e9"], ["a1"]),
        (r"\p{Lu}\PL", ["A1"], ["a1", "AA"]),
        (r"\p{Greek}\p{^Greek}", ["\u03b1a"], ["aa", "\u03b1\u03b1"]),
        (r"[\p{Nd}_]+\p{Any}", ["1_x"], ["x"]),
        (r"\Qa.b*\E+", ["a.b*", "a.b**"], ["axb"]),
        (r"\Qa.b", ["a.b"], ["axb"]),
        (r"\101\0?\07?\x{42}\_", ["AB_"], ["ab_"]),
        ("[[:^digit:]][[:word:]]", ["a_", "-1"], ["1a"]),
        ("[[:alpha]+", [":a", "h"], ["z"]),
        ("a(?i)*", ["", "a", "aa"], ["A", "b"]),
        ("(a{2}|b){2}c?", ["aab", "bb", "aaaac"], ["ab"]),
        ("x{2}(ab{0,2}){0,2}y{1}", ["xxy", "xxabby", "xxaaby"], ["xxbby"]),
    ],
)
def test_what_matches(pattern: str, yes: list[str], no: list[str]) -> None:
    matches = compile_pattern(pattern)
    assert [name for name in [*yes, *no] if matches(name)] == yes


REFUSED = {
    "missing closing ]": ["[", "[]", "[a-", "[a"],
    "missing closing )": ["(", "a(b", "(?i:a", "(" * 5_000],
    "regexp/syntax: internal error": [")", "a)"],
    "missing argument to repetition operator": ["*", "{2}", "a|+", "(*)", "(?i)?", "a||{1}"],
    "invalid nested repetition operator": ["a**", "a+*", "a{2}{3}", "a???", "{*"],
    "invalid repeat count": ["a{3,2}", "a{1001}", "a{1,1001}", "a{123456789}"],
    "invalid character class range": [
        "[b-a]",
        "[[:nope:]]",
        r"\pX",
        r"\p",
        r"\p{Greek",
        r"\p{}",
        r"[\p{Foo}]",
    ],
    "invalid escape sequence": [
        r"(a)\1",
        r"\8",
        r"\C",
        r"\Z",
        r"\E",
        r"\x4",
        r"\x{}",
        r"\x{110000}",
        r"[a-\d]",
    ],
    "trailing backslash at end of expression": ["\\", "a[\\"],
    "invalid named capture": ["(?P<>a)", "(?<n-m>a)", "(?P<n", "(?<=a)b", "(?<!a)b"],
    "duplicate capture group name": ["(?P<n>a)(?<n>b)"],
    "invalid or unsupported Perl syntax": [
        "a(?=b)",
        "(?!x)",
        "(?P=n)",
        "(?#a)",
        "(?i-)",
        "(?-)",
        "(?i--s)",
        "(?",
        "(?i",
    ],
    "expression too large": ["((a{1000}){1000}){1000}", "(.{1000}){100}"],
}


@pytest.mark.parametrize(
    ("pattern", "reason"), [(pattern, reason) for reason, patterns in REFUSED.items() for pattern in patterns]
)
def test_what_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(KafkaError) as refusal:
        compile_pattern(pattern)
    assert refusal.value.code is ErrorCode.INVALID_REGULAR_EXPRESSION
    assert refusal.value.detail == (
        f"SubscribedTopicRegex `{pattern}` is not a valid regular expression: {reason}."
    )


PIECES = st.sampled_from(
    [
        *"abK.|()*+?^$-",
        "(?i)",
        "(?:",
        "(?s)",
        "[a-c]",
        "[^b]",
        r"\d",
        r"\W",
        r"\b",
        r"\pL",
        "{2}",
        "{0,2}",
        r"\Qa+\E",
    ]
)
TEXTS = ["", "a", "b", "ab", "aab", "K", "k", "a+", "a-b", "abc", "1", "a1", "\n", "a\nb", "\u00e9"]


@given(st.lists(PIECES, max_size=8).map("".join))
@settings(max_examples=300, deadline=None)
def test_google_re2_says_the_same(pattern: str) -> None:
    pytest.importorskip("re2", reason="google-re2 has no wheel for this Python")
    try:
        ours = matcher_of(pattern)
    except UnsupportedPattern:
        return
    theirs = re2_matcher(pattern)
    assert theirs is None or [theirs(text) for text in TEXTS] == [ours(text) for text in TEXTS]


def test_a_large_pattern_is_matched_as_well() -> None:
    matches = compile_pattern("(ab?){200}c")
    assert matches("ab" * 200 + "c")
    assert not matches("ab" * 201 + "c")


def test_what_was_remembered_is_forgotten_when_it_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_program, "MAX_REMEMBERED", 500)
    matches = matcher_of("(a|b)*a(a|b){12}")
    for number in range(1 << 12, 1 << 14):
        text = f"{number:b}".replace("0", "a").replace("1", "b")
        assert matches(text) == (len(text) > 12 and text[-13] == "a")


def test_a_pattern_that_makes_backtracking_matchers_hang_is_matched_at_once() -> None:
    assert not compile_pattern("(a*)*(a|aa)+b")("a" * 200)
