"""A process that may open few files: many partitions share what there is, and connections that take all of it
neither stop the broker nor keep it busy, nor come between it and its disks.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.clients.confluent_client import ConfluentClient
from tests.clients.conftest import SETTINGS
from tests.clients.facade import Placed, Producer, Sent, until
from tests.faults.kills.recovered import problems
from tests.harness.broker_process import BrokerProcess, serve_command

LIMIT = 128
PARTITIONS = 100
WATCHED_SECONDS = 1.0
ROLLING = {"internal.segment.bytes": "2000", "retention.bytes": "6000"}

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")


@pytest.fixture
def poor_broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A broker that may have `LIMIT` descriptors."""
    limited = ["sh", "-c", f'ulimit -n {LIMIT} && exec "$@"', "sh", *serve_command()]
    with BrokerProcess(tmp_path / "data", *SETTINGS, serve=limited) as broker:
        yield broker


@pytest.fixture
def connect(poor_broker: BrokerProcess) -> Iterator[Callable[[int], None]]:
    """`connect(n)` opens connections on which nothing is said; all are closed when the test ends."""
    host, port = poor_broker.bootstrap.split(":")
    with ExitStack() as stack:

        def open_some(count: int) -> None:
            for _ in range(count):
                stack.enter_context(socket.create_connection((host, int(port)), 5))

        yield open_some


def descriptors(broker: BrokerProcess) -> int:
    return len(os.listdir(f"/proc/{broker.pid}/fd"))


def processor_seconds(broker: BrokerProcess) -> float:
    fields = Path(f"/proc/{broker.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def write_everywhere(producer: Producer, text: bytes) -> None:
    for partition in range(PARTITIONS):
        producer.send("t", Sent(text, partition=partition))
    results = producer.results()
    assert len(results) == PARTITIONS
    assert all(isinstance(result, Placed) for result in results), results


def test_partitions_and_connections_beyond_the_limit(
    poor_broker: BrokerProcess, connect: Callable[[int], None]
) -> None:
    admin = AdminClient({"bootstrap.servers": poor_broker.bootstrap})
    admin.create_topics([NewTopic("t", PARTITIONS, 1, config=ROLLING)])["t"].result(20)
    client = ConfluentClient(poor_broker.bootstrap)
    producer = client.producer()
    write_everywhere(producer, b"before")

    connect(2 * LIMIT)
    until(lambda: descriptors(poor_broker) >= LIMIT - 1, "the connections have taken all descriptors")
    before = processor_seconds(poor_broker)
    time.sleep(WATCHED_SECONDS)
    used = processor_seconds(poor_broker) - before
    assert used < WATCHED_SECONDS / 2, f"a broker with nothing to do used {used:.2f} s of processor time"
    for number in range(10):  # segments are rolled and deleted
        write_everywhere(producer, b"%d " % number + bytes(500))
    assert "offline" not in poor_broker.log

    client.close()
    assert poor_broker.stop() == 0
    assert "offline" not in poor_broker.log
    assert list(problems(poor_broker.data_dir)) == []
    poor_broker.start()
    client = ConfluentClient(poor_broker.bootstrap)
    write_everywhere(client.producer(), b"after")
    client.close()
