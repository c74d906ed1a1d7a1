"""Java's transactional copier, of Apache Kafka's system tests, copies exactly once whatever breaks."""

import random
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from compat.apache_kafka import NoApacheKafka, tool_command
from tests.clients.conftest import create_topic, wait_for_coordinator
from tests.clients.proxy import Proxy
from tests.faults.exactly_once.chaos import Chaos
from tests.faults.exactly_once.checker import Copied, check_copies
from tests.faults.exactly_once.crew import Crew
from tests.faults.exactly_once.history import Reading
from tests.faults.exactly_once.progress import SETTINGS, offsets_of, wait_for_copies
from tests.faults.exactly_once.readers import read_everything
from tests.faults.seeds import given_seed
from tests.harness.broker_process import BrokerProcess

PARTITIONS = 4
COPIERS = 2
RECORDS = 20_000
CHAOS_SECONDS = 15
CODES = (0, 1, 137, 143)
"""It ends when it has copied what was there at its start, or by itself when an error was too much for it."""


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    try:
        tool_command()
    except NoApacheKafka as missing:
        pytest.skip(f"{missing} So exactly-once semantics of Java's clients stay untested.")
    with BrokerProcess(tmp_path / "data", *SETTINGS) as broker:
        wait_for_coordinator(broker.bootstrap)
        yield broker


def copier(bootstrap: str, name: str) -> list[str]:
    """Its command line."""
    return [
        *tool_command(),
        "transactional-message-copier",
        *("--broker-list", bootstrap),
        *("--input-topic", "source", "--input-partition", "-1", "--output-topic", "copies"),
        *("--transactional-id", name, "--transaction-size", "10", "--transaction-timeout", "5000"),
        *("--consumer-group", "copiers", "--group-mode", "--use-group-metadata", "--enable-random-aborts"),
    ]


def write_sources(bootstrap: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for number in range(RECORDS):
        producer.produce("source", str(number), partition=number % PARTITIONS)
        producer.poll(0)
    assert producer.flush(60) == 0


def copies_of(reading: Reading) -> list[Copied]:
    """A copy has the value of its source, and its partition."""
    sources = {seen.value: seen.offset for seen in reading.seen if seen.topic == "source"}
    return [Copied(seen.partition, sources[seen.value]) for seen in reading.seen if seen.topic == "copies"]


@pytest.mark.timeout(400)
def test_each_record_is_copied_once_whatever_breaks(own_broker: BrokerProcess, tmp_path: Path) -> None:
    seed = given_seed() or secrets.randbits(32)
    print(f"KAFKAPY_SEED={seed} repeats this")
    chance = random.Random(seed)
    admin = AdminClient({"bootstrap.servers": own_broker.bootstrap, "log_level": 0})
    for topic in ("source", "copies"):
        create_topic(admin, topic, PARTITIONS, {})
    write_sources(own_broker.bootstrap)
    places = [(topic, partition) for topic in ("source", "copies") for partition in range(PARTITIONS)]
    sources = offsets_of(read_everything(own_broker.bootstrap, places[:PARTITIONS]), "source")
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(own_broker.bootstrap))
        names = [f"copier-{number}" for number in range(COPIERS)]
        crew = Crew(tmp_path, "copiers", names, lambda name, _: copier(proxy.bootstrap, name), chance, CODES)
        stack.enter_context(crew)
        time.sleep(3)
        Chaos(own_broker, proxy, [crew], chance).rage(CHAOS_SECONDS, pause=2)
        wait_for_copies(admin, crew, sources)
    everything = read_everything(own_broker.bootstrap, places)
    assert check_copies(sources, copies_of(everything)) == []
