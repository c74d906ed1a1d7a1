"""What an append tells the one who asked for it."""

from typing import NamedTuple


class AppendInfo(NamedTuple):
    """Where batches went. For a duplicate: where the
    producer's first attempt went, and nothing was written.
    """

    first_offset: int
    last_offset: int
    max_timestamp: int
    """The largest of the batches; for a duplicate that of the
    first attempt, its append time if the log assigns that.
    """
    size_bytes: int
    duplicate: bool = False

    @property
    def duplicate_timestamp(self) -> int:
        return self.max_timestamp if self.duplicate else -1
