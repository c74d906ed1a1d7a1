"""One broker for the tests of the Java clients and tools, and the tools themselves."""

import re
import secrets
from collections.abc import Iterator

import pytest

from compat.apache_kafka import NoApacheKafka, tool_command
from compat.java.tools import Tools
from tests.harness.broker_process import BrokerProcess

WHAT_IS_MISSED = "So Java's producer, consumer and admin client and the command-line tools stay untested."


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    try:
        tool_command()
    except NoApacheKafka as missing:
        pytest.skip(f"{missing} {WHAT_IS_MISSED}")
    settings = ("group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=4", "num.partitions=4")
    with BrokerProcess(tmp_path_factory.mktemp("java") / "data", *settings) as broker:
        yield broker


@pytest.fixture
def tools(broker: BrokerProcess) -> Tools:
    return Tools(broker.bootstrap)


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name.removeprefix("test_"))
    return f"{words[:60].strip('-')}-{secrets.token_hex(3)}"


@pytest.fixture
def topic(tools: Tools, unique: str) -> str:
    tools.ok("topics", "--create", "--topic", unique, "--partitions", "1")
    return unique
