"""Measure one broker: kafkapy, which is started for it, or any other that runs already.

python -m bench.run                                   everything, a few minutes
python -m bench.run --quick                           less of everything, within a minute
python -m bench.run produce-1k fetch-1k               only these scenarios
python -m bench.run --against 127.0.0.1:9092 --pid N  a broker that runs already
"""

import argparse
import contextlib
import os
import struct
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import report
from bench.document import say
from bench.load import Broker
from bench.scenarios import FULL, QUICK, SCENARIOS, Effort, Number
from bench.start import running, started


def measure(broker: Broker, effort: Effort, names: Sequence[str]) -> list[Number]:
    """What cannot be measured against this broker is left out, and said."""
    numbers = []
    for name in names:
        say(f"  {name} ...")
        os.sync()  # what others have written is not to be paid for here
        try:
            numbers += SCENARIOS[name](broker, effort)
        except (
            RuntimeError,
            OSError,
            LookupError,
            struct.error,
        ) as problem:  # the last: an answer in no known form
            say(f"  {name} is not measured: {type(problem).__name__}: {problem}")
    return numbers


@contextlib.contextmanager
def target(options: argparse.Namespace) -> Iterator[tuple[Broker, list[Number]]]:
    if options.against:
        host, _, port = options.against.rpartition(":")
        yield Broker(host, int(port), options.pid), []
        return
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as directory:
        with running(Path(directory) / "earlier"):
            pass
        with started(Path(directory) / "data") as (broker, numbers):
            yield broker, numbers


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "scenarios", nargs="*", choices=[[], *SCENARIOS], metavar="SCENARIO", help=", ".join(SCENARIOS)
    )
    parser.add_argument("--quick", action="store_true", help="less of everything, within a minute")
    parser.add_argument("--against", metavar="HOST:PORT", help="a broker that runs already")
    parser.add_argument("--pid", type=int, help="its process, for CPU time and memory")
    return parser.parse_args(words)


def main() -> None:
    options = arguments()
    with target(options) as (broker, numbers):
        measured = numbers + measure(
            broker, QUICK if options.quick else FULL, options.scenarios or list(SCENARIOS)
        )
    print(report.plain(report.rows({f"{broker.host}:{broker.port}": [measured]})))


if __name__ == "__main__":
    main()
