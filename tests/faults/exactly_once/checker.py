"""Finds in a history what transactions promise never to happen, in the manner of Jepsen's workload for Kafka.

Pure: histories in, anomalies out. Each of its functions looks for one kind.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from tests.faults.exactly_once.history import History, Outcome, Partition, Reading, Seen


class Kind(Enum):
    """What went wrong."""

    LOST_WRITE = "a committed write that a reader went past, or that is not there in the end"
    ABORTED_READ = "a reader saw a write of a transaction that was aborted"
    UNWRITTEN = "a reader saw what nobody wrote"
    DUPLICATE = "one write at two offsets"
    TWO_VALUES = "two values at one offset"
    OUT_OF_ORDER = "offsets go back, or records of a producer changed places"
    TORN = "of one transaction a part is there and a part is not"


class Anomaly(NamedTuple):
    kind: Kind
    detail: str


def check(history: History) -> list[Anomaly]:
    """Every anomaly of a history; none is what has to come out."""
    return [
        *lost_writes(history),
        *aborted_reads(history),
        *unwritten(history),
        *duplicates(history),
        *two_values(history),
        *offsets_that_go_back(history),
        *changed_places(history),
        *torn(history),
    ]


def lost_writes(history: History) -> Iterator[Anomaly]:
    for reading in history.readings:
        values = {seen.value for seen in reading.seen}
        ranges = _ranges(reading)
        for transaction in history.transactions:
            if transaction.outcome is not Outcome.COMMITTED:
                continue
            for write in transaction.writes:
                if write.value in values:
                    continue
                first, last = ranges.get(write.place, (0, -1))
                passed = write.offset is not None and first <= write.offset <= last
                if reading.is_complete or passed:
                    yield Anomaly(Kind.LOST_WRITE, f"{reading.reader} did not see {write}")


def aborted_reads(history: History) -> Iterator[Anomaly]:
    aborted = {
        write.value
        for transaction in history.transactions
        if transaction.outcome is Outcome.ABORTED
        for write in transaction.writes
    }
    for reading in history.readings:
        for seen in reading.seen:
            if seen.value in aborted:
                yield Anomaly(Kind.ABORTED_READ, f"{reading.reader} saw {seen}")


def unwritten(history: History) -> Iterator[Anomaly]:
    written = {(w.place, w.value) for transaction in history.transactions for w in transaction.writes}
    for reading in history.readings:
        for seen in reading.seen:
            if (seen.place, seen.value) not in written:
                yield Anomaly(Kind.UNWRITTEN, f"{reading.reader} saw {seen}")


def duplicates(history: History) -> Iterator[Anomaly]:
    places: dict[str, set[tuple[Partition, int]]] = defaultdict(set)
    for seen in _all_seen(history):
        places[seen.value].add((seen.place, seen.offset))
    for value, where in places.items():
        if len(where) > 1:
            yield Anomaly(Kind.DUPLICATE, f"{value!r} is at {sorted(where)}")


def two_values(history: History) -> Iterator[Anomaly]:
    values: dict[tuple[Partition, int], set[str]] = defaultdict(set)
    for seen in _all_seen(history):
        values[seen.place, seen.offset].add(seen.value)
    for transaction in history.transactions:
        for write in transaction.writes:
            if write.offset is not None and transaction.outcome is Outcome.COMMITTED:
                values[write.place, write.offset].add(write.value)
    for where, there in values.items():
        if len(there) > 1:
            yield Anomaly(Kind.TWO_VALUES, f"{where} holds {sorted(there)}")


def offsets_that_go_back(history: History) -> Iterator[Anomaly]:
    for reading in history.readings:
        for earlier, later in _neighbours(reading.seen):
            if later.offset <= earlier.offset:
                yield Anomaly(Kind.OUT_OF_ORDER, f"{reading.reader} got {later} after {earlier}")


def changed_places(history: History) -> Iterator[Anomaly]:
    sent: dict[str, tuple[str, int]] = {}
    for transaction in history.transactions:
        for write in transaction.writes:
            sent[write.value] = (transaction.producer, len(sent))
    for reading in history.readings:
        last: dict[tuple[Partition, str], tuple[int, Seen]] = {}
        for seen in reading.seen:
            if seen.value not in sent:
                continue
            producer, number = sent[seen.value]
            before = last.get((seen.place, producer))
            if before is not None and before[0] > number:
                yield Anomaly(Kind.OUT_OF_ORDER, f"{seen} was sent before {before[1]}")
            last[seen.place, producer] = number, seen


def torn(history: History) -> Iterator[Anomaly]:
    for reading in history.readings:
        if not reading.is_complete:
            continue
        values = {seen.value for seen in reading.seen}
        for transaction in history.transactions:
            there = [write for write in transaction.writes if write.value in values]
            if there and len(there) < len(transaction.writes):
                missing = sorted({write.value for write in transaction.writes} - values)
                yield Anomaly(Kind.TORN, f"{transaction.producer}: {there} without {missing}")


class Copied(NamedTuple):
    """A copy found at the end, and the offset of what it is a copy of, in the partition of the same index."""

    partition: int
    source_offset: int


def check_copies(sources: Mapping[int, Sequence[int]], copies: Iterable[Copied]) -> list[Anomaly]:
    """Each source is copied once, in order. `sources`: the offsets of the records of each partition."""
    found: dict[int, list[int]] = defaultdict(list)
    for copy in copies:
        found[copy.partition].append(copy.source_offset)
    return [
        Anomaly(kind, f"{partition}:{offset}")
        for partition in sorted({*sources, *found})
        for kind, offset in _wrong_copies(sources.get(partition, ()), found[partition])
    ]


def _wrong_copies(sources: Sequence[int], copies: Sequence[int]) -> Iterator[tuple[Kind, int]]:
    """Of one partition."""
    for offset in sorted(set(sources) - set(copies)):
        yield Kind.LOST_WRITE, offset
    for offset in sorted(set(copies) - set(sources)):
        yield Kind.UNWRITTEN, offset
    for offset, count in sorted(Counter(copies).items()):
        if count > 1:
            yield Kind.DUPLICATE, offset
    for earlier, later in pairwise(copies):
        if later < earlier:
            yield Kind.OUT_OF_ORDER, later


def _all_seen(history: History) -> Iterator[Seen]:
    for reading in history.readings:
        yield from reading.seen


def _neighbours(seen: Iterable[Seen]) -> Iterator[tuple[Seen, Seen]]:
    """Each record with the one that came before it out of the same partition."""
    last: dict[Partition, Seen] = {}
    for each in seen:
        if each.place in last:
            yield last[each.place], each
        last[each.place] = each


def _ranges(reading: Reading) -> dict[Partition, tuple[int, int]]:
    """The smallest and largest offset that came out of each partition."""
    ranges: dict[Partition, tuple[int, int]] = {}
    for seen in reading.seen:
        first, last = ranges.get(seen.place, (seen.offset, seen.offset))
        ranges[seen.place] = min(first, seen.offset), max(last, seen.offset)
    return ranges
