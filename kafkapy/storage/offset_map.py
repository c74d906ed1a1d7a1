"""From keys to the last offset of each: what a compaction pass knows, in a fixed amount of memory.

An open hash table of 24 bytes per key, as in Kafka's `SkimpyOffsetMap`: the MD5 of the key stands for the
key, so two keys of the same MD5 count as one. 10 million keys take 240 MB here, a Python dict of them would
take more than a gigabyte.
"""

from hashlib import md5
from struct import Struct

BYTES_PER_KEY = 24
MOST_BYTES = 0x7FFFFFFF
_HASH = Struct("=QQ")
_FEWEST_SLOTS = 3
_SPARE_SLOTS = 64
"""More than there are between most primes, so that what is expected fits in spite of the rounding."""


class OffsetMap:
    """Holds at most `limit` keys; `latest_offset` is the last one that has been looked at, -1 at first."""

    __slots__ = ("_slots", "_table", "latest_offset", "limit", "size")

    def __init__(self, memory_bytes: int, load_factor: float, expected_keys: int) -> None:
        """A map that uses no more than `memory_bytes`, and less if no more than `expected_keys` will come."""
        slots = min(memory_bytes, MOST_BYTES) // BYTES_PER_KEY
        needed = int(expected_keys / max(load_factor, 0.01)) + _SPARE_SLOTS
        self._slots = _prime_at_most(max(min(slots, needed), _FEWEST_SLOTS))
        self.limit = max(1, min(int(slots * load_factor), self._slots - 1))
        self._table = memoryview(bytearray(self._slots * BYTES_PER_KEY)).cast("Q")
        self.size = 0
        self.latest_offset = -1

    @property
    def is_full(self) -> bool:
        return self.size >= self.limit

    def put(self, key: bytes, offset: int) -> None:
        """Remember the offset of a key, instead of the one that it had. The map must not be full."""
        first, second = _HASH.unpack(md5(key, usedforsecurity=False).digest())
        at, table = self._find(first, second), self._table
        if not table[at + 2]:
            self.size += 1
            table[at], table[at + 1] = first, second
        table[at + 2] = offset + 1
        self.latest_offset = offset

    def get(self, key: bytes) -> int:
        """The offset of a key, -1 if it has none."""
        return self._table[self._find(*_HASH.unpack(md5(key, usedforsecurity=False).digest())) + 2] - 1

    def _find(self, first: int, second: int) -> int:
        """Where the key of that hash is, or would go."""
        table, slots = self._table, self._slots
        slot = first % slots
        step = 0
        while True:
            at = slot * 3
            if not table[at + 2] or (table[at] == first and table[at + 1] == second):
                return at
            if not step:
                step = 1 + second % (slots - 1)
            slot += step
            if slot >= slots:
                slot -= slots


def _prime_at_most(number: int) -> int:
    """So that every step leads through all slots."""
    while any(number % divisor == 0 for divisor in range(2, int(number**0.5) + 1)):
        number -= 1
    return number
