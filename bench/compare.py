"""Measure kafkapy, Apache Kafka, kfake and the floor side by side; write the tables of docs/performance.md.

    python -m bench.compare [--quick] [--rounds N] [SCENARIO...]

First each broker is started on an empty directory, by itself. Then all run, and each scenario is driven
against one and then the next, so that what else the machine does meets all of them. Both are done round after
round, and the medians of the rounds are told. Apache Kafka's just-in-time compiler is warmed up for every
scenario before the first round. A broker that is not here is left out, and so is a scenario that it does not
stand, which is said. The machine is measured before and after.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench import document, report
from bench.brokers import ALONE, BROKERS, Command, Missing
from bench.document import machine, say
from bench.load import Broker
from bench.machine import rounds as machine_rounds
from bench.run import measure
from bench.scenarios import FULL, QUICK, SCENARIOS, Effort, Number, memory
from bench.start import running, started

COLD = ("idle", "connections")  # to be measured against a broker that has just been started
REST_SECONDS = 0.8  # until the files of the scenario before are gone, and the disk is at rest
WARM_UP_SECONDS = 1.5
MACHINE_ROUNDS = 3
ATTEMPTS = 3
Measured = dict[str, list[list[Number]]]


def present(names: Sequence[str], directory: Path) -> dict[str, Command]:
    """What starts each broker that is here. It has been started once, so that bytecode and class data are
    where an installation has them.
    """
    commands = {}
    for name in names:
        try:
            command = BROKERS[name]()
            with running(directory / "earlier" / slug(name), serve=command):
                pass
        except (Missing, AssertionError, OSError) as problem:
            say(f"{name} is not measured: {problem}")
        else:
            commands[name] = command
    return commands


def slug(name: str) -> str:
    return name.lower().replace(" ", "-")


class Comparison:
    """Brokers that are measured with the same scenarios."""

    def __init__(
        self, commands: Mapping[str, Command], directory: Path, names: Sequence[str], effort: Effort
    ) -> None:
        self.commands = commands
        self.directory = directory
        self.cold = [name for name in COLD if name in names]
        self.warm = [name for name in names if name not in COLD]
        self.effort = effort

    def rounds(self, count: int) -> Measured:
        measured: Measured = {name: [[] for _ in range(count)] for name in self.commands}
        for number in range(count):
            for name, serve in self.commands.items():
                say(f"start {number + 1} of {count}, {name}")
                place = self.directory / f"start-{number}" / slug(name)
                with not_started(name), started(place, serve) as (broker, numbers):
                    measured[name][number] += numbers + measure(broker, self.effort, self.cold)
        with self._all_running() as brokers:
            for name, broker in brokers.items():
                say(f"warming up {name}")
                measure(broker, QUICK._replace(seconds=WARM_UP_SECONDS, partitions=50), self.warm)
            for number in range(count):
                for scenario in self.warm:
                    for name, broker in brokers.items():
                        say(f"round {number + 1} of {count}, {name}")
                        time.sleep(REST_SECONDS)
                        measured[name][number] += measure(broker, self.effort, [scenario])
                for name, broker in brokers.items():
                    measured[name][number] += memory("memory under all of the above", broker)
        return measured

    @contextlib.contextmanager
    def _all_running(self) -> Iterator[dict[str, Broker]]:
        brokers: dict[str, Broker] = {}
        with contextlib.ExitStack() as stack:
            for name, serve in self.commands.items():
                for attempt in range(ATTEMPTS):
                    with not_started(name):
                        place = self.directory / f"all-{attempt}" / slug(name)
                        brokers[name] = stack.enter_context(running(place, serve=serve))
                        break
            yield brokers


@contextlib.contextmanager
def not_started(name: str) -> Iterator[None]:
    """Go on without a broker that does not start: somebody else may have taken its port."""
    try:
        yield
    except AssertionError as problem:
        say(f"{name}: {problem}"[:200])


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one round, less of everything; docs/performance.md stays as it is",
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(words)
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"unknown scenarios: {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    options = arguments()
    effort, count = (QUICK, 1) if options.quick else (FULL, options.rounds)
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as place:
        directory = Path(place)
        commands = present(list(BROKERS), directory)
        before = machine_rounds(directory, MACHINE_ROUNDS)
        comparison = Comparison(commands, directory, options.scenarios or list(SCENARIOS), effort)
        measured = comparison.rounds(count)
        after = machine_rounds(directory, MACHINE_ROUNDS)
    around = report.rows({"before": before, "after": after}, alone={"after"})
    table = report.rows(measured, alone=ALONE)
    print(report.plain(around), report.plain(table), sep="\n\n")
    if not options.quick and not options.scenarios:
        note = f"Medians of {count} rounds; {machine()}."
        tables = [
            "The machine itself, before the first round and after the last:",
            report.markdown(around),
            "The brokers:",
            report.markdown(table),
        ]
        document.write("measured", "\n\n".join([note, *tables]))


if __name__ == "__main__":
    main()
