"""The runtime: decide, append, replay, effects, reply; and what happens when the log does not play along."""

import asyncio

import pytest

from kafkapy.coordinator.decision import Answer, CancelTimer, Decision, Parked, Record, SetTimer
from kafkapy.coordinator.partition_log import StoredBatch, StoredRecord
from kafkapy.coordinator.runtime import BATCHES_PER_SLICE, CoordinatorRuntime, settled
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.log_records.framing import encode_key, encode_versioned
from kafkapy.protocol.messages.log_records.offset_commit import OffsetCommitKey, OffsetCommitValue
from kafkapy.testing.virtual_clock import VirtualClock
from tests.coordinator.memory_log import MemoryLog

BAD_NUMBER = 666_666


def note(number: int) -> Record:
    """A record that carries a number."""
    key = OffsetCommitKey(group="g", topic="t", partition=number)
    return Record(key, OffsetCommitValue(offset=number, metadata="", commit_timestamp=0), 4)


class Notebook:
    """A shard that keeps the numbers it is given; it can park requests and set timers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.offsets: list[int] = []
        self.ended: list[tuple[int, bool]] = []
        self.parked: list[Parked[int]] = []
        self.loaded_at: int | None = None

    def decode(self, key: bytes, value: bytes | None) -> Record | None:
        if key[:2] != b"\0\1":
            return None
        return note(int.from_bytes(key[-4:]))

    def replay(self, record: Record, offset: int, producer_id: int) -> None:
        if record.value.offset == BAD_NUMBER:
            raise AssertionError("no such number")
        self.numbers.append(record.value.offset)
        self.offsets.append(offset)

    def end_transaction(self, producer_id: int, *, commit: bool) -> None:
        self.ended.append((producer_id, commit))

    def on_loaded(self, now_ms: int) -> Decision[None]:
        self.loaded_at = now_ms
        return Decision()

    def write(self, *numbers: int) -> Decision[int]:
        return Decision(sum(numbers), records=[note(number) for number in numbers])

    def wait(self, parked: Parked[int]) -> Decision[int]:
        self.parked.append(parked)
        return Decision(parks=True)

    def answer_all(self, reply: object) -> Decision[None]:
        waiting, self.parked = self.parked, []
        return Decision(effects=[Answer(parked, reply) for parked in waiting])


class Bench:
    """A runtime over one partition in memory."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.log = MemoryLog()
        self.shards: list[Notebook] = []
        self.runtime = CoordinatorRuntime("notes", self.clock, self._new)
        self.runtime.load(0, self.log)

    def _new(self) -> Notebook:
        self.shards.append(Notebook())
        return self.shards[-1]

    @property
    def shard(self) -> Notebook:
        return self.shards[-1]

    def write(self, *numbers: int) -> object:
        return self.runtime.run(0, lambda shard, _: shard.write(*numbers))

    def wait(self) -> object:
        parked: Parked[int] = Parked()
        return self.runtime.run(0, lambda shard, _: shard.wait(parked), parked)

    def answer_all(self, reply: object) -> object:
        return self.runtime.run(0, lambda shard, _: shard.answer_all(reply))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def code_of(future: object) -> ErrorCode:
    assert isinstance(future, asyncio.Future)
    refusal = future.exception()
    assert isinstance(refusal, KafkaError)
    return refusal.code


class TestCommands:
    def test_what_is_committed_at_once_is_answered_at_once_and_needs_no_event_loop(
        self, bench: Bench
    ) -> None:
        assert bench.write(1, 2) == 3
        assert bench.write(3) == 3
        assert bench.shard.numbers == [1, 2, 3]
        assert bench.shard.offsets == [0, 1, 2]
        assert [len(batch) for batch in bench.log.batches] == [2, 1]

    def test_a_refused_command_has_done_nothing(self, bench: Bench) -> None:
        def refuse(shard: Notebook, now_ms: int) -> Decision[int]:
            raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)

        with pytest.raises(KafkaError, match="UNKNOWN_MEMBER_ID"):
            bench.runtime.run(0, refuse)
        assert not bench.log.batches

    def test_what_follows_sees_the_records_applied_and_has_the_last_word(self, bench: Bench) -> None:
        def command(shard: Notebook, now_ms: int) -> Decision[int]:
            decision = shard.write(5)
            decision.then = lambda: Decision(sum(shard.numbers) * 100)
            return decision

        bench.write(2)
        assert bench.runtime.run(0, command) == 700

    def test_records_that_need_not_be_atomic_are_spread_over_batches(self, bench: Bench) -> None:
        def command(shard: Notebook, now_ms: int) -> Decision[int]:
            return Decision(records=[note(n) for n in range(40_000)], atomic=False)

        bench.runtime.run(0, command)
        assert len(bench.log.batches) > 1
        assert bench.shard.numbers == bench.shard.offsets == list(range(40_000))

    def test_timers_run_commands(self, bench: Bench) -> None:
        def command(shard: Notebook, now_ms: int) -> Decision[int]:
            later = SetTimer(("later",), 100, lambda now_ms: shard.write(1))
            never = SetTimer(("never",), 100, lambda now_ms: shard.write(2))
            return Decision(effects=[later, never, CancelTimer(("never",))])

        bench.runtime.run(0, command)
        bench.clock.advance(1_000)
        assert bench.shard.numbers == [1]

    def test_a_timer_whose_records_are_refused_does_no_harm(self, bench: Bench) -> None:
        later = SetTimer(("later",), 100, lambda now_ms: bench.shard.write(1))
        bench.runtime.run(0, lambda shard, _: Decision(effects=[later]))
        bench.log.refuses = KafkaError(ErrorCode.MESSAGE_TOO_LARGE)
        bench.clock.advance(100)
        assert bench.shard.numbers == []

    def test_a_partition_that_is_not_held_is_somebody_elses(self, bench: Bench) -> None:
        with pytest.raises(KafkaError, match="NOT_COORDINATOR"):
            bench.runtime.run(1, lambda shard, _: shard.write(1))


