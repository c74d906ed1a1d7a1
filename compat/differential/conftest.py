"""kafkapy and the reference broker, side by side."""

import os
from collections.abc import Iterator

import pytest

from tests.harness.broker_process import BrokerProcess

SETTINGS = (
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users=User:ANONYMOUS;User:admin",
    "inter.broker.listener.name=PLAINTEXT",
    "log.retention.minutes=600",
)


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BrokerProcess, BrokerProcess]]:
    """(kafkapy, reference), both running with SETTINGS."""
    reference_command = os.environ.get("REFERENCE_SERVE")
    if not reference_command:
        pytest.skip("no reference broker: REFERENCE_SERVE is not set, see compat/differential/README.md")
    directory = tmp_path_factory.mktemp("differential")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KAFKAPY_SERVE", raising=False)
        with BrokerProcess(directory / "kafkapy", *SETTINGS) as kafkapy:
            patch.setenv("KAFKAPY_SERVE", reference_command)
            with BrokerProcess(directory / "reference", *SETTINGS) as reference:
                yield kafkapy, reference
