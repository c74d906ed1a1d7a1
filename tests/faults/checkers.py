"""What must be true of a history and of what was found afterwards. Pure; each gives the violations as texts.

`Found` is a log as it was read: every record by partition, in the order of the log, with where the log begins
and ends.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.faults.history import History, Place, Stored, origin_of


class Found(NamedTuple):
    """One partition. Offsets from `start` to `end` are all there, unless control records are among them."""

    start: int
    end: int
    records: Sequence[Stored]


Logs = Mapping[Place, Found]


def contiguous(logs: Logs, *, without: Mapping[Place, set[int]] | None = None) -> Iterator[str]:
    """Offsets rise by one from the start of each log to its end; `without` are known to hold no data."""
    for place, log in logs.items():
        found = [record.offset for record in log.records]
        hidden = (without or {}).get(place, set())
        expected = [offset for offset in range(log.start, log.end) if offset not in hidden]
        if found != expected:
            wrong = next(
                (pair for pair in zip(found, expected, strict=False) if pair[0] != pair[1]),
                (len(found), len(expected)),
            )
            yield f"{_name(place)}: offsets {log.start} to {log.end} are not contiguous, first at {wrong}"


def everything_acknowledged_is_there(history: History, logs: Logs) -> Iterator[str]:
    """Each acknowledged value stands at the offset that was acknowledged."""
    by_offset = {
        place: {record.offset: record.value for record in log.records} for place, log in logs.items()
    }
    for producer, records in history.acknowledged.items():
        for place, offset, value in records:
            log = logs.get(place)
            if log is not None and offset < log.start:
                continue  # retention
            found = by_offset.get(place, {}).get(offset)
            if found != value:
                yield (
                    f"{_name(place)}: {producer.decode()} was told that {_shown(value)} is at {offset}, "
                    f"where {_shown(found)} is"
                )


def nothing_is_made_up(history: History, logs: Logs) -> Iterator[str]:
    """Each value that is there was sent."""
    for place, log in logs.items():
        for record in log.records:
            producer = record.value.partition(b"/")[0]
            if record.value not in history.attempted.get(producer, ()):
                yield f"{_name(place)}: {_shown(record.value)} at {record.offset} was never sent"


def exactly_once(logs: Logs, producers: Iterable[bytes]) -> Iterator[str]:
    """No value of these producers is there twice, and each partition has them in the order of sending."""
    chosen = set(producers)
    seen: dict[bytes, tuple[Place, int]] = {}
    for place, log in logs.items():
        newest: dict[bytes, int] = {}
        for record in log.records:
            producer, number = origin_of(record.value)
            if producer not in chosen:
                continue
            if record.value in seen:
                first = seen[record.value]
                yield (
                    f"{_shown(record.value)} is twice: in {_name(first[0])} at {first[1]} "
                    f"and in {_name(place)} at {record.offset}"
                )
            elif number < newest.get(producer, -1):
                yield (
                    f"{_name(place)}: {_shown(record.value)} at {record.offset} is behind number "
                    f"{newest[producer]} of the same producer"
                )
            seen[record.value] = (place, record.offset)
            newest[producer] = max(number, newest.get(producer, -1))


def in_order(history: History, producers: Iterable[bytes]) -> Iterator[str]:
    """In each partition the acknowledged offsets of a producer rise in the order of sending.

    That of those that may be there twice: the acknowledged attempts are in order.
    """
    for producer in producers:
        last: dict[Place, int] = {}
        for place, offset, value in history.acknowledged.get(producer, ()):
            if offset <= last.get(place, -1):
                yield f"{_name(place)}: {_shown(value)} is at {offset}, not behind {last[place]}"
            last[place] = offset


def commits_hold(
    history: History, stored: Mapping[tuple[str, Place], int], ends: Mapping[Place, int]
) -> Iterator[str]:
    """No group's committed offset is below one that was acknowledged, or points past the end of its log."""
    for (group, place), offsets in history.committed.items():
        found = stored.get((group, place), -1)
        if found < max(offsets):
            yield f"{group} on {_name(place)}: went back from {max(offsets)} to {found}"
    for (group, place), offset in stored.items():
        if offset > ends.get(place, 0):
            yield f"{group} on {_name(place)}: {offset} is past the end, {ends.get(place, 0)}"


def _name(place: Place) -> str:
    return f"{place[0]}-{place[1]}"


def _shown(value: bytes | None) -> str:
    return "nothing" if value is None else repr(value[:40].decode(errors="replace"))
