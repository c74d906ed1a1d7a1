"""Finding the segment that holds an offset."""

import pytest

from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments


@pytest.fixture
def segments(memory_files: MemoryFiles) -> Segments:
    """Beginning at 10, 20 and 30; added in another order."""
    segments = Segments()
    for base_offset in (20, 30, 10):
        segments.add(Segment.create(memory_files, "/data", base_offset, 0))
    return segments


def bases(found: list[Segment]) -> list[int]:
    return [segment.base_offset for segment in found]


def test_they_are_in_order_and_the_last_is_active(segments: Segments) -> None:
    assert bases(list(segments)) == segments.bases == [10, 20, 30]
    assert (segments.first.base_offset, segments.active.base_offset) == (10, 30)
    segments.remove(segments.active)
    assert (len(segments), segments.active.base_offset) == (2, 20)


def test_an_offset_belongs_to_the_last_segment_that_begins_at_or_below_it(segments: Segments) -> None:
    assert segments.floor(9) is None
    assert bases([found for offset in (10, 19, 20, 99) if (found := segments.floor(offset))]) == [
        10,
        10,
        20,
        30,
    ]


def test_neighbours_and_ranges_are_found(segments: Segments) -> None:
    following = segments.following(segments.first)
    assert following is not None
    assert following.base_offset == 20
    assert segments.following(segments.active) is None
    assert bases(segments.reaching(5)) == [10, 20, 30]
    assert bases(segments.reaching(20)) == [20, 30]
    assert bases(segments.reaching(25)) == [20, 30]
    assert bases(segments.starting_above(20)) == [30]
    assert bases(segments.starting_above(9)) == [10, 20, 30]