class TestWaiting:
    async def test_a_parked_request_is_answered_later(self, bench: Bench) -> None:
        waiting = bench.wait()
        bench.answer_all(7)
        assert await settled(waiting) == 7

    async def test_a_request_that_is_parked_and_answered_by_one_command_need_not_wait(
        self, bench: Bench
    ) -> None:
        parked: Parked[int] = Parked()
        command = Decision(parks=True, effects=[Answer(parked, 7)])
        assert bench.runtime.run(0, lambda shard, _: command, parked) == 7

    async def test_a_request_that_could_have_been_parked_may_be_answered_at_once(self, bench: Bench) -> None:
        assert bench.runtime.run(0, lambda shard, _: shard.write(4), Parked()) == 4

    async def test_a_parked_request_may_be_refused(self, bench: Bench) -> None:
        waiting = bench.wait()
        bench.answer_all(KafkaError(ErrorCode.REBALANCE_IN_PROGRESS))
        assert code_of(waiting) is ErrorCode.REBALANCE_IN_PROGRESS

    async def test_who_has_gone_is_not_missed(self, bench: Bench) -> None:
        waiting = bench.wait()
        assert isinstance(waiting, asyncio.Future)
        waiting.cancel()
        bench.answer_all(7)
        assert waiting.cancelled()

    async def test_answers_are_held_until_what_was_appended_is_committed(self, bench: Bench) -> None:
        parked = bench.wait()
        bench.log.holds_back = True
        written = bench.write(1)
        read = bench.runtime.run(0, lambda shard, _: Decision(len(shard.numbers)))
        bench.answer_all(7)
        later = bench.write(2)
        waiting = [written, read, parked, later]
        assert not any(future.done() for future in waiting)  # type: ignore[attr-defined]
        bench.log.commit(1)
        assert [future.done() for future in waiting] == [True, True, True, False]  # type: ignore[attr-defined]
        bench.log.commit()
        assert [await settled(future) for future in waiting] == [1, 1, 7, 2]


