"""The two brokers under comparison, each a process of its own: kafkapy, and Apache Kafka behind the same
command line.

Where Apache Kafka is looked for, compat/apache_kafka.py says. While scenarios are being written,
KAFKAPY_APACHE_KAFKA_RUNNING=HOST:PORT names a broker that runs already.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from compat.apache_kafka import serve_command
from compat.differential.conversation import Address, Conversation
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest
from kafkapy.protocol.messages.init_producer_id import InitProducerIdRequest
from kafkapy.protocol.messages.offset_fetch import OffsetFetchRequest
from tests.harness.broker_process import BrokerProcess

SETTINGS = (
    "authorizer.class.name=",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
    "log.initial.task.delay.ms=600000",
)


@contextmanager
def apache_kafka(data_dir: Path) -> Iterator[Address]:
    """Apache Kafka on an empty data directory, ready for groups and producers. NoApacheKafka."""
    running = os.environ.get("KAFKAPY_APACHE_KAFKA_RUNNING")
    if running:
        yield warmed_up(running)
        return
    with BrokerProcess(data_dir, *SETTINGS, serve=serve_command()) as process:
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
