"""Fixtures that every test may use; what they are made of is in tests/harness."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness.broker_process import BrokerProcess

if TYPE_CHECKING:
    from tests.harness.broker import MemoryBroker


@pytest.fixture
def broker_process(tmp_path: Path) -> Iterator[BrokerProcess]:
    """`kafkapy serve` on an empty data directory and a free port, in a process of its own."""
    with BrokerProcess(tmp_path / "data") as process:
        yield process


StartBroker = Callable[..., Awaitable["MemoryBroker"]]


@pytest.fixture
async def start_broker() -> AsyncIterator[StartBroker]:
    """Start brokers in memory, with settings such as `num_partitions=4`; the end of the test stops them."""
    from tests.harness.broker import MemoryBroker  # here, because tests of the pure rooms need no broker

    brokers: list[MemoryBroker] = []

    async def start(**settings: object) -> MemoryBroker:
        broker = MemoryBroker(**settings)
        await broker.start()
        brokers.append(broker)
        return broker

    yield start
    for broker in brokers:
        await broker.stop()


@pytest.fixture
async def broker(start_broker: StartBroker) -> "MemoryBroker":
    """A whole broker in memory: `await broker.send(request, version=7)`."""
    return await start_broker()


@pytest.fixture(params=["compiled", "python"])
def either_scan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs with what `kafkapy.records.scan` has compiled, if anything, and without."""
    from kafkapy.records import scan

    if request.param == "python":
        monkeypatch.setattr(scan, "_compiled", None)
    elif scan._compiled is None:
        pytest.skip("there was no C compiler when kafkapy was installed")
