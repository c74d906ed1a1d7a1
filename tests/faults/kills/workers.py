"""Real clients at work in threads, while the broker under them dies and comes back: writers, and groups that
commit.

Each tells the history what it was told; what it cannot explain ends it and is raised by `finish`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from random import Random

from tests.clients.facade import Client, Committed, Consumer, Placed, Producer, Refused, Seen, Sent
from tests.faults.history import Acknowledged, History, Place, value_of

CLOSE_SECONDS = 60
LARGEST_BATCH = 12
LARGEST_PADDING = 1500
LONGEST_PAUSE_SECONDS = 0.5
"""Between two batches of a writer: what piles up is read again after every kill."""
PATIENT: Mapping[str, Mapping[str, object]] = {
    "kafka-python": {"retry_backoff_ms": 50, "reconnect_backoff_max_ms": 200, "linger_ms": 0},
    "aiokafka": {"retry_backoff_ms": 50},
    "confluent-kafka": {"retry_backoff_ms": 50, "reconnect_backoff_ms": 20, "reconnect_backoff_max_ms": 200},
}
IN_ORDER: Mapping[str, Mapping[str, object]] = {
    "kafka-python": {"max_in_flight_requests_per_connection": 1, "enable_idempotence": False},
    "aiokafka": {"enable_idempotence": False},
    "confluent-kafka": {"max_in_flight_requests_per_connection": 1, "enable_idempotence": False},
}


class Worker:
    """A thread that does its `step` again and again until it is told to finish."""

    def __init__(self, name: str, step: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._ends = threading.Event()
        self._step = step
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._ends.is_set():
                self._step()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self.error = error

    def finish(self) -> None:
        """Wait for the last step, and raise what went wrong."""
        self._ends.set()
        self._thread.join(CLOSE_SECONDS)
        if self.error is not None:
            raise self.error
        assert not self._thread.is_alive(), f"{self._thread.name} does not end"


class Writer:
    """Sends a few records to one partition, waits for their acknowledgements, and so on. Nothing may be
    refused.
    """

    def __init__(
        self, name: bytes, producer: Producer, topic: str, partitions: int, history: History, chance: Random
    ) -> None:
        self.name = name
        self._producer = producer
        self._topic = topic
        self._partitions = partitions
        self._history = history
        self._chance = chance
        self._number = 0

    def step(self) -> None:
        chance = self._chance
        partition = chance.randrange(self._partitions)
        count = chance.randint(1, LARGEST_BATCH)
        values = [
            value_of(self.name, self._number + n, chance.randrange(LARGEST_PADDING)) for n in range(count)
        ]
        self._number += count
        self._history.attempt(self.name, values)
        for value in values:
            self._producer.send(self._topic, Sent(value, partition=partition))
        told = zip(values, self._producer.results(), strict=True)
        self._history.acknowledge(self.name, [self._acknowledged(value, answer) for value, answer in told])
        time.sleep(chance.uniform(0, LONGEST_PAUSE_SECONDS))

    def _acknowledged(self, value: bytes, answer: Placed | Refused) -> Acknowledged:
        if isinstance(answer, Refused):
            raise answer
        return Acknowledged((self._topic, answer.partition), answer.offset, value)


class Reader:
    """The only member of a group: reads, commits where it is, and compares what comes with where it was."""

    def __init__(self, group: str, consumer: Consumer, history: History) -> None:
        self._group = group
        self._consumer = consumer
        self._history = history
        self._next: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}

    def step(self) -> None:
        try:
            seen = self._consumer.poll(0.1)
        except Refused:
            return
        for record in seen:
            self._take(record)
        if seen:
            self._commit()

    def _take(self, record: Seen) -> None:
        """Records follow each other; after a new start of the group from what was committed at the latest."""
        place = (record.topic, record.partition)
        expected = self._next.get(place, 0)
        assert record.offset <= expected, f"{self._group}: {place} goes on at {record.offset}, not {expected}"
        assert record.offset >= self._committed.get(place, 0), f"{self._group}: {place} fell behind a commit"
        self._next[place] = record.offset + 1

    def _commit(self) -> None:
        positions = dict(self._next)
        try:
            self._consumer.commit({place: Committed(offset, "") for place, offset in positions.items()})
        except Refused:
            return
        self._committed = positions
        for place, offset in positions.items():
            self._history.commit(self._group, place, offset)


def writer_of(
    client: Client,
    topic: str,
    partitions: int,
    history: History,
    chance: Random,
    *,
    idempotent: bool,
) -> Writer:
    """Idempotent, or plain with one request at a time so that retries stay in order."""
    options = {"enable_idempotence": True} if idempotent else IN_ORDER[client.name]
    producer = client.producer(acks="all", **{**PATIENT[client.name], **options})
    name = f"{client.name}-{'idempotent' if idempotent else 'plain'}".encode()
    return Writer(name, producer, topic, partitions, history, chance)
