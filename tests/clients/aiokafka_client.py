"""aiokafka behind the facade, its event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Mapping
from concurrent.futures import CancelledError
from typing import TypeVar

import aiokafka
from aiokafka.errors import KafkaError

from tests.clients.facade import Committed, Consumer, Partition, Placed, Refused, Seen, Sent, T

SECONDS = 20.0
CONSUMER = {
    "auto_offset_reset": "earliest",
    "enable_auto_commit": False,
    "fetch_max_wait_ms": 100,
    "heartbeat_interval_ms": 300,
    "session_timeout_ms": 10_000,
}
Startable = TypeVar("Startable", aiokafka.AIOKafkaConsumer, aiokafka.AIOKafkaProducer)
PRODUCER = {"metadata_max_age_ms": 5000}


def refused(error: Exception) -> Refused:
    return Refused(getattr(error, "errno", -1000), repr(error))


async def started(client: Startable) -> Startable:
    """Start it; when that fails, stop it, since nobody else will."""
    try:
        await client.start()
    except BaseException:
        await client.stop()
        raise
    return client


class LoopThread:
    """An event loop that runs in a thread until it is closed."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aiokafka loop")
        self._thread.start()

    def ask(self, coroutine: Coroutine[object, object, T], seconds: float = 2 * SECONDS) -> T:
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)
        except KafkaError as error:
            raise refused(error) from error

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class AiokafkaProducer:
    def __init__(self, loop: LoopThread, producer: aiokafka.AIOKafkaProducer) -> None:
        self._loop = loop
        self._producer = producer
        self._sent: list[asyncio.Future[object] | Refused] = []

    def send(self, topic: str, record: Sent) -> None:
        sending = self._producer.send(
            topic,
            value=record.value,
            key=record.key,
            partition=record.partition,
            timestamp_ms=record.timestamp_ms,
            headers=list(record.headers),
        )
        try:
            self._sent.append(self._loop.ask(sending))
        except Refused as error:
            self._sent.append(error)

    def results(self) -> list[Placed | Refused]:
        sent, self._sent = self._sent, []
        return self._loop.ask(self._results(sent))

    async def _results(self, sent: list[asyncio.Future[object] | Refused]) -> list[Placed | Refused]:
        await self._producer.flush()
        return [sending if isinstance(sending, Refused) else await self._result(sending) for sending in sent]

    async def _result(self, sending: asyncio.Future[object]) -> Placed | Refused:
        try:
            metadata = await asyncio.wait_for(sending, SECONDS)
        except KafkaError as error:
            return refused(error)
        if metadata is None:
            return Placed(-1, -1)  # acks=0
        return Placed(metadata.partition, metadata.offset)

    def begin(self) -> None:
        self._loop.ask(self._producer.begin_transaction())

    def commit(self) -> None:
        self._loop.ask(self._producer.commit_transaction())

    def abort(self) -> None:
        self._loop.ask(self._producer.abort_transaction())

    def send_offsets(self, consumer: Consumer, offsets: Mapping[Partition, int]) -> None:
        assert isinstance(consumer, AiokafkaConsumer)
        positions = {aiokafka.TopicPartition(*partition): offset for partition, offset in offsets.items()}
        self._loop.ask(self._producer.send_offsets_to_transaction(positions, consumer.group))

    def close(self) -> None:
        self._loop.ask(self._producer.stop())


class AiokafkaConsumer:
    def __init__(self, loop: LoopThread, consumer: aiokafka.AIOKafkaConsumer, group: str | None) -> None:
        self._loop = loop
        self._consumer = consumer
        self.group = group

    def poll(self, seconds: float) -> list[Seen]:
        batches = self._loop.ask(self._consumer.getmany(timeout_ms=int(seconds * 1000)))
        return [
            Seen(
                record.topic,
                record.partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
                tuple(record.headers),
            )
            for records in batches.values()
            for record in records
        ]

    def assign(self, partitions: Iterable[Partition]) -> None:
        async def assign() -> None:
            self._consumer.assign([aiokafka.TopicPartition(*partition) for partition in partitions])

        self._loop.ask(assign())

    def assignment(self) -> set[Partition]:
        return {(partition.topic, partition.partition) for partition in self._consumer.assignment()}

    def seek(self, partition: Partition, offset: int) -> None:
        async def seek() -> None:
            self._consumer.seek(aiokafka.TopicPartition(*partition), offset)

        self._loop.ask(seek())

    def position(self, partition: Partition) -> int:
        return self._loop.ask(self._consumer.position(aiokafka.TopicPartition(*partition)))

    def bounds(self, partition: Partition) -> tuple[int, int]:
        at = aiokafka.TopicPartition(*partition)
        first = self._loop.ask(self._consumer.beginning_offsets([at]))
        return first[at], self._loop.ask(self._consumer.end_offsets([at]))[at]

    def offset_at(self, partition: Partition, timestamp_ms: int) -> int | None:
        at = aiokafka.TopicPartition(*partition)
        found = self._loop.ask(self._consumer.offsets_for_times({at: timestamp_ms}))[at]
        return None if found is None else found.offset

    def commit(self, offsets: Mapping[Partition, Committed] | None = None) -> None:
        positions = offsets and {
            aiokafka.TopicPartition(*partition): (committed.offset, committed.metadata)
            for partition, committed in offsets.items()
        }
        self._loop.ask(self._consumer.commit(positions))

    def committed(self, partition: Partition) -> Committed | None:
        """aiokafka gives the offset only."""
        found = self._loop.ask(self._consumer.committed(aiokafka.TopicPartition(*partition)))
        return None if found is None else Committed(found, "")

    def close(self) -> None:
        try:
            self._loop.ask(self._consumer.stop())
        except CancelledError:  # aiokafka 0.14 trips over a fetch that it has cancelled itself
            self._loop.ask(self._consumer.stop())


class AiokafkaClient:
    name = "aiokafka"

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._loop = LoopThread()
        self._open: list[AiokafkaProducer | AiokafkaConsumer] = []

    def producer(self, **options: object) -> AiokafkaProducer:
        async def start() -> aiokafka.AIOKafkaProducer:
            producer = aiokafka.AIOKafkaProducer(bootstrap_servers=self.bootstrap, **{**PRODUCER, **options})
            return await started(producer)

        producer = AiokafkaProducer(self._loop, self._loop.ask(start()))
        self._open.append(producer)
        return producer

    def consumer(self, *topics: str, group: str | None = None, **options: object) -> AiokafkaConsumer:
        async def start() -> aiokafka.AIOKafkaConsumer:
            consumer = aiokafka.AIOKafkaConsumer(
                *topics, bootstrap_servers=self.bootstrap, group_id=group, **{**CONSUMER, **options}
            )
            return await started(consumer)

        consumer = AiokafkaConsumer(self._loop, self._loop.ask(start()), group)
        self._open.append(consumer)
        return consumer

    def close(self) -> None:
        while self._open:
            self._open.pop().close()
        self._loop.close()