class TestFailures:
    @pytest.mark.parametrize(
        ("code", "told"),
        [
            (ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR),
            (ErrorCode.RECORD_LIST_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR),
            (ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE),
            (ErrorCode.REQUEST_TIMED_OUT, ErrorCode.COORDINATOR_NOT_AVAILABLE),
            (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE),
            (ErrorCode.NETWORK_EXCEPTION, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS),
            (ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.INVALID_PRODUCER_EPOCH),
        ],
    )
    def test_a_refusal_is_told_with_the_code_that_kafka_maps_it_to_and_the_shard_goes_on(
        self, bench: Bench, code: ErrorCode, told: ErrorCode
    ) -> None:
        bench.log.refuses = KafkaError(code)
        with pytest.raises(KafkaError) as refusal:
            bench.write(1)
        assert refusal.value.code is told
        bench.log.refuses = None
        assert bench.write(2) == 2
        assert len(bench.shards) == 1

    def test_a_command_may_say_how_to_go_on_without_its_records(self, bench: Bench) -> None:
        decision = Decision(1, records=[note(1)], refused=lambda error: Decision(int(error.code)))
        bench.log.refuses = KafkaError(ErrorCode.MESSAGE_TOO_LARGE)
        assert bench.runtime.run(0, lambda shard, _: decision) == ErrorCode.UNKNOWN_SERVER_ERROR

    @pytest.mark.parametrize("code", [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_LEADER_OR_FOLLOWER])
    async def test_if_the_log_is_gone_who_waits_is_told_and_the_shard_is_loaded_anew(
        self, bench: Bench, code: ErrorCode
    ) -> None:
        bench.write(1)
        waiting = bench.wait()
        bench.log.refuses = KafkaError(code)
        with pytest.raises(KafkaError, match="NOT_COORDINATOR"):
            bench.write(2)
        assert code_of(waiting) is ErrorCode.NOT_COORDINATOR
        bench.log.refuses = None
        with pytest.raises(KafkaError, match="COORDINATOR_LOAD_IN_PROGRESS"):
            bench.write(3)
        bench.clock.advance(0)
        assert bench.write(4) == 4
        assert bench.shard.numbers == [1, 4]

    async def test_what_is_never_committed_is_forgotten_and_its_answers_are_refusals(
        self, bench: Bench
    ) -> None:
        bench.write(1)
        parked = bench.wait()
        bench.log.holds_back = True
        held = bench.write(2)
        bench.log.lose(KafkaError(ErrorCode.NOT_ENOUGH_REPLICAS))
        assert code_of(held) is code_of(parked) is ErrorCode.COORDINATOR_NOT_AVAILABLE
        bench.clock.advance(0)
        assert bench.shard.numbers == [1]

    async def test_timers_of_a_dropped_shard_do_not_run(self, bench: Bench) -> None:
        old = bench.shard
        timer = SetTimer(("later",), 100, lambda now_ms: old.write(9))
        bench.runtime.run(0, lambda shard, _: Decision(effects=[timer]))
        bench.log.refuses = KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        with pytest.raises(KafkaError):
            bench.write(2)
        bench.log.refuses = None
        bench.clock.advance(1_000)
        assert 9 not in bench.shard.numbers + old.numbers

    async def test_a_mistake_in_replay_drops_what_memory_says(self, bench: Bench) -> None:
        waiting = bench.wait()
        bench.write(1)
        with pytest.raises(AssertionError, match="no such number"):
            bench.write(BAD_NUMBER)
        assert code_of(waiting) is ErrorCode.NOT_COORDINATOR


class TestLoading:
    def test_it_is_the_same_replay(self, bench: Bench) -> None:
        bench.write(1, 2)
        bench.write(3)
        bench.runtime.load(0, bench.log)
        assert bench.shard.numbers == [1, 2, 3]
        assert bench.shard.offsets == [0, 1, 2]
        assert bench.shard.loaded_at == bench.clock.now_ms()

    def test_transactions_end_with_their_markers(self, bench: Bench) -> None:
        bench.log.stored = [
            StoredBatch([], producer_id=8, marker=True),
            StoredBatch([], producer_id=9, marker=False),
        ]
        bench.runtime.load(0, bench.log)
        assert bench.shard.ended == [(8, True), (9, False)]

    def test_records_of_other_types_are_passed_over(self, bench: Bench) -> None:
        number = note(5)
        known = StoredRecord(1, encode_key(number.key), encode_versioned(number.value, 4))
        bench.log.stored = [StoredBatch([StoredRecord(0, b"\0\3rest", b"whatever"), known])]
        bench.runtime.load(0, bench.log)
        assert bench.shard.numbers == [5]

    async def test_a_long_log_is_loaded_in_slices_and_meanwhile_nothing_is_known(self, bench: Bench) -> None:
        for number in range(BATCHES_PER_SLICE + 1):
            bench.write(number)
        bench.runtime.load(0, bench.log)
        with pytest.raises(KafkaError, match="COORDINATOR_LOAD_IN_PROGRESS"):
            bench.write(1)
        with pytest.raises(KafkaError, match="COORDINATOR_LOAD_IN_PROGRESS"):
            bench.runtime.active_partitions()
        loaded = asyncio.ensure_future(bench.runtime.loaded())
        await asyncio.sleep(0)
        assert not loaded.done()
        bench.clock.advance(0)
        await loaded
        assert bench.runtime.active_partitions() == [0]
        assert len(bench.shard.numbers) == BATCHES_PER_SLICE + 1

    def test_a_log_that_cannot_be_loaded_makes_this_broker_not_the_coordinator(self, bench: Bench) -> None:
        bench.log.stored = [
            StoredBatch(
                [
                    StoredRecord(
                        0, encode_key(note(BAD_NUMBER).key), encode_versioned(note(BAD_NUMBER).value, 4)
                    )
                ]
            )
        ]
        bench.runtime.load(0, bench.log)
        with pytest.raises(KafkaError, match="NOT_COORDINATOR"):
            bench.write(1)

    async def test_a_partition_given_up_tells_who_waits_to_look_elsewhere(self, bench: Bench) -> None:
        waiting = bench.wait()
        bench.runtime.unload(0)
        assert code_of(waiting) is ErrorCode.NOT_COORDINATOR
        with pytest.raises(KafkaError, match="NOT_COORDINATOR"):
            bench.write(1)
        bench.runtime.unload(0)
        assert bench.runtime.active_partitions() == []
