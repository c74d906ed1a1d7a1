"""Fixtures that every test may use; what they are made of is in tests/harness."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.broker_process import BrokerProcess


@pytest.fixture
def broker_process(tmp_path: Path) -> Iterator[BrokerProcess]:
    """`kafkapy serve` on an empty data directory and a free port, in a process of its own."""
    with BrokerProcess(tmp_path / "data") as process:
        yield process
