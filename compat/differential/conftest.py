"""kafkapy and Apache Kafka, side by side."""

from collections.abc import Iterator

import pytest

from compat.apache_kafka import NoApacheKafka, serve_command
from tests.harness.broker_process import BrokerProcess

SETTINGS = (
    "authorizer.class.name=",
    "super.users=User:ANONYMOUS;User:admin",
    "inter.broker.listener.name=PLAINTEXT",
    "log.retention.minutes=600",
    "log.initial.task.delay.ms=600000",
    "log.cleaner.backoff.ms=600000",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.consumer.assignment.interval.ms=0",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
)


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrokerProcess, BrokerProcess]]:
    """(kafkapy, reference), both running with SETTINGS."""
    try:
        command = serve_command()
    except NoApacheKafka as missing:
        pytest.skip(f"whether answers equal Apache Kafka's stays unknown: {missing}")
    directory = tmp_path_factory.mktemp("differential")
    with (
        BrokerProcess(directory / "kafkapy", *SETTINGS) as kafkapy,
        BrokerProcess(directory / "reference", *SETTINGS, serve=command) as reference,
    ):
        yield kafkapy, reference
