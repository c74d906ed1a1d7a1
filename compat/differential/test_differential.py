"""Every scenario, told to Apache Kafka and to kafkapy: both must give the same answers, field by field."""

import importlib
import pkgutil
import secrets

import pytest

from compat.differential import scenarios
from compat.differential.compare import Side, differences, report
from compat.differential.conversation import Address, Scenario, registered
from compat.differential.known_differences import KNOWN, matches
from compat.differential.warm_up import warmed_up
from tests.harness.broker_process import BrokerProcess

for _module in pkgutil.iter_modules(scenarios.__path__, f"{scenarios.__name__}."):
    importlib.import_module(_module.name)

RUN = secrets.token_hex(2)
"""Part of all names, so that a broker which has served an earlier run can be used again."""


@pytest.fixture(scope="session")
def addresses(brokers: tuple[BrokerProcess, BrokerProcess]) -> tuple[Address, Address]:
    """Of (kafkapy, Apache Kafka), when both answer for groups and producers."""
    kafkapy, reference = brokers
    return warmed_up(kafkapy.bootstrap), warmed_up(reference.bootstrap)


@pytest.mark.parametrize("scenario", registered(), ids=str)
def test_kafkapy_answers_as_apache_kafka_does(scenario: Scenario, addresses: tuple[Address, Address]) -> None:
    kafkapy, apache_kafka = addresses
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
