"""The producer state of a log, from its newest good snapshot and the batches after it."""

from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.segment_recovery import batches_of
from kafkapy.storage.segments import Segments
from kafkapy.storage.snapshots import Snapshots


def rebuild_producers(
    producers: ProducerStates,
    snapshots: Snapshots,
    segments: Segments,
    *,
    log_start_offset: int,
    up_to: int,
    now_ms: int,
    expiration_ms: int,
) -> None:
    """Make `producers` what they were when the log ended at `up_to`.

    Snapshots that are of no use for that, or damaged, are removed. Batches below `log_start_offset` do not
    count any more.
    """
    producers.clear()
    snapshots.remove_outside(log_start_offset, up_to)
    position = load_newest(producers, snapshots, now_ms=now_ms, expiration_ms=expiration_ms)
    position = log_start_offset if position is None else position
    if position < up_to:
        for segment in segments.reaching(position):
            if segment.base_offset >= up_to:
                return
            for _, header, batch in batches_of(segment.log, segment.position_of(position)):
                if header.next_offset > up_to:
                    return
                producers.replay(header, batch)


def load_newest(
    producers: ProducerStates, snapshots: Snapshots, *, now_ms: int, expiration_ms: int
) -> int | None:
    """Load the newest snapshot that is whole, and remove the
    damaged ones above it; gives its offset, None if none is.
    """
    for offset in reversed(snapshots.offsets):
        try:
            producers.load_snapshot(snapshots.read(offset), now_ms, expiration_ms)
        except ValueError:
            snapshots.remove(offset)
        else:
            return offset
    return None
