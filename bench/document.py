"""Sections of docs/performance.md that are measured: each stands between two marks with its name."""

import os
import platform
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"


def say(text: str) -> None:
    """To whoever waits; results go to stdout."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """One line about what it was measured on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    cores = os.cpu_count()
    return f"{models[0] if models else platform.machine()}, {cores} cores, Python {platform.python_version()}"


def write(section: str, text: str, document: Path = DOCUMENT) -> None:
    """Put the text between the marks of the section; ValueError when they are not there."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    before, found, rest = document.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{document} has no section between {begin} and {end}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}")
    say(f"written: {section} in {document}")
