"""Transactional producers and a reader of a broker in memory, which write down what they are told.

A producer behaves as real ones do: it has one batch on its way to each partition, waits for all of them
before it commits, repeats what may be repeated, and begins anew when it is refused. Its requests are tasks:
the test goes on while they wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.fetch import FetchPartition, FetchRequest, FetchTopic
from kafkapy.records.batch import iterate_headers, records_of
from tests.faults.exactly_once.history import Outcome, Seen, Transaction, Write
from tests.handlers.transactional_producer import OLDER, Send, Transactor

NONE = ErrorCode.NONE
PATIENCE = {
    ErrorCode.CONCURRENT_TRANSACTIONS,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.NOT_ENOUGH_REPLICAS,
    ErrorCode.REQUEST_TIMED_OUT,
}
"""Codes after which the same request is sent again."""


class Account:
    """One transaction, as its producer sees it. `outcome` is None until it has asked for an end."""

    def __init__(self, producer: str) -> None:
        self.producer = producer
        self.writes: list[Write] = []
        self.offset: int | None = None
        self.outcome: Outcome | None = None
        self.is_broken = False
        self.is_in_doubt = False

    def transaction(self) -> Transaction:
        return Transaction(self.producer, self.outcome or Outcome.ABORTED, tuple(self.writes))


class Instance:
    """One run of a program with a transactional id; a later one with the same id makes it a zombie."""

    def __init__(self, send: Send, name: str, number: int, versions: dict[str, int], topic: str) -> None:
        self.label = f"{name}.{number}"
        self.name = name
        self.group = f"group {name}"
        self.accounts: list[Account] = []
        self.account: Account | None = None
        self.is_started = False
        self.ending: bool | None = None
        self._producer = Transactor(send, name, topic=topic, versions=versions)
        self._tasks: dict[object, asyncio.Task[None]] = {}
        self._late: set[asyncio.Task[None]] = set()

    # -- what the test may have it do ----------------------------------------------------------------------

    def start(self, fenced: Callable[[], None]) -> None:
        """InitProducerId, without waiting for what is on its way; `fenced` is called when it has the id for
        itself.
        """
        if "end" not in self._tasks and "start" not in self._tasks:
            self.is_started = False
            self._late |= set(self._tasks.values())
            self._tasks.clear()
            self._begin("start", self._start(self._producer.twin(), fenced))

    def write(self, value: str, index: int) -> None:
        if self._may_write(index):
            self._begin(index, self._write(self._opened(), self._producer, value, index))

    def commit_offset(self, offset: int) -> None:
        if self._may_write("offset"):
            self._begin("offset", self._commit_offset(self._opened(), self._producer, offset))

    def end(self, *, commit: bool) -> None:
        """Commit or abort; what it has asked for before it asks for again. An older client that does not
        know what became of a batch has to start anew: its epoch, which an abort leaves, has used the numbers.
        """
        account = self.account
        if account is None or not self.is_started or self._tasks:
            return
        if account.is_broken and self._producer.versions is OLDER:
            return
        commit = commit and not account.is_broken if self.ending is None else self.ending
        self.ending = commit
        self._begin("end", self._end(account, self._producer, commit))

    def lose_answers(self) -> None:
        """The broker is gone: nothing that is on its way is ever answered. The producer knows no more."""
        for late in self._late:
            late.cancel()
        for name, task in self._tasks.items():
            task.cancel()
            if self.account is not None:
                if name == "end":
                    self.account.is_in_doubt = True
                else:
                    self.account.is_broken = True
        self._tasks.clear()

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks) or not all(late.done() for late in self._late)

    def fence(self) -> None:
        """Another has its id: what it has not asked to be committed is aborted."""
        for account in self.accounts:
            if account.outcome is None:
                account.outcome = Outcome.ABORTED

    # -- how it does it ------------------------------------------------------------------------------------

    def _begin(self, name: object, work: Any) -> None:
        task = self._tasks[name] = asyncio.ensure_future(work)

        def done(ended: "asyncio.Task[None]") -> None:
            if self._tasks.get(name) is ended:
                del self._tasks[name]
            if not ended.cancelled():
                ended.result()

        task.add_done_callback(done)

    def _may_write(self, what: object) -> bool:
        is_writable = self.account is None or not self.account.is_broken
        return self.is_started and is_writable and self.ending is None and what not in self._tasks

    def _opened(self) -> Account:
        if self.account is None:
            self.account = Account(self.label)
            self.accounts.append(self.account)
        return self.account

    async def _start(self, producer: Transactor, fenced: Callable[[], None]) -> None:
        assert await _patiently(producer.init) is NONE
        self.fence()
        fenced()
        self._producer = producer
        self.account = self.ending = None
        self.is_started = True

    async def _write(self, account: Account, producer: Transactor, value: str, index: int) -> None:
        place = len(account.writes)
        account.writes.append(Write(producer.topic, index, value))
        if producer.versions is OLDER and await _patiently(lambda: producer.add(index)) is not NONE:
            account.is_broken = True
            return
        if await _patiently(lambda: producer.produce(value.encode(), index=index)) is NONE:
            account.writes[place] = account.writes[place]._replace(offset=producer.base_offset)
        else:
            account.is_broken = True

    async def _commit_offset(self, account: Account, producer: Transactor, offset: int) -> None:
        if producer.versions is OLDER:
            code = await _patiently(lambda: producer.add_offsets(self.group))
            if code is not NONE:
                account.is_broken = True
                return
        if await _patiently(lambda: producer.commit_offset(offset, group=self.group)) is NONE:
            account.offset = offset
        else:
            account.is_broken = True

    async def _end(self, account: Account, producer: Transactor, commit: bool) -> None:
        was_aborted = account.outcome is Outcome.ABORTED
        if commit and not was_aborted:
            account.outcome = Outcome.UNKNOWN
        code = await _patiently(lambda: producer.end(commit=commit))
        if code is not NONE:
            self.is_started = False
            if not account.is_in_doubt:
                account.outcome = Outcome.ABORTED
            return
        assert not (commit and was_aborted), f"{self.label} has committed what another had aborted"
        account.outcome = Outcome.COMMITTED if commit else Outcome.ABORTED
        self.account = self.ending = None


async def _patiently(request: Callable[[], Awaitable[ErrorCode]]) -> ErrorCode:
    while (code := await request()) in PATIENCE:  # noqa: ASYNC110 - the broker says no more than "not yet"
        await asyncio.sleep(0)
    return code


class Reader:
    """Reads on from where it was, of some partitions of a topic. `isolation`: 1 for committed records."""

    def __init__(self, send: Send, topic: str, isolation: int) -> None:
        self.seen: list[Seen] = []
        self._send = send
        self._topic = topic
        self._isolation = isolation
        self.positions: dict[int, int] = {}

    async def poll(self, index: int) -> bool:
        """What there is now; False if that is nothing."""
        position = self.positions.get(index, 0)
        partition = FetchPartition(partition=index, fetch_offset=position, partition_max_bytes=1 << 20)
        request = FetchRequest(
            topics=[FetchTopic(topic=self._topic, partitions=[partition])],
            max_wait_ms=0,
            min_bytes=0,
            isolation_level=self._isolation,
            forgotten_topics_data=[],
        )
        (answer,) = (await self._send(request, 12)).responses[0].partitions
        assert answer.error_code == NONE, f"{self._topic}-{index} at {position}: {answer.error_code}"
        aborted = sorted(answer.aborted_transactions or (), key=lambda each: each.first_offset)
        ended: set[int] = set()
        for place, header in iterate_headers(answer.records):
            while aborted and aborted[0].first_offset <= header.last_offset:
                ended.add(aborted.pop(0).producer_id)
            records = list(records_of(answer.records, place, header))
            if header.is_control:
                ended.discard(header.producer_id)
            elif header.producer_id not in ended:
                self.seen += [
                    Seen(self._topic, index, record.offset, (record.value or b"").decode())
                    for record in records
                    if record.offset >= position
                ]
            self.positions[index] = header.next_offset
        return self.positions.get(index, 0) > position

    async def read_to_end(self, *indexes: int) -> "Reader":
        for index in indexes:
            while await self.poll(index):
                pass
        return self
