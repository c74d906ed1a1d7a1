"""What clients were told: records that were acknowledged, offsets that were committed. Safe in threads."""

import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

Place = tuple[str, int]
"""A topic and a partition."""


class Acknowledged(NamedTuple):
    """The broker said that a value stands at this offset."""

    place: Place
    offset: int
    value: bytes


class Stored(NamedTuple):
    """A record that was read."""

    offset: int
    value: bytes


class History:
    """All that was promised, in the order in which it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.attempted: dict[bytes, set[bytes]] = defaultdict(set)
        """By producer: what it has sent."""
        self.acknowledged: dict[bytes, list[Acknowledged]] = defaultdict(list)
        """By producer, in the order in which it was sent."""
        self.committed: dict[tuple[str, Place], list[int]] = defaultdict(list)
        """By group and partition: the offsets whose commit was acknowledged."""

    def attempt(self, producer: bytes, values: Iterable[bytes]) -> None:
        """These are about to be sent."""
        with self._lock:
            self.attempted[producer].update(values)

    def acknowledge(self, producer: bytes, records: Iterable[Acknowledged]) -> None:
        with self._lock:
            self.acknowledged[producer].extend(records)

    def commit(self, group: str, place: Place, offset: int) -> None:
        """A commit was acknowledged."""
        with self._lock:
            self.committed[group, place].append(offset)

    def copy(self) -> "History":
        """As it is at this moment."""
        made = History()
        with self._lock:
            for producer, values in self.attempted.items():
                made.attempted[producer] = set(values)
            for producer, records in self.acknowledged.items():
                made.acknowledged[producer] = list(records)
            for key, offsets in self.committed.items():
                made.committed[key] = list(offsets)
        return made


def value_of(producer: bytes, number: int, padding: int = 0) -> bytes:
    """The `number`-th value of a producer, which no other has."""
    return b"%s/%d/" % (producer, number) + b"." * padding


def origin_of(value: bytes) -> tuple[bytes, int]:
    """The producer of a value, and its number. ValueError if it is none of `value_of`."""
    producer, number, _ = value.split(b"/")
    return producer, int(number)
