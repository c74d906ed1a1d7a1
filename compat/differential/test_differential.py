"""Every scenario, told to Apache Kafka and to kafkapy: both must give the same answers, field by field."""

import importlib
import pkgutil
import secrets
from collections.abc import Iterator

import pytest

from compat.apache_kafka import NoApacheKafka
from compat.differential import brokers, scenarios
from compat.differential.compare import Side, differences, report
from compat.differential.conversation import Address, Scenario, registered
from compat.differential.known_differences import KNOWN, matches

for _module in pkgutil.iter_modules(scenarios.__path__, f"{scenarios.__name__}."):
    importlib.import_module(_module.name)

RUN = secrets.token_hex(2)
"""Part of all names, so that a broker which has served an earlier run can be used again."""


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    try:
        with brokers.apache_kafka(tmp_path_factory.mktemp("apache-kafka") / "data") as address:
            yield address
    except NoApacheKafka as missing:
        pytest.skip(f"whether answers equal Apache Kafka's stays unknown: {missing}")


@pytest.fixture(scope="session")
def kafkapy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with brokers.kafkapy(tmp_path_factory.mktemp("kafkapy") / "data") as address:
        yield address


@pytest.mark.parametrize("scenario", registered(), ids=str)
def test_kafkapy_answers_as_apache_kafka_does(
    scenario: Scenario, apache_kafka: Address, kafkapy: Address
) -> None:
    theirs = Side(apache_kafka, scenario.run(apache_kafka, RUN, is_reference=True))
    ours = Side(kafkapy, scenario.run(kafkapy, RUN, is_reference=False))
    assert theirs.steps, "the scenario says nothing"
    found = differences(theirs, ours, RUN)
    wanted = [known for known in KNOWN if matches(known.scenario, scenario.name)]
    new = [difference for difference in found if not any(k.covers(scenario.name, difference) for k in wanted)]
    if new:
        shown = report(new)
        pytest.fail(f"{len(new)} differences in {len(theirs.steps)} steps:\n{shown}", pytrace=False)
    for known in wanted:
        still = known.sometimes or any(known.covers(scenario.name, difference) for difference in found)
        assert still, f"no longer differs, delete it from known_differences.py: {known}"
