"""Clients of a broker that will lose its power: each does one thing at a time, when it is its turn."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.batch import iterate_headers, records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.memory_files import PowerCut
from tests.faults.history import Acknowledged, Place, value_of
from tests.faults.power.administrator import administer
from tests.faults.power.ledger import Ledger, Transaction
from tests.faults.power.machine import Machine
from tests.faults.reading import READ_COMMITTED, READ_UNCOMMITTED, fetch
from tests.handlers.group_requests import commit_request, join_request, sync_request
from tests.handlers.transactional_producer import Transactor
from tests.harness.memory_transport import ConnectionClosed

RETRIABLE = {
    ErrorCode.NOT_COORDINATOR,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    ErrorCode.CONCURRENT_TRANSACTIONS,
    ErrorCode.REQUEST_TIMED_OUT,
}
FORGOTTEN = {
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    ErrorCode.INVALID_PRODUCER_EPOCH,
    ErrorCode.INVALID_TXN_STATE,
}
"""What a producer may hear after a power failure that `os` does not protect from: somebody has had its id, or
its id and epoch, before, in a life of which the metadata log or the coordinator knows nothing any more.
"""
GONE = {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.OFFSET_OUT_OF_RANGE}
ALL, LEADER = -1, 1
TRANSACTIONS = 2
QUARTER_OF_AN_HOUR_MS = 900_000


class Actors:
    """All of them, waiting for their turns."""

    def __init__(
        self,
        machine: Machine,
        ledger: Ledger,
        chance: Random,
        transaction_timeout_ms: int = QUARTER_OF_AN_HOUR_MS,
    ) -> None:
        self.transaction_timeout_ms = transaction_timeout_ms
        self.ledger = ledger
        self.chance = chance
        self.broker = machine
        self._waiting: list[asyncio.Future[None]] = []
        plays: list[Callable[[], Awaitable[None]]] = [
            lambda: administer(self),
            lambda: administer(self),
            lambda: self.write(LEADER),
            lambda: self.write(ALL),
            lambda: self.write(ALL),
            self.write_once,
            self.write_once,
            self.commit_alone,
            self.commit_as_member,
            self.read,
        ]
        plays += [lambda name=f"id-{n}": self.transact(name) for n in range(TRANSACTIONS)]  # type: ignore[misc]
        self._tasks = [asyncio.ensure_future(self._play(play)) for play in plays]

    async def _play(self, play: Callable[[], Awaitable[None]]) -> None:
        try:
            await play()
        except (PowerCut, ConnectionClosed):
            return

    async def turn(self) -> None:
        """Wait for one's turn."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def release_one(self) -> None:
        """It is somebody's turn, if anybody waits."""
        if self._waiting:
            self._waiting.pop(self.chance.randrange(len(self._waiting))).set_result(None)

    def end(self) -> None:
        """Nobody does anything any more."""
        for task in self._tasks:
            task.cancel()

    def check(self) -> None:
        """Raise what an actor could not explain."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                error = task.exception()
                if error is not None:
                    raise error

    async def _ask(self, request: Any, version: int) -> Any:
        """The answer, once it is a good one."""
        while True:
            answer = await self.broker.send(request, version)
            if answer.error_code not in RETRIABLE:
                assert answer.error_code == ErrorCode.NONE, ErrorCode(answer.error_code)
                return answer
            await self.turn()

    def some_place(self) -> Place | None:
        places = self.ledger.usable_places
        return self.chance.choice(places) if places else None

    # What they do

    async def write(self, acks: int) -> None:
        """A plain producer: what it is told with `acks` of all counts."""
        name = b"plain-%d" % self.ledger.next_number()
        number = 0
        while True:
            await self.turn()
            place = self.some_place()
            if place is None:
                continue
            values = self._values(name, number)
            number += len(values)
            batch = build_batch([NewRecord(None, value, self.broker.clock.now_ms()) for value in values])
            await self._produce(name, place, values, batch, acks)

    async def write_once(self) -> None:
        """An idempotent producer, which tries a batch again whose answer it did not get."""
        name = b"once-%d" % self.ledger.next_number()
        self.ledger.once.add(name)
        await self.turn()
        answer = await self._ask(InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000), 4)
        number = 0
        sequences: dict[Place, int] = {}
        while True:
            await self.turn()
            place = self.some_place()
            if place is None:
                continue
            values = self._values(name, number)
            number += len(values)
            sequence = sequences.get(place, 0)
            batch = build_batch(
                [NewRecord(None, value, self.broker.clock.now_ms()) for value in values],
                producer_id=answer.producer_id,
                producer_epoch=answer.producer_epoch,
                base_sequence=sequence,
            )
            for _ in range(self.chance.choice((1, 1, 2))):  # sometimes the answer does not reach it
                await self._produce(name, place, values, bytearray(batch), ALL)
            sequences[place] = sequence + len(values)

    async def transact(self, name: str) -> None:
        """A transactional producer, with one transaction after the other."""
        producer = Transactor(self.broker.send, name)
        await self.turn()
        await self.broker.send(FindCoordinatorRequest(key=name, key_type=1), 3)
        while await producer.init(timeout_ms=self.transaction_timeout_ms) in RETRIABLE:
            await self.turn()
        while True:
            transaction = Transaction()
            self.ledger.transactions.append(transaction)
            sequences: dict[Place, int] = {}
            for _ in range(self.chance.randint(1, 3)):
                await self.turn()
                place = self.some_place()
                if place is not None:
                    await self._produce_in(transaction, producer, place, sequences)
            if not transaction.values:
                continue
            transaction.asked = self.chance.random() < 0.7
            code = await producer.end(commit=transaction.asked)
            while code in RETRIABLE:
                await self.turn()
                code = await producer.end(commit=transaction.asked)
            if self.ledger.was_cut and code in FORGOTTEN:
                return
            assert code is ErrorCode.NONE, code
            transaction.is_acknowledged = True

    async def _produce_in(
        self, transaction: Transaction, producer: Transactor, place: Place, sequences: dict[Place, int]
    ) -> None:
        origin = b"transaction-%d" % self.ledger.next_number()
        values = self._values(origin, 0)
        self.ledger.history.attempt(origin, values)
        producer.topic, index = place
        sequence = sequences.get(place, 0)
        code = await producer.produce(*values, index=index, sequence=sequence)
        while code in RETRIABLE:
            await self.turn()
            producer.topic = place[0]
            code = await producer.produce(*values, index=index, sequence=sequence)
        if code is ErrorCode.NONE:
            sequences[place] = sequence + len(values)
            transaction.values |= dict.fromkeys(values, place)
        else:
            forgotten = self.ledger.was_cut and code in FORGOTTEN
            assert code in GONE or forgotten or not self.ledger.topics[place[0]].is_usable, code

    async def commit_alone(self) -> None:
        """Commits without being a member."""
        await self.broker.send(FindCoordinatorRequest(key="alone"), 3)
        while True:
            await self.turn()
            await self._commit("alone")

    async def commit_as_member(self) -> None:
        """The only member of a classic group of its own."""
        group = f"group-{self.ledger.next_number()}"
        await self.turn()
        await self.broker.send(FindCoordinatorRequest(key=group), 3)
        joined = await self._ask(join_request(group=group), 3)
        shares = {joined.member_id: b"share"}
        await self.broker.send(
            sync_request(joined.member_id, shares, group_id=group, generation_id=joined.generation_id), 3
        )
        while True:
            await self.turn()
            await self._commit(
                group, member_id=joined.member_id, generation_id_or_member_epoch=joined.generation_id
            )

    async def _commit(self, group: str, **member: Any) -> None:
        place = self.some_place()
        if place is None:
            return
        offset = self.ledger.next_number()
        self.ledger.attempted_commits[group, place].add(offset)
        request = commit_request((place[1], offset), topic=place[0], group_id=group, **member)
        response = await self.broker.send(request, 8)
        code = ErrorCode(response.topics[0].partitions[0].error_code)
        if code is ErrorCode.NONE:
            self.ledger.history.commit(group, place, offset)
        else:
            assert code in GONE | RETRIABLE, code

    async def read(self) -> None:
        """Remembers what it was given."""
        while True:
            await self.turn()
            place = self.some_place()
            if place is None:
                continue
            isolation = self.chance.choice((READ_COMMITTED, READ_UNCOMMITTED))
            answer = await fetch(self.broker, place, 0, isolation)
            for position, header in iterate_headers(answer.records or b""):
                if not header.is_control:
                    for record in records_of(answer.records, position, header):
                        self.ledger.seen[place, record.offset] = record.value or b""

    def _values(self, name: bytes, number: int) -> list[bytes]:
        count = self.chance.randint(1, 4)
        return [value_of(name, number + n, self.chance.choice((0, 10, 300))) for n in range(count)]

    async def _produce(
        self, name: bytes, place: Place, values: list[bytes], batch: bytearray, acks: int
    ) -> None:
        self.ledger.history.attempt(name, values)
        data = [PartitionProduceData(index=place[1], records=batch)]
        request = ProduceRequest(
            acks=acks, timeout_ms=30_000, topic_data=[TopicProduceData(name=place[0], partition_data=data)]
        )
        response = await self.broker.send(request, 12)
        answer = response.responses[0].partition_responses[0]
        if answer.error_code == ErrorCode.NONE:
            if acks == ALL:
                records = (
                    Acknowledged(place, answer.base_offset + n, value) for n, value in enumerate(values)
                )
                self.ledger.history.acknowledge(name, records)
        else:
            is_gone = not self.ledger.topics[place[0]].is_usable
            forgotten = self.ledger.was_cut and answer.error_code in FORGOTTEN
            assert answer.error_code in GONE or is_gone or forgotten, ErrorCode(answer.error_code)
