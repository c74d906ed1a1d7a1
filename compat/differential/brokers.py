"""The two brokers under comparison, each a process of its own: kafkapy, and Apache Kafka behind the same
command line.

Apache Kafka is found in the directory named by KAFKAPY_APACHE_KAFKA, or in ../shared/apache-kafka beside the
project; it must hold `as-kafkapy`, a script that takes the options of `kafkapy serve` and prints its ready
line. While scenarios are being written, KAFKAPY_APACHE_KAFKA_RUNNING=HOST:PORT names a broker that runs.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compat.differential.conversation import Address, Conversation
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest
from tests.harness.broker_process import BrokerProcess

ROOT = Path(__file__).parents[2]
SETTINGS = (
    "authorizer.class.name=",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
    "log.initial.task.delay.ms=600000",
)
WHAT_IS_MISSED = (
    "Apache Kafka is not here, so nothing is compared: whether kafkapy answers the scenarios in "
    "compat/differential/scenarios field by field as Apache Kafka 4.3 does stays unknown. Set "
    "KAFKAPY_APACHE_KAFKA to the directory that holds `as-kafkapy` (see compat/differential/README.md)."
)


class NoApacheKafka(Exception):
    """There is no Apache Kafka to compare with; the text says what is missed."""


class ApacheKafka(BrokerProcess):
    """Apache Kafka, started by its script `as-kafkapy`."""

    def __init__(self, script: Path, data_dir: Path, *settings: str) -> None:
        super().__init__(data_dir, *settings)
        self._script = script

    def command(self) -> list[str]:
        command = super().command()
        return [str(self._script), *command[command.index("--listen") :]]


def find_script() -> Path:
    """The script that starts Apache Kafka. NoApacheKafka."""
    named = os.environ.get("KAFKAPY_APACHE_KAFKA")
    directory = Path(named) if named else ROOT.parent / "shared" / "apache-kafka"
    script = directory / "as-kafkapy"
    if not script.is_file():
        raise NoApacheKafka(WHAT_IS_MISSED)
    return script


@contextmanager
def apache_kafka(data_dir: Path) -> Iterator[Address]:
    """Apache Kafka on an empty data directory, ready for groups and producers. NoApacheKafka."""
    running = os.environ.get("KAFKAPY_APACHE_KAFKA_RUNNING")
    if running:
        yield warmed_up(running)
        return
    with ApacheKafka(find_script(), data_dir, *SETTINGS) as process:
        yield warmed_up(process.bootstrap)


@contextmanager
def kafkapy(data_dir: Path) -> Iterator[Address]:
    """`kafkapy serve` on an empty data directory."""
    with BrokerProcess(data_dir, *SETTINGS) as process:
        yield warmed_up(process.bootstrap)


def warmed_up(bootstrap: str) -> Address:
    """The broker's address, once it answers for groups and gives out producer ids."""
    host, _, port = bootstrap.rpartition(":")
    talk = Conversation((host, int(port)), "warm-up", "")
    for key_type in (0, 1):
        talk.until(
            FindCoordinatorRequest(key_type=key_type, coordinator_keys=["warm-up"]),
            lambda response: response.coordinators[0].error_code == 0,
        )
    for number in range(16):  # groups that live on every partition of the offsets topic
        talk.until(OffsetFetchRequest(group_id=f"warm-up-{number}", topics=[]), is_fine, version=7)
    talk.until(InitProducerIdRequest(transactional_id=None, transaction_timeout_ms=1000), is_fine)
    talk.close()
    return talk.address


def is_fine(response: object) -> bool:
    return getattr(response, "error_code", None) == 0
