"""One partition of a fetch, coming and going: what a client asked for, and what it gets."""

from dataclasses import dataclass
from typing import NamedTuple

from kafkapy.protocol.error_code import ErrorCode

PartitionKey = tuple[str | bytes, int]
"""Topic name (or topic id, from Fetch version 13 on) and partition index."""


@dataclass(slots=True)
class WantedPartition:
    """What a client asked for, by name or (`topic` None) by id;
    the offsets its fetch session last told it, -1 at first.
    """

    topic: str | None
    topic_id: bytes
    index: int
    fetch_offset: int
    max_bytes: int
    current_leader_epoch: int = -1
    last_fetched_epoch: int = -1
    sent_high_watermark: int = -1
    sent_log_start_offset: int = -1

    @property
    def key(self) -> PartitionKey:
        return (self.topic_id if self.topic is None else self.topic, self.index)


class FetchedPartition(NamedTuple):
    """What one partition answers. Offsets are -1 and `records` empty where there is an error."""

    wanted: WantedPartition
    error_code: ErrorCode = ErrorCode.NONE
    high_watermark: int = -1
    last_stable_offset: int = -1
    log_start_offset: int = -1
    records: memoryview | bytes = b""
    aborted_transactions: list[tuple[int, int]] | None = None
    """(producer id, first offset) of aborted transactions in reach; None unless the reader is
    read_committed; empty for a partition that is not here.
    """
    diverging_epoch: tuple[int, int] | None = None
    """(leader epoch, end offset) where the reader's log and this one part (KIP-595)."""
    current_leader: tuple[int, int] | None = None
    """(leader id, leader epoch) for a client that asked the wrong leader or epoch (KIP-951)."""
