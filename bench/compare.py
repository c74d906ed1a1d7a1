"""Measure kafkapy and Apache Kafka side by side and write the table of docs/performance.md.

    python -m bench.compare [--quick] [--rounds N] [SCENARIO...]

Both brokers run all the time; each scenario is driven against one and then the other, round after round, so
that what else the machine does meets both. The medians of the rounds are told. Apache Kafka's just-in-time
compiler is warmed up for every scenario before the first round. Without Apache Kafka, kafkapy is measured
alone.
"""

import argparse
import contextlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import report
from bench.load import Broker
from bench.run import measure
from bench.scenarios import FULL, QUICK, SCENARIOS, Effort, Number
from bench.start import started
from compat.apache_kafka import NoApacheKafka, serve_command

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COLD = ("idle", "connections")  # to be measured before the load of the others
REST_SECONDS = 2.0  # until the files of the scenario before are gone, and the disk is at rest
Measured = dict[str, list[list[Number]]]


def rounds(brokers: dict[str, Broker], names: Sequence[str], effort: Effort, count: int) -> Measured:
    """Every scenario `count` times against each broker, in turn."""
    measured: Measured = {name: [[] for _ in range(count)] for name in brokers}
    for scenario in (name for name in COLD if name in names):
        for name, broker in brokers.items():
            measured[name][0] += measure(broker, effort, [scenario])
    others = [name for name in names if name not in COLD]
    for name, broker in brokers.items():
        say(f"warming up {name}")
        measure(broker, QUICK._replace(seconds=3.0, partitions=50), others)
    for number in range(count):
        for scenario in others:
            for name, broker in brokers.items():
                say(f"round {number + 1} of {count}, {name}")
                time.sleep(REST_SECONDS)
                measured[name][number] += measure(broker, effort, [scenario])
    return measured


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """One line about what it was measured on."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    cores = os.cpu_count()
    return f"{models[0] if models else platform.machine()}, {cores} cores, Python {platform.python_version()}"


def write_document(table: Sequence[Sequence[str]], note: str) -> None:
    """Put the table between the marks of docs/performance.md."""
    text = DOCUMENT.read_text() if DOCUMENT.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{note}\n\n{report.markdown(table)}\n{END}{after}")
    say(f"written: {DOCUMENT}")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument(
        "--quick", action="store_true", help="less of everything; docs/performance.md stays as it is"
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(words)
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"unknown scenarios: {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    options = arguments()
    names = options.scenarios or list(SCENARIOS)
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as directory, contextlib.ExitStack() as running:
        brokers, starts = {}, {}
        brokers["kafkapy"], starts["kafkapy"] = running.enter_context(started(Path(directory) / "kafkapy"))
        try:
            serve = serve_command()
        except NoApacheKafka as missing:
            say(f"{missing} kafkapy is measured alone.")
        else:
            kafka = running.enter_context(started(Path(directory) / "kafka", serve))
            brokers["Apache Kafka"], starts["Apache Kafka"] = kafka
        effort, count = (QUICK, 1) if options.quick else (FULL, options.rounds)
        measured = rounds(brokers, names, effort, count)
    for name, numbers in starts.items():
        measured[name][0] = numbers + measured[name][0]
    table = report.rows(measured)
    print(report.plain(table))
    if not options.quick and not options.scenarios:
        write_document(table, f"Medians of {count} rounds; {machine()}.")


if __name__ == "__main__":
    main()
