"""Transactions of both kinds of clients: every request in every state that lasts."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from compat.differential.conversation import Conversation, scenario
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.describe_transactions import DescribeTransactionsRequest
from tests.handlers.transactional_producer import NEWEST, OLDER, Transactor

KINDS = {"old": OLDER, "new": NEWEST}
LASTING = ("Empty", "CompleteCommit", "CompleteAbort")


class Play:
    """One transactional id of one kind of client, and the topic that it writes to."""

    def __init__(self, talk: Conversation, topic: str, kind: str, word: str) -> None:
        self.talk = talk
        self.name = talk.name(f"{kind}-{word}")
        self.producer = Transactor(self._send, self.name, topic=topic, versions=KINDS[kind])
        self._until(lambda state: state.error_code == ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)

    async def _send(self, request: Any, version: int) -> Any:
        return self.talk.ask(request, version)

    def _until(self, wanted: Callable[[Any], bool]) -> None:
        request = DescribeTransactionsRequest(transactional_ids=[self.name])
        self.talk.until(request, lambda response: wanted(response.transaction_states[0]))

    def settle(self) -> None:
        """Apache Kafka answers before all partitions have their markers."""
        self._until(lambda state: state.transaction_state in LASTING)

    async def begin(self) -> None:
        if self.producer.versions is OLDER:
            await self.producer.add(0)
        await self.producer.produce(b"value")

    async def end(self, *, commit: bool) -> None:
        await self.producer.end(commit=commit)
        self.settle()


def plays(
    script: Callable[[Play], Coroutine[Any, Any, None]],
) -> Callable[[Conversation], None]:
    """The script for both kinds of clients."""

    def play(talk: Conversation) -> None:
        topic = talk.create_topic()
        for kind in KINDS:
            asyncio.run(script(Play(talk, topic, kind, script.__name__)))

    play.__name__ = script.__name__
    play.__module__ = script.__module__
    return scenario(play)


@plays
async def nothing_open(play: Play) -> None:
    producer = play.producer
    await producer.init()
    await producer.end(commit=True)
    await play.end(commit=False)
    await producer.end(commit=True)


@plays
async def an_end_may_come_again(play: Play) -> None:
    producer = play.producer
    await producer.init()
    for commit in (True, False):
        await play.begin()
        before = producer.twin()
        await play.end(commit=commit)
        for again in (True, False):
            await before.twin().end(commit=again)
        await producer.end(commit=True)
        await play.end(commit=False)
        await before.end(commit=commit)


@plays
async def ends_of_somebody_else(play: Play) -> None:
    producer = play.producer
    await producer.init()
    await play.begin()
    for identity in (
        (producer.producer_id, producer.epoch + 1),
        (producer.producer_id, producer.epoch - 1),
        (producer.producer_id + 100_000, producer.epoch),
    ):
        other = producer.twin()
        other.producer_id, other.epoch = identity
        await other.end(commit=True)
        await other.add(0)
        await other.add_offsets()
    await play.end(commit=True)


@plays
async def a_second_producer(play: Play) -> None:
    first = play.producer
    await first.init()
    await play.begin()
    second = first.twin()
    await second.init()
    play.settle()
    await second.init()
    await first.produce(b"late")
    await first.add(0)
    await first.end(commit=True)
    await first.init(resumes=True)
    await first.add_offsets()
    await second.init(resumes=True)


@plays
async def a_producer_resumes(play: Play) -> None:
    producer = play.producer
    await producer.init()
    before = producer.twin()
    await producer.init(resumes=True)
    await before.twin().init(resumes=True)
    await producer.init(resumes=True)
    await before.init(resumes=True)
    await play.begin()
    await producer.init(resumes=True)
    play.settle()
    await producer.init(resumes=True)


@plays
async def offsets(play: Play) -> None:
    producer = play.producer
    await producer.init()
    group = play.talk.name(f"group-{play.name}")
    if producer.versions is OLDER:
        await producer.commit_offset(5, group=group)
        await producer.add_offsets(group)
    await producer.commit_offset(5, group=group)
    await producer.commit_offset(5, group=group, index=9)
    await producer.commit_offset(5, group=group, member_id="nobody", generation_id=1)
    await play.end(commit=True)
    await producer.commit_offset(6, group="")


@plays
async def unknown_ids_and_timeouts(play: Play) -> None:
    producer = play.producer
    producer.producer_id, producer.epoch = 100_000, 0
    await producer.end(commit=True)
    await producer.add(0)
    await producer.add_offsets()
    await producer.init(resumes=True)
    for timeout_ms in (0, -1, 900_000, 900_001):
        await producer.init(timeout_ms=timeout_ms)
    producer.name = ""
    await producer.init()
    await producer.end(commit=True)
