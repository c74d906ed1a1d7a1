"""Writes the states of transactional ids into docs/design.md, by trying every event in every state.

python docs/generate_transaction_states.py
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kafkapy.coordinator.partition_log import ProducerIdentity, StoredBatch
from kafkapy.coordinator.transaction.coordinator import TransactionCoordinator
from kafkapy.coordinator.transaction.environment import Marker
from kafkapy.coordinator.transaction.metadata import TopicPartition, TransactionMetadata
from kafkapy.coordinator.transaction.settings import TransactionSettings
from kafkapy.coordinator.transaction.states import TransactionState
from kafkapy.protocol.errors import KafkaError
from kafkapy.testing.virtual_clock import VirtualClock

PAGE = Path(__file__).parent / "design.md"
BEGIN = "<!-- written by docs/generate_transaction_states.py -->\n"
END = "<!-- end of what it wrote -->\n"
NAME = "id"
PARTITION = [("t", 0)]
TIMEOUT_MS = 60_000
VERSIONS = {
    0: "Clients of transaction versions 0 and 1 keep their epoch from one transaction to the next:",
    2: "Clients of transaction version 2 get an epoch for each transaction:",
}
NO_CHANGE = "no change"


class Environment:
    """A broker with `transaction.version` 2; its partitions take no markers until `takes_markers`."""

    takes_markers = False

    def __init__(self) -> None:
        self._producer_ids = itertools.count()

    def new_producer_id(self) -> int:
        return next(self._producer_ids)

    def transaction_version(self) -> int:
        return 2

    def write_marker(self, marker: Marker) -> bool:
        return self.takes_markers

    def when_markers_kept(
        self, partitions: Sequence[TopicPartition], callback: Callable[[bool], object]
    ) -> None:
        callback(True)


class Log:
    """Implements `PartitionWriter`: takes everything, and what it takes is committed."""

    def __init__(self) -> None:
        self._end_offset = 0

    def append(self, records: Sequence[object], **_: object) -> int:
        self._end_offset += len(records)
        return self._end_offset

    def is_committed(self, end_offset: int) -> bool:
        return True

    def when_committed(self, end_offset: int, callback: Callable[[KafkaError | None], object]) -> None:
        callback(None)

    def read_all(self) -> Iterator[StoredBatch]:
        return iter(())


class Trial:
    """One transactional id of a client of transaction version 1 or 2, in a coordinator of its own."""

    def __init__(self, client_version: int, settings: TransactionSettings) -> None:
        self.client_version = client_version
        self.settings = settings
        self.clock = VirtualClock()
        self.environment = Environment()
        self.coordinator = TransactionCoordinator(settings, self.clock, self.environment, partition_count=1)
        self.coordinator.load(0, Log())

    @property
    def stored(self) -> TransactionMetadata | None:
        try:
            stored = self.coordinator.describe(NAME)
        except KafkaError:
            return None
        assert isinstance(stored, TransactionMetadata), "the log commits at once"
        return stored

    def producer(self, age: int = 0) -> ProducerIdentity:
        """The newest identity of the producer, or the one `age` epochs before; any if it has none."""
        stored = self.stored
        newest = ProducerIdentity(0, 0) if stored is None else stored.next_identity
        return ProducerIdentity(newest.producer_id, newest.producer_epoch - age)

    # -- events --------------------------------------------------------------------------------------------

    def initialize(self) -> None:
        self.coordinator.initialize(NAME, TIMEOUT_MS)

    def resume(self) -> None:
        self.coordinator.initialize(NAME, TIMEOUT_MS, self.producer())

    def add(self) -> None:
        self.coordinator.add_partitions(NAME, self.producer(), PARTITION, client_version=self.client_version)

    def end(self, *, commit: bool, age: int = 0) -> None:
        producer = self.producer(age)
        self.coordinator.end(NAME, producer, commit=commit, client_version=self.client_version)

    def commit(self) -> None:
        self.end(commit=True)

    def abort(self) -> None:
        self.end(commit=False)

    def commit_again(self) -> None:
        self.end(commit=True, age=1)

    def abort_again(self) -> None:
        self.end(commit=False, age=1)

    def mark(self) -> None:
        self.environment.takes_markers = True
        self.clock.advance(self.settings.marker_retry_ms)
        self.environment.takes_markers = False

    def time_out(self) -> None:
        self.clock.advance(TIMEOUT_MS + self.settings.timeout_check_interval_ms)

    def expire(self) -> None:
        self.clock.advance(self.settings.id_expiration_ms + self.settings.expiration_check_interval_ms)


Step = Callable[[Trial], None]


class Event(NamedTuple):
    """What can happen to an id; `settings` where with others something else would happen before."""

    meant: str
    step: Step
    settings: TransactionSettings = TransactionSettings()


BEGUN: list[Step] = [Trial.initialize, Trial.add]
WAYS: dict[TransactionState | None, list[Step]] = {
    None: [],
    TransactionState.EMPTY: [Trial.initialize],
    TransactionState.ONGOING: BEGUN,
    TransactionState.PREPARE_COMMIT: [*BEGUN, Trial.commit],
    TransactionState.PREPARE_ABORT: [*BEGUN, Trial.abort],
    TransactionState.COMPLETE_COMMIT: [*BEGUN, Trial.commit, Trial.mark],
    TransactionState.COMPLETE_ABORT: [*BEGUN, Trial.abort, Trial.mark],
}
"""How an id gets into each state; into none by never having been heard of."""

EXPIRES_AT_ONCE = TransactionSettings(id_expiration_ms=1, expiration_check_interval_ms=1)
EVENTS = (
    Event("InitProducerId", Trial.initialize),
    Event("InitProducerId with its epoch (KIP-360)", Trial.resume),
    Event("a partition is added", Trial.add),
    Event("EndTxn, commit", Trial.commit),
    Event("EndTxn, commit, with the epoch before", Trial.commit_again),
    Event("EndTxn, abort", Trial.abort),
    Event("EndTxn, abort, with the epoch before", Trial.abort_again),
    Event("all partitions have their markers", Trial.mark),
    Event("`transaction.timeout.ms` have passed", Trial.time_out),
    Event("`transactional.id.expiration.ms` have passed", Trial.expire, EXPIRES_AT_ONCE),
)


def transaction_states() -> str:
    """What stands between the marks."""
    return "".join(f"\n{heading}\n\n{_table(version)}" for version, heading in VERSIONS.items())


def _table(version: int) -> str:
    rows = [
        ["in state", *("(no such id)" if state is None else state.text for state in WAYS)],
        ["---"] * (1 + len(WAYS)),
        *(
            [event.meant, *(outcome(_in_state(state, version, event), event.step) for state in WAYS)]
            for event in EVENTS
        ),
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _in_state(state: TransactionState | None, version: int, event: Event) -> Trial:
    trial = Trial(version, event.settings)
    for step in WAYS[state]:
        step(trial)
    assert (trial.stored and trial.stored.state) is state
    return trial


def outcome(trial: Trial, step: Step) -> str:
    """The state after a step and how much the epoch has grown, if anything has changed; the refusal."""
    before = trial.stored
    code = ""
    try:
        step(trial)
    except KafkaError as refusal:
        code = refusal.code.name
    words = [*_changes(before, trial.stored), code]
    return ", ".join(filter(None, words)) or NO_CHANGE


def _changes(before: TransactionMetadata | None, after: TransactionMetadata | None) -> Iterator[str]:
    if after is None:
        yield "forgotten" if before else ""
    elif after != before:
        yield after.state.text
        raised = after.next_identity.producer_epoch - before.next_identity.producer_epoch if before else 0
        yield f"epoch + {raised}" if raised else ""


def page_with(states: str, page: str) -> str:
    """The page with `states` between its marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, "the page has lost its marks"
    assert end, "the page has lost its marks"
    return f"{before}{BEGIN}{states}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(transaction_states(), PAGE.read_text()))
