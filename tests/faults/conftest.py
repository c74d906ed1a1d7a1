"""What tests of faults share: seeds, shown when a test fails and, in the long form, also when it passes."""

from collections.abc import Iterator

import pytest

from tests.faults.seeds import LONG, Seeds, given_seed

_SEEDS = pytest.StashKey[Seeds]()


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> Seeds:
    """See `tests.faults.seeds`."""
    made = Seeds(given_seed())
    request.node.stash[_SEEDS] = made
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Say with which seed a test has failed, and in the long form with which it has passed."""
    report = yield
    seeds = item.stash.get(_SEEDS, None)
    if seeds is not None and seeds.used and report.when == "call":
        if report.failed:
            report.sections.append(
                ("seed", f"KAFKAPY_SEED={seeds.used[-1]} repeats this (round {len(seeds.used)})")
            )
        elif LONG:
            report.user_properties.append(("seeds", ",".join(map(str, seeds.used))))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The seeds of the tests that have passed."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "seeds":
                terminalreporter.write_line(f"{report.nodeid}: seeds {text}")
