"""Readers of committed records, and the writer of what is copied."""

import random
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition

from tests.faults.exactly_once.copier import COMMON
from tests.faults.exactly_once.history import Outcome, Reading, Seen, Transaction, Write


def reader_of(bootstrap: str, places: Sequence[tuple[str, int]]) -> Consumer:
    """One that stands at the start of each of these partitions."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "no-group",
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 100,
            **COMMON,
        }
    )
    consumer.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in places])
    return consumer


def seen_of(message: Message) -> Seen:
    return Seen(message.topic(), message.partition(), message.offset(), message.value().decode())


def read_everything(bootstrap: str, places: Sequence[tuple[str, int]], seconds: float = 30.0) -> Reading:
    """All that is committed. Fails if a transaction is still open when the time is over."""
    consumer = reader_of(bootstrap, places)
    missing = {place: consumer.get_watermark_offsets(TopicPartition(*place), 10)[1] for place in places}
    seen: list[Seen] = []
    deadline = time.monotonic() + seconds
    while missing:
        assert time.monotonic() < deadline, f"still open at the end: {missing}"
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error() is None:
            seen.append(seen_of(message))
        for place in list(missing):
            (position,) = consumer.position([TopicPartition(*place)])
            if position.offset >= missing[place] or missing[place] == 0:
                del missing[place]
    consumer.close()
    return Reading("everything", tuple(seen), is_complete=True)


class Watcher:
    """Reads on while things go wrong."""

    def __init__(self, bootstrap: str, places: Sequence[tuple[str, int]]) -> None:
        self._consumer = reader_of(bootstrap, places)
        self._seen: list[Seen] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._read)

    def _read(self) -> None:
        while not self._stopped:
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                self._seen.append(seen_of(message))

    def reading(self) -> Reading:
        return Reading("watcher", tuple(self._seen))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        self._thread.join()
        self._consumer.close()


class Writer:
    """Writes numbers into a topic while it is in its context: idempotent producers, one record at a time.

    One that has an error that it cannot survive is followed by another: Apache Kafka remembers only a
    producer's last batch when it is killed, and refuses to have the one before sent again. `errors` has them.
    """

    def __init__(
        self, bootstrap: str, topic: str, partitions: int, *, per_second: float, chance: random.Random
    ) -> None:
        self.errors: list[str] = []
        self._bootstrap = bootstrap
        self._topic = topic
        self._partitions = partitions
        self._pause = 1 / per_second
        self._chance = chance
        self._writes: list[Write] = []
        self._producer = self._new_producer()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _new_producer(self) -> Producer:
        config = {"bootstrap.servers": self._bootstrap, "enable.idempotence": True, "linger.ms": 2}
        return Producer({**config, **COMMON})

    def _write(self) -> None:
        while not self._stopped.wait(self._pause):
            place = len(self._writes)
            write = Write(self._topic, self._chance.randrange(self._partitions), str(place))
            self._writes.append(write)

            def delivered(error: object, message: Message, place: int = place) -> None:
                if error is None:
                    self._writes[place] = self._writes[place]._replace(offset=message.offset())

            try:
                self._producer.produce(
                    write.topic, write.value, partition=write.partition, on_delivery=delivered
                )
            except KafkaException as error:
                self.errors.append(str(error))
                self._producer.flush(10)
                self._producer = self._new_producer()
            self._producer.poll(0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def written(self) -> list[Transaction]:
        """All of it, once it has left the context; each record a transaction of its own."""
        assert self._producer.flush(60) == 0, "the broker is back, but does not take what is left"
        return [
            Transaction("writer", Outcome.UNKNOWN if write.offset is None else Outcome.COMMITTED, (write,))
            for write in self._writes
        ]
