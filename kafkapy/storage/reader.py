"""Reading batches from a log: where a fetch begins and ends, found with as few looks into the files as
possible.

A consumer that reads on needs no search: where one read ended, the segment keeps a hint for the next.
Otherwise the offset index gives a place at most `index.interval.bytes` too early, and batch headers lead on
from there.
"""

from struct import Struct
from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.segment import Segment
from kafkapy.storage.segments import Segments

_BASE_OFFSET = Struct(">q")


class FetchData(NamedTuple):
    """Whole batches as they are stored; `first_offset` is the base offset of the first one, -1 if there is
    none. `is_cut`: the segment holds more, but no further batch fits into the limit.
    """

    records: bytes | memoryview
    first_offset: int
    segment_base_offset: int
    position: int
    is_cut: bool = False


class Span(NamedTuple):
    """The bytes of one segment that a read would return."""

    segment: Segment
    start: int
    end: int
    is_cut: bool


NOTHING = FetchData(b"", -1, -1, -1)


def find_span(
    segments: Segments,
    offset: int,
    *,
    log_end_offset: int,
    max_bytes: int,
    up_to: int,
    at_least_one_batch: bool,
) -> Span | None:
    """The batches from the one that holds `offset` on, up to `up_to` and the end of its segment; None if
    there are none.

    `at_least_one_batch` gives the first batch even if it alone is larger than `max_bytes`.
    """
    if offset >= up_to:
        return None
    segment: Segment | None = segments.active
    if offset < segments.active.base_offset:
        segment = segments.floor(offset) or segments.first
    while segment is not None and segment.base_offset < up_to:
        following = None if segment is segments.active else segments.following(segment)
        segment_end = log_end_offset if following is None else following.base_offset
        bound = segment.log.size if up_to >= segment_end else segment.position_of(up_to)
        start = segment.position_of(offset)
        if start < bound:
            end, next_offset = bound, min(up_to, segment_end)
            is_cut = bound - start > max_bytes
            if is_cut:
                end, next_offset = segment.boundary(start, start + max_bytes)
                if end == start:
                    if not at_least_one_batch:
                        return None
                    header = segment.header_at(start)
                    end, next_offset = start + header.size_bytes, header.next_offset
            segment.leave_hint(next_offset, end)
            return Span(segment, start, end, is_cut)
        segment = following
    return None


def out_of_range(offset: int, log_start_offset: int, log_end_offset: int) -> KafkaError:
    """The answer to an offset that the log does not have."""
    return KafkaError(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        f"Received request for offset {offset}, but we only have log segments from offset "
        f"{log_start_offset} up to {log_end_offset}.",
    )


def read_span(span: Span) -> FetchData:
    """The bytes of a span, without a copy where the file system can.

    Raises KafkaError(CORRUPT_MESSAGE) if it begins with a batch that is damaged, and ends before a later one.
    """
    segment, start, end, is_cut = span
    records = segment.log.view(start, end - start)
    doubt = segment.doubt
    if doubt is not None and start < doubt.below:
        sound = doubt.sound_bytes(records, start)
        if not sound:
            raise KafkaError(
                ErrorCode.CORRUPT_MESSAGE, f"the batch at {start} of {segment.log.path} is damaged"
            )
        records = records[:sound]
    return FetchData(records, _BASE_OFFSET.unpack_from(records)[0], segment.base_offset, start, is_cut)
