"""Runs coordinator shards: decide, append, replay, effects, reply; alone among them it knows asyncio.

A shard is the state machine of one partition of an internal topic. Every answer is held until all that was
appended before it is committed, which it mostly is at once: then the caller gets the result itself and no
future. When the log fails, a shard's memory may be ahead of it: the shard is dropped, all who wait get a
retriable error, and it is loaded anew.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from itertools import islice
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from kafkapy.clock import Clock
from kafkapy.coordinator.decision import (
    Answer,
    CancelTimer,
    Command,
    Decision,
    Effect,
    Parked,
    Record,
    SetTimer,
    WhenCommitted,
    WhenTold,
)
from kafkapy.coordinator.partition_log import PartitionWriter, StoredBatch
from kafkapy.coordinator.timers import Timers
from kafkapy.coordinator.waiting import Waiting, resolve
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.framing import encode_key, encode_versioned

R = TypeVar("R")
S = TypeVar("S", bound="Shard")
logger = logging.getLogger(__name__)

Reply: TypeAlias = R | asyncio.Future[R]
"""A result, or the future of one that has to wait."""


async def settled(reply: Reply[R]) -> R:
    """The result itself, after waiting for it if need be."""
    return await reply if isinstance(reply, asyncio.Future) else reply


BATCHES_PER_SLICE = 500
BYTES_PER_BATCH = 500_000
"""How much of a decision that need not be atomic goes into one batch; Kafka's default limit is 1 MiB."""

MAPPED_ERRORS = {
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_ENOUGH_REPLICAS: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.REQUEST_TIMED_OUT: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_LEADER_OR_FOLLOWER: ErrorCode.NOT_COORDINATOR,
    ErrorCode.KAFKA_STORAGE_ERROR: ErrorCode.NOT_COORDINATOR,
    ErrorCode.NETWORK_EXCEPTION: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.MESSAGE_TOO_LARGE: ErrorCode.UNKNOWN_SERVER_ERROR,
    ErrorCode.RECORD_LIST_TOO_LARGE: ErrorCode.UNKNOWN_SERVER_ERROR,
    ErrorCode.INVALID_FETCH_SIZE: ErrorCode.UNKNOWN_SERVER_ERROR,
}
"""What a client is told of a failed append (Kafka: `CoordinatorOperationExceptionHelper`)."""

FATAL_ERRORS = {
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.KAFKA_STORAGE_ERROR,
    ErrorCode.UNKNOWN_SERVER_ERROR,
}
"""Failed appends after which the log may not be what the shard thinks; others refuse these records alone."""


class Shard(Protocol):
    """The state machine of one partition. Only `replay` and `end_transaction` change its hard state."""

    def decode(self, key: bytes, value: bytes | None) -> Record | None:
        """A record of the log, or None for a type that this shard has no use for."""
        ...

    def replay(self, record: Record, offset: int, producer_id: int) -> None:
        """Apply a record; one of an open transaction when `producer_id` is not -1."""
        ...

    def end_transaction(self, producer_id: int, *, commit: bool) -> None:
        """Apply the end marker of a transaction."""
        ...

    def on_loaded(self, now_ms: int) -> Decision[None]:
        """Hard state is complete: rebuild the soft state, set the timers."""
        ...


class _Phase(Enum):
    LOADING = "loading"
    ACTIVE = "active"
    FAILED = "failed"


class _Slot(Generic[S]):
    """One partition that this broker coordinates."""

    def __init__(self, partition: int, writer: PartitionWriter, shard: S, clock: Clock) -> None:
        self.partition = partition
        self.writer = writer
        self.shard = shard
        self.timers = Timers(clock)
        self.phase = _Phase.LOADING
        self.end_offset = 0
        self.waiting = Waiting()
        self.is_gone = False

    @property
    def is_committed(self) -> bool:
        """Whether all that was appended is, and nothing said of it has to be held back."""
        return self.writer.is_committed(self.end_offset)


