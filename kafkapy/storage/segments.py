"""The segments of a log in offset order; the last one is the active one, which takes the appends."""

from bisect import bisect_right
from collections.abc import Iterator

from kafkapy.storage.segment import Segment


class Segments:
    """A sorted list of segments. Not empty once the log is loaded."""

    __slots__ = ("_bases", "_segments", "active")

    active: Segment

    def __init__(self) -> None:
        self._bases: list[int] = []
        self._segments: list[Segment] = []

    def __len__(self) -> int:
        return len(self._segments)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)

    def __getitem__(self, index: int) -> Segment:
        return self._segments[index]

    @property
    def first(self) -> Segment:
        return self._segments[0]

    @property
    def bases(self) -> list[int]:
        """Base offsets, rising."""
        return self._bases

    @property
    def size_bytes(self) -> int:
        return sum(segment.size_bytes for segment in self._segments)

    def add(self, segment: Segment) -> None:
        at = bisect_right(self._bases, segment.base_offset)
        self._bases.insert(at, segment.base_offset)
        self._segments.insert(at, segment)
        self.active = self._segments[-1]

    def remove(self, segment: Segment) -> None:
        at = self._segments.index(segment)
        del self._bases[at], self._segments[at]
        if self._segments:
            self.active = self._segments[-1]

    def floor(self, offset: int) -> Segment | None:
        """The segment that holds `offset` if any does: the last one that begins at or below it."""
        at = bisect_right(self._bases, offset)
        return self._segments[at - 1] if at else None

    def following(self, segment: Segment) -> Segment | None:
        """The segment after this one."""
        at = bisect_right(self._bases, segment.base_offset)
        return self._segments[at] if at < len(self._segments) else None

    def reaching(self, offset: int) -> list[Segment]:
        """The segments that may hold `offset` or anything above it."""
        return self._segments[max(0, bisect_right(self._bases, offset) - 1) :]

    def starting_above(self, offset: int) -> list[Segment]:
        """The segments whose base offset is above `offset`."""
        return self._segments[bisect_right(self._bases, offset) :]
