"""Whether the files of one partition are sound, and agree with each other."""

from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import BatchHeader
from kafkapy.storage.check_segment import Batch, Problem, SegmentCheck
from kafkapy.storage.checkpoints import MalformedCheckpoint
from kafkapy.storage.files import FileSystem
from kafkapy.storage.leader_epochs import LeaderEpochs
from kafkapy.storage.names import (
    CLEANED,
    INDEXES,
    LEADER_EPOCHS,
    LOG,
    PARTITION_METADATA,
    SNAPSHOT,
    SWAP,
    TEMPORARY,
    TRANSACTION_INDEX,
    file_name,
    offset_of,
)
from kafkapy.storage.partition_metadata import parse_metadata
from kafkapy.storage.producer_entry import ProducerEntry
from kafkapy.storage.producer_snapshot import decode_snapshot
from kafkapy.storage.producer_state import ProducerStates
from kafkapy.storage.transaction_index import AbortedTransaction, read_entries

_FOR_EVER = 0x7FFFFFFFFFFFFFFF


class PartitionCheck:
    """One partition directory. `end_offset` is that of its batches, once `problems` has run."""

    def __init__(
        self, files: FileSystem, path: str, log_start_offset: int = 0, *, is_stopped: bool = False
    ) -> None:
        """`log_start_offset`: as checkpointed; what happened below may be forgotten or not. `is_stopped`: the
        broker has stopped cleanly, so that its last segment is as complete as the others.
        """
        self._is_stopped = is_stopped
        self._files = files
        self._path = path
        self._names = files.list(path)
        self._problems: list[Problem] = []
        self._producers = ProducerStates(path.rpartition("/")[2])
        self._snapshots: dict[int, list[ProducerEntry]] = {}
        self._leader_epochs: LeaderEpochs | None = None
        self.first_offset = log_start_offset
        self.end_offset = 0
        self._has_gaps = False

    def problems(self) -> list[Problem]:
        """Runs all checks. Raises OSError."""
        self._check_small_files()
        bases = self._offsets(LOG)
        if bases:
            self.first_offset = max(self.first_offset, bases[0])
            self.end_offset = bases[0]
            self._start_producers(bases[0])
        for base_offset in bases:
            self._check_segment(base_offset, is_active=base_offset == bases[-1] and not self._is_stopped)
        self._compare_snapshot(self.end_offset, is_end=True)
        for offset in self._snapshots:
            if offset > self.end_offset:
                self._report(file_name(offset, SNAPSHOT), f"is beyond the end of the log, {self.end_offset}")
        for suffix in INDEXES:
            for offset in set(self._offsets(suffix)) - set(bases):
                self._report(file_name(offset, suffix), "belongs to no segment")
        return self._problems

    def _check_small_files(self) -> None:
        for name in self._names:
            if name.endswith((CLEANED, SWAP, *TEMPORARY)):
                self._report(name, "is left over from an interrupted change")
        if PARTITION_METADATA in self._names:
            try:
                parse_metadata(self._files.read(f"{self._path}/{PARTITION_METADATA}"))
            except ValueError as error:
                self._report(PARTITION_METADATA, str(error))
        try:
            self._leader_epochs = LeaderEpochs(self._files, self._path)
        except MalformedCheckpoint as problem:
            self._report(LEADER_EPOCHS, str(problem))
        for offset in self._offsets(SNAPSHOT):
            name = file_name(offset, SNAPSHOT)
            try:
                self._snapshots[offset] = decode_snapshot(self._files.read(f"{self._path}/{name}"))
            except ValueError as error:
                self._report(name, str(error))

    def _start_producers(self, first_offset: int) -> None:
        """What happened before the first segment is known from its snapshot only."""
        if first_offset in self._snapshots:
            content = self._files.read(f"{self._path}/{file_name(first_offset, SNAPSHOT)}")
            self._producers.load_snapshot(content, 0, _FOR_EVER)

    def _check_segment(self, base_offset: int, *, is_active: bool) -> None:
        if base_offset < self.end_offset:
            self._report(
                file_name(base_offset, LOG),
                f"begins before offset {self.end_offset}, where the one before it ends",
                cut_at=0,
            )
        self._has_gaps = self._has_gaps or base_offset > self.end_offset
        segment = SegmentCheck(self._files, self._path, base_offset, is_active=is_active)
        aborted: list[AbortedTransaction] = []
        markers: dict[int, int] = {}
        next_offset = base_offset
        self._compare_snapshot(base_offset)
        for batch in segment.batches(self._problems):
            self._has_gaps = self._has_gaps or _leaves_a_gap(batch.header, next_offset)
            next_offset = batch.header.next_offset
            self._compare_snapshot(batch.header.base_offset)
            self._check_epoch(batch)
            if batch.header.is_control:
                markers[batch.header.base_offset] = batch.header.producer_id
            try:
                aborted.extend(self._producers.replay(batch.header, batch.content))
            except KafkaError as error:
                text = f"the batch at {batch.position}: {error.detail}"
                self._report(file_name(base_offset, LOG), text, cut_at=batch.position)
        self.end_offset = segment.end_offset
        self._problems.extend(segment.index_problems())
        self._check_transactions(file_name(base_offset, TRANSACTION_INDEX), aborted, markers)

    def _check_epoch(self, batch: Batch) -> None:
        epoch = batch.header.partition_leader_epoch
        if self._leader_epochs is None or epoch < 0:
            return
        known = self._leader_epochs.epoch_at(batch.header.base_offset)
        if known not in (-1, epoch):
            self._report(LEADER_EPOCHS, f"offset {batch.header.base_offset} is of epoch {epoch}, not {known}")

    def _check_transactions(
        self, name: str, expected: list[AbortedTransaction], markers: dict[int, int]
    ) -> None:
        """`markers`: the producer of every control batch in the segment, by offset.

        An entry may outlive the batches of its transaction, but not its marker. A transaction that began
        below the log start may have been forgotten.
        """
        try:
            found = read_entries(self._files, f"{self._path}/{name}")
        except ValueError as error:
            self._report(name, str(error))
            return
        if self._files.exists(f"{self._path}/{name}") and self._files.size(f"{self._path}/{name}") % 34:
            self._report(name, "does not hold whole entries")
        offsets = [entry.last_offset for entry in found]
        if sorted(set(offsets)) != offsets:
            self._report(name, "its entries do not rise")
        for entry in found:
            if markers.get(entry.last_offset) != entry.producer_id:
                self._report(
                    name, f"no marker at {entry.last_offset} ends a transaction of {entry.producer_id}"
                )
        known = [self._as_known(entry, expected) for entry in found]
        for transaction in expected:
            if transaction not in known and transaction.first_offset >= self.first_offset:
                self._report(name, f"holds {found}, but the log says {expected}")

    def _as_known(self, entry: AbortedTransaction, expected: list[AbortedTransaction]) -> AbortedTransaction:
        """What of an entry began before the first segment cannot be known from the log, and is believed."""
        for known in expected:
            if (known.producer_id, known.last_offset) == (entry.producer_id, entry.last_offset):
                if min(entry.first_offset, known.first_offset) < self.first_offset:
                    entry = entry._replace(first_offset=known.first_offset)
                if entry.last_stable_offset < self.first_offset:
                    entry = entry._replace(last_stable_offset=known.last_stable_offset)
        return entry

    def _compare_snapshot(self, offset: int, *, is_end: bool = False) -> None:
        """What a snapshot and the log both know of a producer must agree.

        The snapshot may lack producers that had expired, and know some whose batches are gone. Compaction
        takes batches away, but not the last one of a producer.
        """
        if self._has_gaps and not is_end:
            return
        name = file_name(offset, SNAPSHOT)
        for entry in self._snapshots.get(offset, ()):
            replayed = self._producers.producers.get(entry.producer_id)
            if replayed is not None and self._contradict(entry, replayed):
                producer_id, said, known = entry.producer_id, _summary(entry), _summary(replayed)
                self._report(name, f"knows producer {producer_id} as {said}, the log as {known}")

    def _contradict(self, entry: ProducerEntry, replayed: ProducerEntry) -> bool:
        """A batch or a transaction that began before the first segment is known to the snapshot alone."""
        if entry.epoch != replayed.epoch:
            return True
        last = _last_batch(replayed)
        if last[1] >= self.first_offset and last != _last_batch(entry):
            return True
        begins = (entry.transaction_first_offset, replayed.transaction_first_offset)
        is_older = any(offset is not None and offset < self.first_offset for offset in begins)
        return begins[0] != begins[1] and not is_older

    def _offsets(self, suffix: str) -> list[int]:
        found = (offset_of(name) for name in self._names if name.endswith(suffix))
        return sorted(offset for offset in found if offset is not None)

    def _report(self, name: str, text: str, cut_at: int | None = None) -> None:
        self._problems.append(Problem(f"{self._path}/{name}", text, cut_at))


def _last_batch(entry: ProducerEntry) -> tuple[int, int]:
    """(last sequence, last offset), all that a snapshot keeps of the batches."""
    return (entry.last_sequence, entry.batches[-1].last_offset) if entry.batches else (-1, -1)


def _leaves_a_gap(header: BatchHeader, next_offset: int) -> bool:
    """Whether records are missing before a batch, or in it: compaction has been at work."""
    return header.base_offset > next_offset or 0 <= header.record_count <= header.last_offset_delta


def _summary(entry: ProducerEntry) -> tuple[int, tuple[int, int], int | None]:
    return entry.epoch, _last_batch(entry), entry.transaction_first_offset
