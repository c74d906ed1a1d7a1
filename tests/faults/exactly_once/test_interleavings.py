"""Requests of transactional producers in any order, many at a time, over a broker in memory: the disk is
slow, the network delays, the broker dies. What readers saw is then judged by the checker of histories.
"""

import asyncio
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from tests.faults.exactly_once.checker import check
from tests.faults.exactly_once.clients_in_memory import Instance, Reader
from tests.faults.exactly_once.history import History, Outcome, Reading
from tests.faults.seeds import LONG
from tests.handlers.transactional_producer import NEWEST, OLDER, committed_offset
from tests.harness.broker import MemoryBroker
from tests.harness.held_threads import HeldThreads

INDEXES = (0, 1)
VERSIONS = {"new": NEWEST, "old": OLDER}
TIMED_OUT_MS = 75_000
TURNS = (0, 3, 20, 20)
MANY_TURNS = 3000


class Step(NamedTuple):
    """`what` is done by the instance `who`, or at large; `where` is for steps about a partition. Then the
    event loop has so many `turns`.
    """

    what: str
    who: tuple[str, str]
    where: int
    turns: int


LIKELY = {"write": 8, "offset": 3, "commit": 6, "abort": 1, "read": 3, "hold": 1, "let one go": 4}
RARE = ("let go", "start", "replace", "wait", "kill", "power cut", "delay", "deliver", "ask offset")
WHAT = [what for what, weight in LIKELY.items() for _ in range(weight)] + list(RARE)
WHO = [(name, which) for name in VERSIONS for which in ("present", "present", "present", "zombie")]
STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(WHAT), st.sampled_from(WHO), st.sampled_from(INDEXES), st.sampled_from(TURNS)
    ),
    max_size=60,
)


