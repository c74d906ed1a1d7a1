"""What compiled code does in one pass, where it was built: look at all records of a batch, or at all batches
of a segment.

In Python the first costs ten times what the rest of a produce request does, the second five times what the
checksums of small batches do. The compiled passes (`_scan.c`) only ever say that all is well; where something
is not, or is unusual, and where no C compiler was at hand, Python goes on: `kafkapy.records.record` and
`kafkapy.storage.segment_recovery`.
"""

from types import ModuleType
from typing import NamedTuple

from kafkapy.records.header import Buffer

_compiled: ModuleType | None
try:
    from kafkapy.records import _scan

    _compiled = _scan
except ImportError:
    _compiled = None

_GREATEST = 0x7FFFFFFFFFFFFFFF


def greatest_timestamp(
    records: Buffer, count: int, base_timestamp: int, *, oldest: int, newest: int, needs_keys: bool
) -> int | None:
    """The greatest timestamp (ms, -1 if none) in a decompressed records section, if all is well with it; None
    if something is not, or nobody has looked.

    Well are `count` whole records and nothing else, with the offsets 0, 1, 2 and so on, timestamps that are
    -1 or between `oldest` and `newest` and, with `needs_keys`, a key each.
    """
    if _compiled is None:
        return None
    oldest, newest = max(oldest, -_GREATEST), min(newest, _GREATEST)
    found: int | None = _compiled.greatest_timestamp(
        records, count, base_timestamp, oldest, newest, needs_keys
    )
    return found


class Passed(NamedTuple):
    """How far `pass_batches` came, and what there is to know of the batches passed.

    `largest` is the largest timestamp (ms), `largest_at` the offset that a time index has for it, `unindexed`
    the bytes since the last index entry; `entries` are (last offset, position, largest, largest_at).
    """

    position: int
    next_offset: int
    largest: int
    largest_at: int
    unindexed: int
    entries: list[tuple[int, int, int, int]]
    starts: list[tuple[int, int]]
    """(producer id, position) of the last batches of each producer, in order."""


def pass_batches(
    block: Buffer,
    position: int,
    before: Passed,
    *,
    last_possible: int,
    epoch: int,
    index_interval_bytes: int,
    remembered: int,
) -> Passed:
    """Passes over whole sound batches that belong to no transaction, from `position` on, up to the first that
    is anything else; goes on from `before`, whose lists do not count.

    They are of one leader `epoch` and of at most 64 producers, of each of which so many batches, up to 8, are
    `remembered`; they begin at `before.next_offset` or behind, and end at `last_possible` or before.
    """
    if _compiled is None:
        return before._replace(position=position, entries=[], starts=[])
    return Passed._make(
        _compiled.pass_batches(
            block,
            position,
            last_possible,
            epoch,
            index_interval_bytes,
            remembered,
            before.next_offset,
            before.largest,
            before.largest_at,
            before.unindexed,
        )
    )
