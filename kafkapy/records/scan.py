"""Whether nothing is wrong with the records of a batch, in one pass of compiled code, where that was built.

Looking at every record in Python costs ten times what the rest of a produce request does. The compiled pass
(`_scan.c`) only ever says that all is well; every other batch is looked at by `kafkapy.records.record`, which
finds what is wrong, and which is all there is where no C compiler was at hand.
"""

from collections.abc import Callable

from kafkapy.records.header import Buffer

_compiled: Callable[[Buffer, int, int, int, int, bool], int | None] | None
try:
    from kafkapy.records import _scan

    _compiled = _scan.greatest_timestamp
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
    return _compiled(
        records, count, base_timestamp, max(oldest, -_GREATEST), min(newest, _GREATEST), needs_keys
    )
