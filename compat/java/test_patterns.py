"""Random patterns: accepted, refused in these words, and matched as by re2j, which Apache Kafka uses."""

import random
import subprocess
from pathlib import Path

import pytest

from compat.apache_kafka import NoApacheKafka, tool_command
from kafkapy.coordinator.pattern_parser import matcher_of
from kafkapy.coordinator.pattern_program import UnsupportedPattern

PATTERNS = 20_000
PIECES = [
    *"abkK.-_^$|()*+?{},[]\\:<>P=!ims 0",
    *("(?i)", "(?:", "(?P<n>", "(?<m>", "(?s)", "(?m)", "(?U)", "(?-i)", "(?i-s:", "(?=a)", "(?!", "(?<=a)"),
    *(
        r"\d",
        r"\D",
        r"\w",
        r"\W",
        r"\s",
        r"\S",
        r"\b",
        r"\B",
        r"\A",
        r"\z",
        r"\Z",
        r"\C",
        r"\n",
        r"\.",
        r"\_",
    ),
    *(r"\pL", r"\PL", r"\pN", r"\p{Greek}", r"\p{^Lu}", r"\p{Latin}", r"\p{Foo}", r"\p{Any}", r"\p{", r"\p"),
    *(r"\Q", r"\E", r"\x41", r"\x{62}", r"\x{110000}", r"\101", r"\0", r"\07", r"\1", r"\8", "\\\u00e9"),
    *("{2}", "{1,3}", "{2,}", "{,2}", "{0}", "{01}", "{1001}", "{3,2}", "*?", "+?", "??"),
    *("[a-c]", "[^a-c]", "[[:alpha:]]", "[[:^digit:]]", "[[:nope:]]", r"[\d_]", r"[\pL]", "[]a]", "[^]a]"),
    *("[a-]", "[-a]", "[z-a]", "[\u212a]", "[A-Z]", "[[:^alpha:]", "topic", "\u00e9", "\u00df"),
]
TEXTS = [
    *("", "a", "b", "ab", "aa", "aab", "K", "k", "\u212a", "topic", "TOPIC", "a.b", "a-b", "_", "1", "12"),
    *(
        "\u00e9",
        "\u00c9",
        "\u03b1",
        "\u0391",
        "\u00df",
        "\n",
        "a\nb",
        " ",
        "]",
        "-",
        "s",
        "\u017f",
        "{2}",
        "\0",
    ),
]


def in_python(pattern: str) -> str:
    try:
        matches = matcher_of(pattern)
    except UnsupportedPattern as refusal:
        return str(refusal)
    return "".join("01"[matches(text)] for text in TEXTS)


def in_java(patterns: list[str]) -> list[str]:
    command = [*tool_command(), "classpath"]
    jars = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    texts = " ".join(text.encode().hex() for text in TEXTS)
    lines = "".join(f"{pattern.encode().hex()} {texts}\n" for pattern in patterns)
    program = str(Path(__file__).with_name("Patterns.java"))
    ended = subprocess.run(
        ["java", "-cp", jars, program], input=lines, capture_output=True, text=True, check=True
    )
    return ended.stdout.splitlines()


@pytest.mark.timeout(200)
def test_a_pattern_means_what_it_means_to_re2j() -> None:
    try:
        tool_command()
    except NoApacheKafka as missing:
        pytest.skip(f"{missing} So whether patterns mean the same stays untested.")
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    patterns = ["".join(chance.choices(PIECES, k=chance.randint(1, 7))) for _ in range(PATTERNS)]
    differences = [
        f"{pattern!r}: {ours!r} instead of {theirs!r}"
        for pattern, theirs in zip(patterns, in_java(patterns), strict=True)
        if (ours := in_python(pattern)) != theirs
    ]
    assert not differences, f"seed {seed}: " + "\n".join(differences[:20])
