"""Which leader epoch began at which offset: the answer to "how far did epoch E go?" (KIP-101, KIP-320).

Kept in memory. The partition's `leader-epoch-checkpoint` is written before the recovery point moves: what it
lacks recovery finds in the batches above that. An epoch without batches is forgotten when the log is loaded.
A file that a power failure left unreadable is rebuilt from the batches.
"""

from bisect import bisect_right
from typing import NamedTuple

from kafkapy.storage.checkpoints import MalformedCheckpoint, format_checkpoint, parse_checkpoint
from kafkapy.storage.files import FileSystem, replace_file
from kafkapy.storage.names import LEADER_EPOCHS


class EpochEndOffset(NamedTuple):
    """The offset after the last one of `leader_epoch`; (-1, -1) when there is no answer."""

    leader_epoch: int
    end_offset: int


UNDEFINED = EpochEndOffset(-1, -1)


class LeaderEpochs:
    """Epochs and start offsets, both rising. The constructor
    raises MalformedCheckpoint if the file makes no sense.
    """

    __slots__ = ("_epochs", "_files", "_is_written", "_starts", "latest", "path")

    def __init__(self, files: FileSystem, directory: str) -> None:
        self.path = f"{directory}/{LEADER_EPOCHS}"
        self._files = files
        self._epochs: list[int] = []
        self._starts: list[int] = []
        self.latest = -1
        """The newest epoch, -1 if there is none."""
        self._is_written = True
        try:
            content = files.read(self.path)
        except FileNotFoundError:
            return
        self._load(content)

    @property
    def entries(self) -> list[tuple[int, int]]:
        """(epoch, start offset), oldest first."""
        return list(zip(self._epochs, self._starts, strict=True))

    def assign(self, epoch: int, start_offset: int) -> None:
        """`epoch` begins at `start_offset`; entries that contradict it go. A known one, or -1, is no news."""
        if epoch < 0 or (epoch == self.latest and start_offset >= self._starts[-1]):
            return
        while self._epochs and (self._epochs[-1] >= epoch or self._starts[-1] >= start_offset):
            self._epochs.pop()
            self._starts.pop()
        self._epochs.append(epoch)
        self._starts.append(start_offset)
        self._changed()

    def observe(self, epoch: int, offset: int) -> None:
        """A batch at `offset` is of `epoch`: entries that say otherwise, written before a truncation that a
        power failure has half undone, make room.
        """
        if epoch < 0 or self.epoch_at(offset) == epoch:
            return
        while self._epochs and (self._starts[-1] >= offset or self._epochs[-1] > epoch):
            self._epochs.pop()
            self._starts.pop()
        if not self._epochs or self._epochs[-1] != epoch:
            self._epochs.append(epoch)
            self._starts.append(offset)
        self._changed()

    def end_offset_for(self, epoch: int, log_end_offset: int) -> EpochEndOffset:
        """How far `epoch` went: answered with the largest known epoch that is not above it, or as the very
        epoch that was asked for when all known ones are above it.
        """
        if epoch == -1 or not self._epochs or epoch > self.latest:
            return UNDEFINED
        if epoch == self.latest:
            return EpochEndOffset(epoch, log_end_offset)
        above = bisect_right(self._epochs, epoch)
        if not above:
            return EpochEndOffset(epoch, self._starts[0])
        return EpochEndOffset(self._epochs[above - 1], self._starts[above])

    def epoch_at(self, offset: int) -> int:
        """The epoch that `offset` was written in, -1 if unknown."""
        above = bisect_right(self._starts, offset)
        return self._epochs[above - 1] if above else -1

    def truncate_from_end(self, end_offset: int) -> None:
        """Forget the epochs that begin at `end_offset` or above."""
        if not self._starts or self._starts[-1] < end_offset:
            return
        while self._starts and self._starts[-1] >= end_offset:
            self._starts.pop()
            self._epochs.pop()
        self._changed()

    def truncate_from_start(self, start_offset: int) -> None:
        """The log begins at `start_offset`: the epoch that was current there begins with it, older ones are
        gone.
        """
        below = bisect_right(self._starts, start_offset) - 1
        if below < 0 or (below == 0 and self._starts[0] == start_offset):
            return
        del self._starts[:below]
        del self._epochs[:below]
        self._starts[0] = start_offset
        self._changed()

    def clear(self) -> None:
        if self._epochs:
            self._epochs.clear()
            self._starts.clear()
            self._changed()

    def write(self) -> bool:
        """Bring the file up to date, without a sync; False if it was."""
        if self._is_written:
            return False
        content = format_checkpoint(f"{epoch} {start}" for epoch, start in self.entries)
        replace_file(self._files, self.path, content, sync=False)
        self._is_written = True
        return True

    def _changed(self) -> None:
        self.latest = self._epochs[-1] if self._epochs else -1
        self._is_written = False

    def _load(self, content: bytes) -> None:
        if not content:
            raise MalformedCheckpoint("it is empty, as a power failure may leave it")
        try:
            entries = [(int(epoch), int(start)) for epoch, start in parse_checkpoint(content)]
        except ValueError as error:
            raise MalformedCheckpoint(str(error)) from error
        self._epochs = [epoch for epoch, _ in entries]
        self._starts = [start for _, start in entries]
        if sorted(set(self._epochs)) != self._epochs or sorted(self._starts) != self._starts:
            raise MalformedCheckpoint("epochs and offsets do not rise")
        self.latest = self._epochs[-1] if self._epochs else -1
