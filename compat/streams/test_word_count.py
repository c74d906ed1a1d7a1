"""Kafka Streams counts words exactly, whoever is killed meanwhile."""

import random
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from compat.streams.word_count import NoStreams, WordCount, compiled
from tests.clients.conftest import create_topic, wait_for_coordinator
from tests.clients.facade import until
from tests.harness.broker_process import BrokerProcess

PARTITIONS = 4
WORDS = [f"word-{number}" for number in range(20)]
SETTINGS = (
    "group.initial.rebalance.delay.ms=0",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
)
QUIET = {"log_level": 0, "reconnect.backoff.max.ms": 200, "metadata.recovery.strategy": "none"}


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        return compiled(tmp_path_factory.mktemp("classes"))
    except NoStreams as missing:
        pytest.skip(f"{missing} So Kafka Streams stays untested.")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    with BrokerProcess(tmp_path / "data", *SETTINGS) as broker:
        wait_for_coordinator(broker.bootstrap)
        yield broker


class Lines:
    """Writes lines of words until it is told to stop; `counted` are the words that are in the topic then."""

    def __init__(self, bootstrap: str) -> None:
        self.counted: Counter[str] = Counter()
        self._chance = random.Random(1)
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5, **QUIET}
        )
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        while not self._stopped.wait(0.005):
            words = self._chance.choices(WORDS, k=5)
            self.counted.update(words)
            self._producer.produce("lines", " ".join(words), partition=self._chance.randrange(PARTITIONS))
            self._producer.poll(0)

    def stop(self) -> Counter[str]:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        assert self._producer.flush(60) == 0
        return self.counted


class Counts:
    """The committed records of the output: for each word its counts, in order."""

    def __init__(self, bootstrap: str) -> None:
        self.by_word: dict[str, list[int]] = defaultdict(list)
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "no-group",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                **QUIET,
            }
        )
        places = (TopicPartition("counts", index, OFFSET_BEGINNING) for index in range(PARTITIONS))
        self._consumer.assign(list(places))

    def reach(self, total: int, seconds: float = 90.0) -> None:
        """Read until so many words were counted."""
        deadline = time.monotonic() + seconds
        while (seen := sum(map(len, self.by_word.values()))) < total:
            assert time.monotonic() < deadline, f"only {seen} of {total} words were counted"
            self.poll(0.2)

    def poll(self, seconds: float) -> bool:
        """Take one record if there is one within the time."""
        message = self._consumer.poll(seconds)
        if message is None or message.error():
            return False
        self.by_word[message.key().decode()].append(struct.unpack(">q", message.value())[0])
        return True

    def close(self) -> None:
        self._consumer.close()


@pytest.mark.timeout(400)
def test_counts_are_exact_whether_the_application_or_the_broker_is_killed(
    classes: str, broker: BrokerProcess, tmp_path: Path
) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for topic in ("lines", "counts"):
        create_topic(admin, topic, PARTITIONS, {})
    lines, counts = Lines(broker.bootstrap), Counts(broker.bootstrap)
    with ExitStack() as stack:
        stack.callback(counts.close)
        stack.callback(lines.stop)
        first, second = (
            stack.enter_context(WordCount(classes, broker.bootstrap, tmp_path / name))
            for name in ("first", "second")
        )

        def more() -> None:
            counts.reach(sum(map(len, counts.by_word.values())) + 500)

        more()
        first.kill()
        more()
        broker.kill()
        broker.start()
        first.start()
        more()
        second.kill()
        broker.kill()
        broker.start()
        second.start()
        more()
        until(lambda: first.is_running() and second.is_running(), "both process again", 60)
        first.kill()
        second.kill()
        first.start()
        more()
        expected = lines.stop()
        counts.reach(expected.total())
        first.kill()
        first.start()
        until(first.is_running, "it processes again", 60)
        while counts.poll(2):
            pass
    assert set(counts.by_word) == set(expected)
    for word, numbers in counts.by_word.items():
        assert numbers == list(range(1, expected[word] + 1)), f"the counts of {word}"
