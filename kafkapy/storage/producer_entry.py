"""What a log remembers of one producer: its epoch, its last batches, its open transaction."""

from dataclasses import dataclass, field
from typing import NamedTuple

from kafkapy.records.header import SEQUENCE_MASK

REMEMBERED_BATCHES = 5
"""How many batches a retry is recognised in: as many as an idempotent producer may have in flight."""

NO_EPOCH = -1


class ProducedBatch(NamedTuple):
    """A batch that is in the log; `timestamp` is its greatest (ms)."""

    last_sequence: int
    last_offset: int
    offset_delta: int
    timestamp: int

    @property
    def first_offset(self) -> int:
        return self.last_offset - self.offset_delta

    @property
    def first_sequence(self) -> int:
        return (self.last_sequence - self.offset_delta) & SEQUENCE_MASK


@dataclass(slots=True)
class ProducerEntry:
    """One producer. `last_timestamp` (ms) is that of its last batch or marker.

    `transaction_first_offset` None: it has none open. `batches`: the last ones of this epoch, oldest first.
    """

    producer_id: int
    epoch: int = NO_EPOCH
    coordinator_epoch: int = -1
    last_timestamp: int = -1
    transaction_first_offset: int | None = None
    batches: list[ProducedBatch] = field(default_factory=list)

    @property
    def last_sequence(self) -> int:
        """Of the last batch of this epoch, -1 if there is none."""
        return self.batches[-1].last_sequence if self.batches else -1

    @property
    def next_sequence(self) -> int:
        """Of the batch that has to come next in this epoch."""
        return (self.batches[-1].last_sequence + 1) & SEQUENCE_MASK if self.batches else 0

    def enter(self, epoch: int) -> None:
        """A new epoch counts its sequences from 0 again."""
        if epoch != self.epoch:
            self.epoch = epoch
            self.batches.clear()

    def remember(self, batch: ProducedBatch) -> None:
        """Adds the newest batch of the present epoch."""
        self.batches.append(batch)
        if len(self.batches) > REMEMBERED_BATCHES:
            del self.batches[0]
        self.last_timestamp = batch.timestamp