class Run:
    """Two transactional ids, "new" and "old", each with the instance that has it and the one that had it."""

    def __init__(self, durability: str) -> None:
        self.disk = HeldThreads()
        self.broker = MemoryBroker(
            threads=self.disk,
            kafkapy_durability=durability,
            transaction_state_log_num_partitions=2,
            offsets_topic_num_partitions=1,
        )
        self.keeps_all = durability == "fsync"
        self.instances: list[Instance] = []
        self.present: dict[str, Instance] = {}
        self.zombies: dict[str, Instance] = {}
        self.count = 0
        self.delays = False
        self.delayed: list[asyncio.Event] = []
        self.asked: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.broker.start()
        self.broker.broker.create_topics(
            [NewTopic("t", num_partitions=len(INDEXES), configs=[("retention.ms", "-1")])]
        )
        self.broker.broker.internal_topic(TRANSACTION_STATE)
        self.broker.broker.internal_topic(CONSUMER_OFFSETS)
        self.reader = Reader(self.broker.send, "t", isolation=1)
        for name in VERSIONS:
            self._new_instance(name)
        await self.turns(MANY_TURNS)

    async def send(self, request: Any, version: int) -> Any:
        """As producers send: what is delayed waits until it is delivered."""
        if self.delays:
            self.delays = False
            gate = asyncio.Event()
            self.delayed.append(gate)
            await gate.wait()
        return await self.broker.send(request, version)

    def _new_instance(self, name: str) -> None:
        before = self.present.get(name)
        if before is not None:
            self.zombies[name] = before
        instance = Instance(self.send, name, len(self.instances), VERSIONS[name], "t")
        self.instances.append(instance)
        self.present[name] = instance
        self._start_instance(instance)

    def _start_instance(self, instance: Instance) -> None:
        def fence_others() -> None:
            for each in self.instances:
                if each.name == instance.name and each is not instance:
                    each.fence()

        instance.start(fence_others)

    def instance(self, step: Step) -> Instance:
        name, which = step.who
        return self.zombies.get(name, self.present[name]) if which == "zombie" else self.present[name]

    async def take(self, step: Step) -> None:
        self.count += 1
        await getattr(self, "_" + step.what.replace(" ", "_"))(step)
        await self.turns(step.turns)

    async def turns(self, count: int) -> None:
        """Let things happen; no longer than there is something to happen."""
        for _ in range(count):
            await asyncio.sleep(0)
            if not self.is_busy:
                return

    @property
    def is_busy(self) -> bool:
        return bool(self.asked) or any(instance.is_busy for instance in self.instances)

    # -- steps ---------------------------------------------------------------------------------------------

    async def _write(self, step: Step) -> None:
        self.instance(step).write(str(self.count), step.where)

    async def _offset(self, step: Step) -> None:
        self.instance(step).commit_offset(self.count)

    async def _commit(self, step: Step) -> None:
        self.instance(step).end(commit=True)

    async def _abort(self, step: Step) -> None:
        self.instance(step).end(commit=False)

    async def _start(self, step: Step) -> None:
        instance = self.instance(step)
        if instance is self.present[instance.name]:
            self._start_instance(instance)

    async def _replace(self, step: Step) -> None:
        self._new_instance(self.instance(step).name)

    async def _read(self, step: Step) -> None:
        await self.reader.poll(step.where)

    async def _hold(self, _: Step) -> None:
        self.disk.is_held = True

    async def _let_go(self, _: Step) -> None:
        self.disk.let_go()

    async def _let_one_go(self, step: Step) -> None:
        self.disk.let_one_go(-step.where)

    async def _delay(self, _: Step) -> None:
        self.delays = True

    async def _deliver(self, step: Step) -> None:
        if self.delayed:
            self.delayed.pop(-step.where).set()

    async def _wait(self, _: Step) -> None:
        await self.broker.advance(TIMED_OUT_MS)

    async def _kill(self, _: Step) -> None:
        await self._die()

    async def _power_cut(self, _: Step) -> None:
        if self.keeps_all:
            self.broker.files.crash()
        await self._die()

    async def _die(self) -> None:
        for task in self.asked:
            task.cancel()
        self.asked.clear()
        for instance in self.instances:
            instance.lose_answers()
        self.delayed.clear()
        self.delays = False
        self.disk.forget()
        await self.broker.kill()

    async def _ask_offset(self, step: Step) -> None:
        task = asyncio.ensure_future(self._check_offset(self.instance(step).name))
        self.asked.add(task)
        task.add_done_callback(self.asked.discard)

    async def _check_offset(self, name: str) -> None:
        """A stable offset is none that was aborted, and not older than what was committed before."""
        kept = self._offsets(name, Outcome.COMMITTED)
        code, found = await committed_offset(self.broker.send, f"group {name}")
        if code is ErrorCode.NONE:
            allowed = self._offsets(name, Outcome.COMMITTED) | self._offsets(name, Outcome.UNKNOWN)
            assert found in allowed | {-1}
            assert found >= max(kept, default=-1)
        else:
            assert code in (ErrorCode.UNSTABLE_OFFSET_COMMIT, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)

    def _offsets(self, name: str, outcome: Outcome) -> set[int]:
        return {
            account.offset
            for instance in self.instances
            if instance.name == name
            for account in instance.accounts
            if account.outcome is outcome and account.offset is not None
        }

    # -- the end -------------------------------------------------------------------------------------------

    async def finish(self) -> None:
        """Everything is delivered and answered; whatever is open still is aborted by new instances."""
        self.disk.is_held = self.delays = False
        self.disk.let_go()
        while self.delayed:
            self.delayed.pop().set()
        await self.turns(MANY_TURNS)
        for name in VERSIONS:
            self._new_instance(name)
        await self.turns(MANY_TURNS)
        assert not self.is_busy, "somebody waits for an answer that does not come"
        for instance in self.instances:
            instance.lose_answers()

    async def judge(self) -> None:
        committed = await Reader(self.broker.send, "t", isolation=1).read_to_end(*INDEXES)
        transactions = [account.transaction() for each in self.instances for account in each.accounts]
        readings = [
            Reading("everything", tuple(committed.seen), is_complete=True),
            Reading("reader", tuple(self.reader.seen)),
        ]
        assert check(History(transactions, readings)) == []
        for name in VERSIONS:
            await self._check_offset(name)
        everything = await Reader(self.broker.send, "t", isolation=0).read_to_end(*INDEXES)
        assert committed.positions == everything.positions, "a transaction is open that nobody knows of"
        self._check_acknowledged(everything)

    def _check_acknowledged(self, everything: Reader) -> None:
        """Readers of everything find each acknowledged record where it was said to be, aborted or not."""
        there = {(seen.partition, seen.offset): seen.value for seen in everything.seen}
        for instance in self.instances:
            for account in instance.accounts:
                for write in account.writes:
                    if write.offset is not None:
                        assert there.get((write.partition, write.offset)) == write.value


def play(steps: list[Step], durability: str) -> Run:
    """Take the steps, finish, and judge what came of it."""
    run = Run(durability)

    async def everything() -> None:
        await run.start()
        for step in steps:
            await run.take(step)
        await run.finish()
        await run.judge()
        await run.broker.stop()

    asyncio.run(everything())
    return run


@pytest.mark.timeout(600)
@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_histories_have_no_anomalies_however_requests_interleave(durability: str) -> None:
    @given(STEPS)
    @settings(max_examples=1500 if LONG else 80, deadline=None)
    def hold(steps: list[Step]) -> None:
        play(steps, durability)

    hold()
