"""Two transcripts side by side: every field that differs, and how that is shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from compat.differential.conversation import Address, Step
from compat.differential.plain import Plain, Plainly
from kafkapy.clock import LoopClock

LONGEST_SHOWN = 350
MOST_SHOWN = 8
KEY_IN_PATH = re.compile(r"\{[^}]*\}")


class Absent:
    """Stands for an element that only the other broker sent."""

    def __repr__(self) -> str:
        return "(nothing)"


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one answer: in `CreateTopics v7 (a note)`, at `.topics[0].error_code`."""

    number: int
    where: str
    path: str
    request: str
    apache_kafka: Plain
    kafkapy: Plain


@dataclass(frozen=True, slots=True)
class Side:
    """What one broker said."""

    address: Address
    steps: Sequence[Step]


def differences(apache_kafka: Side, kafkapy: Side, run: str) -> list[Difference]:
    """Every difference, in the order of the transcript."""
    found = []
    now_ms = LoopClock().now_ms()
    theirs, ours = Plainly(apache_kafka.address, run, now_ms), Plainly(kafkapy.address, run, now_ms)
    pairs = zip_longest(apache_kafka.steps, kafkapy.steps)
    for number, (their_step, our_step) in enumerate(pairs, 1):
        step = their_step or our_step
        assert step is not None
        shown_request = theirs.shown(step.request)
        if our_step is not None:
            ours.shown(our_step.request)  # gives its names to what chance made
        their_outcome = theirs.step(their_step) if their_step else ABSENT
        our_outcome = ours.step(our_step) if our_step else ABSENT
        for path, expected, got in unequal("", their_outcome, our_outcome):
            found.append(Difference(number, described(step), path, shown_request, expected, got))
    return found


def report(found: Sequence[Difference]) -> str:
    """Differences for people; the same one in several answers is told once."""
    same: dict[tuple[str, str, str], list[Difference]] = {}
    for each in found:
        values = repr(each.apache_kafka), repr(each.kafkapy)
        same.setdefault((KEY_IN_PATH.sub("{}", each.path), *values), []).append(each)
    lines = []
    for (_, theirs, ours), members in same.items():
        lines += [
            members[0].path or "the outcome",
            f"    Apache Kafka  {shortened(theirs)}",
            f"    kafkapy       {shortened(ours)}",
            f"    first to      {shortened(members[0].request)}",
        ]
        lines += [f"    in step {each.number}: {each.where}" for each in members[:MOST_SHOWN]]
        if len(members) > MOST_SHOWN:
            lines.append(f"    and {len(members) - MOST_SHOWN} more")
    return "\n".join(lines)


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def described(step: Step) -> str:
    """`CreateTopics v7 (a note)`."""
    name = type(step.request).__name__.removesuffix("Request")
    title = f"{name} v{step.version}" if step.request is not None else ""
    return " ".join(filter(None, [title, f"({step.note})" if step.note else ""]))


def unequal(path: str, expected: Any, got: Any) -> Iterator[tuple[str, Any, Any]]:
    """Paths and values that are not the same in two plain trees."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in expected | got:
            step = f".{name}" if name.isidentifier() else f"{{{name}}}"
            yield from unequal(path + step, expected.get(name, ABSENT), got.get(name, ABSENT))
    elif isinstance(expected, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip_longest(expected, got, fillvalue=ABSENT)):
            yield from unequal(f"{path}[{index}]", one, other)
    elif type(expected) is not type(got) or expected != got:
        yield path, expected, got
