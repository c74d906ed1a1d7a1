"""Two producers, their transactions and their late requests in any order, against what readers may see."""

import asyncio
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from tests.handlers.transactional_producer import (
    NEWEST,
    OLDER,
    Transactor,
    committed_offset,
    read_committed,
)
from tests.harness.broker import MemoryBroker

NONE = ErrorCode.NONE
INDEXES = (0, 1)
TIMED_OUT_MS = 75_000


class Step(NamedTuple):
    """`what` the producer `who` does; `where` for those steps that are about a partition."""

    what: str
    who: int
    where: int


LIKELY = ("produce", "produce", "produce", "offset", "commit", "abort")
RARE = ("init", "late produce", "late end", "wait", "restart", "kill")
STEPS = st.lists(
    st.builds(Step, st.sampled_from(LIKELY + RARE), st.integers(0, 1), st.sampled_from(INDEXES)),
    max_size=40,
)


class Transaction:
    """What a producer has written and not ended yet, in the model."""

    def __init__(self) -> None:
        self.ended: bool | None = None
        self.offset: int | None = None


class Model:
    """The log of each partition as (value, its transaction); the offset that each group has committed."""

    def __init__(self) -> None:
        self.logs: dict[int, list[tuple[bytes, Transaction]]] = {index: [] for index in INDEXES}
        self.offsets = [-1, -1]
        self.open: list[Transaction | None] = [None, None]

    def transaction(self, who: int) -> Transaction:
        transaction = self.open[who]
        if transaction is None:
            transaction = self.open[who] = Transaction()
        return transaction

    def end(self, who: int, *, commit: bool) -> None:
        transaction, self.open[who] = self.open[who], None
        if transaction is not None:
            transaction.ended = commit
            if commit and transaction.offset is not None:
                self.offsets[who] = transaction.offset

    def visible(self, index: int) -> list[bytes]:
        values = []
        for value, transaction in self.logs[index]:
            if transaction.ended is None:
                break
            if transaction.ended:
                values.append(value)
        return values


class Run:
    """A broker beside the model. Producer 0 speaks as a new client, producer 1 as an older one."""

    def __init__(self) -> None:
        self.broker = MemoryBroker(transaction_state_log_num_partitions=2, offsets_topic_num_partitions=1)
        self.model = Model()
        self.count = 0

    async def start(self) -> None:
        await self.broker.start()
        topic = NewTopic("t", num_partitions=len(INDEXES), configs=[("retention.ms", "-1")])
        self.broker.broker.create_topics([topic])
        self.broker.broker.internal_topic(TRANSACTION_STATE)
        self.broker.broker.internal_topic(CONSUMER_OFFSETS)
        self.producers = [
            await Transactor(self.send, "new", versions=NEWEST).start(),
            await Transactor(self.send, "old", versions=OLDER).start(),
        ]
        self.late = [producer.twin() for producer in self.producers]

    async def send(self, request: object, version: int) -> object:
        return await self.broker.send(request, version)

    async def take(self, step: Step) -> None:
        self.count += 1
        await getattr(self, "_" + step.what.replace(" ", "_"))(step)

    async def _produce(self, step: Step) -> None:
        producer, value = self.producers[step.who], b"%d" % self.count
        if producer.versions is OLDER:
            assert await producer.add(step.where) is NONE
        assert await producer.produce(value, index=step.where) is NONE
        self.model.logs[step.where].append((value, self.model.transaction(step.who)))

    async def _offset(self, step: Step) -> None:
        producer = self.producers[step.who]
        if producer.versions is OLDER:
            assert await producer.add_offsets(f"group {step.who}") is NONE
        assert await producer.commit_offset(self.count, group=f"group {step.who}") is NONE
        self.model.transaction(step.who).offset = self.count

    async def _commit(self, step: Step) -> None:
        await self._end(step.who, commit=True)

    async def _abort(self, step: Step) -> None:
        await self._end(step.who, commit=False)

    async def _end(self, who: int, *, commit: bool) -> None:
        if self.model.open[who] is None:
            return
        self.late[who] = self.producers[who].twin()
        assert await self.producers[who].end(commit=commit) is NONE
        self.model.end(who, commit=commit)

    async def _init(self, step: Step) -> None:
        self.late[step.who] = self.producers[step.who].twin()
        await self.producers[step.who].start()
        self.model.end(step.who, commit=False)

    async def _late_produce(self, step: Step) -> None:
        """A batch from before the last end or initialization; at most a retry of one that is there."""
        late = self.late[step.who]
        if late.identity != self.producers[step.who].identity:
            assert await late.twin().produce(b"late", index=step.where) is not NONE
        elif late.sequences.get(step.where):
            await late.twin().produce(b"late", index=step.where, sequence=late.sequences[step.where] - 1)

    async def _late_end(self, step: Step) -> None:
        """A retry that arrives late. Older clients' cannot be told from the end of the next transaction."""
        late = self.late[step.who]
        if late.identity != self.producers[step.who].identity:
            await late.twin().end(commit=step.where == 0)

    async def _wait(self, _: Step) -> None:
        """Everything that is open takes too long."""
        await self.broker.advance(TIMED_OUT_MS)
        for who, producer in enumerate(self.producers):
            if self.model.open[who] is not None:
                self.model.end(who, commit=False)
                self.late[who] = producer.twin()
                assert await producer.produce(b"too late") is not NONE
                await producer.start()

    async def _restart(self, _: Step) -> None:
        await self.broker.restart(after_ms=TIMED_OUT_MS)

    async def _kill(self, _: Step) -> None:
        await self.broker.kill()

    async def check(self) -> None:
        for index in INDEXES:
            assert await read_committed(self.send, index=index) == self.model.visible(index)
        for who, transaction in enumerate(self.model.open):
            found = await committed_offset(self.send, f"group {who}")
            if transaction is not None and transaction.offset is not None:
                assert found == (ErrorCode.UNSTABLE_OFFSET_COMMIT, -1)
            else:
                assert found == (NONE, self.model.offsets[who])


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_readers_see_what_was_committed_and_nothing_else_whatever_happens_in_between(
    steps: list[Step],
) -> None:
    async def run() -> None:
        run = Run()
        await run.start()
        for step in steps:
            await run.take(step)
            await run.check()
        await run.broker.stop()

    asyncio.run(run())