class CoordinatorRuntime(Generic[S]):
    """The shards of one internal topic that live in this broker."""

    def __init__(self, name: str, clock: Clock, new_shard: Callable[[], S]) -> None:
        self._name = name
        self._clock = clock
        self._new_shard = new_shard
        self._slots: dict[int, _Slot[S]] = {}
        self._loading_waiters: list[asyncio.Future[None]] = []

    # -- life cycle ----------------------------------------------------------------------------------------

    def load(self, partition: int, writer: PartitionWriter) -> None:
        """Take over a partition: a short log is replayed on return, a long one in slices."""
        self.unload(partition)
        slot = _Slot(partition, writer, self._new_shard(), self._clock)
        self._slots[partition] = slot
        self._load_slice(slot, writer.read_all())

    async def loaded(self) -> None:
        """Wait until no partition is loading."""
        while any(slot.phase is _Phase.LOADING for slot in self._slots.values()):
            waiter = asyncio.get_running_loop().create_future()
            self._loading_waiters.append(waiter)
            await waiter

    def unload(self, partition: int) -> None:
        """Give a partition up: who waits is told to look for its coordinator elsewhere."""
        slot = self._slots.pop(partition, None)
        if slot is not None:
            self._abandon(slot, KafkaError(ErrorCode.NOT_COORDINATOR))

    def close(self) -> None:
        for partition in list(self._slots):
            self.unload(partition)

    # -- commands ------------------------------------------------------------------------------------------

    def run(
        self, partition: int, command: Callable[[S, int], Decision[R]], parked: Parked[R] | None = None
    ) -> Reply[R]:
        """Carry out a command on a shard, given the time. `parked`: what the command may park its request as.

        COORDINATOR_LOAD_IN_PROGRESS or NOT_COORDINATOR if there is no shard to ask.
        """
        slot = self._active(partition)
        now_ms = self._clock.now_ms()
        if parked is not None:
            return self._run_parkable(slot, command, parked, now_ms)
        decision = self._carry_out(slot, command(slot.shard, now_ms), now_ms)
        result: R = decision.reply  # type: ignore[assignment]
        if slot.is_committed:
            return result
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._hold(slot, future, result)
        return future

    def run_everywhere(self, command: Callable[[S, int], Decision[None]]) -> None:
        """Carry out a command on every shard that is active; nobody waits for the outcome."""
        for slot in list(self._slots.values()):
            if slot.phase is _Phase.ACTIVE:
                self._run_alone(slot, partial(command, slot.shard))

    def end_transaction(
        self, partition: int, producer_id: int, *, commit: bool, append_marker: Callable[[], int]
    ) -> None:
        """Apply the end of a transaction once `append_marker` has put it into the partition's log, and given
        the offset after it. What that raises is passed on, and nothing has changed.

        COORDINATOR_LOAD_IN_PROGRESS while the log is being read. Without a shard the marker waits in the log.
        """
        slot = self._slots.get(partition)
        if slot is not None and slot.phase is _Phase.LOADING:
            raise KafkaError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        end_offset = append_marker()
        if slot is not None and slot.phase is _Phase.ACTIVE:
            slot.end_offset = end_offset
            slot.shard.end_transaction(producer_id, commit=commit)

    def active_partitions(self) -> list[int]:
        """The partitions to ask; COORDINATOR_LOAD_IN_PROGRESS while one of them is loading."""
        if any(slot.phase is _Phase.LOADING for slot in self._slots.values()):
            raise KafkaError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        return sorted(p for p, slot in self._slots.items() if slot.phase is _Phase.ACTIVE)

    def _run_parkable(
        self, slot: _Slot[S], command: Callable[[S, int], Decision[R]], parked: Parked[R], now_ms: int
    ) -> Reply[R]:
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        parked.waiter = future
        decision = self._carry_out(slot, command(slot.shard, now_ms), now_ms)
        if decision.parks:
            slot.waiting.park(parked)
        else:
            self._answer(slot, Answer(parked, decision.reply))
        return future.result() if future.done() else future

    def _active(self, partition: int) -> _Slot[S]:
        slot = self._slots.get(partition)
        if slot is None or slot.phase is _Phase.FAILED:
            raise KafkaError(ErrorCode.NOT_COORDINATOR)
        if slot.phase is _Phase.LOADING:
            raise KafkaError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        return slot

    def _carry_out(self, slot: _Slot[S], decision: Decision[R], now_ms: int) -> Decision[R]:
        while True:
            following = decision.then
            if decision.records:
                try:
                    self._append(slot, decision, now_ms)
                except KafkaError as error:
                    decision = self._refused(slot, decision, error)
                    continue
            for effect in decision.effects:
                self._perform(slot, effect)
            if following is None:
                return decision
            decision = following()

    def _append(self, slot: _Slot[S], decision: Decision[Any], now_ms: int) -> None:
        """Append and replay, in one batch or in several."""
        first = 0
        for encoded in _batches(decision):
            producer = decision.producer
            end_offset = slot.writer.append(encoded, now_ms=now_ms, producer=producer, proof=decision.proof)
            slot.end_offset = end_offset
            offset = end_offset - len(encoded)
            producer_id = -1 if producer is None else producer.producer_id
            try:
                for record in islice(decision.records, first, first + len(encoded)):
                    slot.shard.replay(record, offset, producer_id)
                    offset += 1
            except Exception:
                # Memory does not say what the log says. That is a mistake in the code, and the log is right.
                self._drop(slot, KafkaError(ErrorCode.NOT_COORDINATOR))
                raise
            first += len(encoded)

    def _refused(self, slot: _Slot[S], decision: Decision[R], error: KafkaError) -> Decision[R]:
        """The log did not take the records: go on as the decision says, or not at all."""
        mapped = KafkaError(MAPPED_ERRORS.get(error.code, error.code))
        logger.warning("%s-%d: the log refused a batch: %s", self._name, slot.partition, error)
        if error.code in FATAL_ERRORS:
            self._drop(slot, mapped)
            raise mapped from error
        if decision.refused is None:
            raise mapped from error
        return decision.refused(mapped)

    def _perform(self, slot: _Slot[S], effect: Effect) -> None:
        if isinstance(effect, SetTimer):
            command = effect.command
            slot.timers.set(effect.name, effect.delay_ms, lambda: self._run_alone(slot, command))
        elif isinstance(effect, CancelTimer):
            slot.timers.cancel(effect.name)
        elif isinstance(effect, WhenCommitted):
            self._run_when_committed(slot, effect.command)
        elif isinstance(effect, WhenTold):
            self._run_when_told(slot, effect)
        else:
            self._answer(slot, effect)

    def _run_when_committed(self, slot: _Slot[S], command: Command[Any]) -> None:
        def run(error: KafkaError | None) -> None:
            if slot.is_gone:
                return
            if error is None:
                self._run_alone(slot, command)
            else:
                self._drop(slot, KafkaError(MAPPED_ERRORS.get(error.code, error.code)))

        if slot.is_committed:
            run(None)
        else:
            slot.writer.when_committed(slot.end_offset, run)

    def _run_when_told(self, slot: _Slot[S], effect: WhenTold) -> None:
        def run(told: object) -> None:
            if not slot.is_gone:
                self._run_alone(slot, partial(effect.command, told))

        effect.ask(run)

    def _run_alone(self, slot: _Slot[S], command: Command[Any]) -> None:
        now_ms = self._clock.now_ms()
        try:
            self._carry_out(slot, command(now_ms), now_ms)
        except KafkaError as error:
            logger.warning("%s-%d: a command of its own had no effect: %s", self._name, slot.partition, error)

    def _answer(self, slot: _Slot[S], answer: Answer) -> None:
        future = slot.waiting.unpark(answer.parked)
        if slot.is_committed:
            resolve(future, answer.reply)
        else:
            self._hold(slot, future, answer.reply)

    def _hold(self, slot: _Slot[S], future: asyncio.Future[Any], result: object) -> None:
        end_offset = slot.end_offset
        if slot.waiting.hold(end_offset, future, result):
            slot.writer.when_committed(end_offset, lambda error: self._committed(slot, end_offset, error))

    def _committed(self, slot: _Slot[S], end_offset: int, error: KafkaError | None) -> None:
        if slot.is_gone:
            return
        if error is None:
            slot.waiting.release(end_offset)
        else:
            self._drop(slot, KafkaError(MAPPED_ERRORS.get(error.code, error.code)))

    # -- loading and failing -------------------------------------------------------------------------------

    def _load_slice(self, slot: _Slot[S], batches: Iterator[StoredBatch]) -> None:
        if slot.is_gone:
            return
        shard = slot.shard
        try:
            taken = 0
            for batch in islice(batches, BATCHES_PER_SLICE):
                taken += 1
                _replay_batch(shard, batch)
            if taken == BATCHES_PER_SLICE:
                self._clock.call_later(0, lambda: self._load_slice(slot, batches))
                return
            slot.phase = _Phase.ACTIVE
            now_ms = self._clock.now_ms()
            self._carry_out(slot, shard.on_loaded(now_ms), now_ms)
        except Exception:
            logger.exception("%s-%d could not be loaded", self._name, slot.partition)
            slot.phase = _Phase.FAILED
            slot.timers.cancel_all()
        waiters, self._loading_waiters = self._loading_waiters, []
        for waiter in waiters:
            resolve(waiter, None)

    def _drop(self, slot: _Slot[S], error: KafkaError) -> None:
        """Forget what memory says, and ask the log again."""
        if slot.is_gone:
            return
        self._abandon(slot, error)
        fresh = _Slot(slot.partition, slot.writer, self._new_shard(), self._clock)
        self._slots[slot.partition] = fresh
        self._clock.call_later(0, lambda: self._load_slice(fresh, _read(slot.writer)))

    def _abandon(self, slot: _Slot[S], error: KafkaError) -> None:
        slot.is_gone = True
        slot.timers.cancel_all()
        slot.waiting.fail(error)


def _read(writer: PartitionWriter) -> Iterator[StoredBatch]:
    yield from writer.read_all()


def _replay_batch(shard: Shard, batch: StoredBatch) -> None:
    if batch.marker is not None:
        shard.end_transaction(batch.producer_id, commit=batch.marker)
        return
    for stored in batch.records:
        record = shard.decode(stored.key, stored.value)
        if record is not None:
            shard.replay(record, stored.offset, batch.producer_id)


def _batches(decision: Decision[Any]) -> Iterator[list[tuple[bytes, bytes | None]]]:
    encoded = [
        (encode_key(key), None if value is None else encode_versioned(value, version))
        for key, value, version in decision.records
    ]
    if decision.atomic:
        yield encoded
        return
    batch: list[tuple[bytes, bytes | None]] = []
    size_bytes = 0
    for key, value in encoded:
        batch.append((key, value))
        size_bytes += len(key) + len(value or b"")
        if size_bytes >= BYTES_PER_BATCH:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch
