"""What `kafkapy.durability=fsync` costs beside `os`: `python -m bench.durability [--quick] [--rounds N]`.

Sixteen producers at once, and one record at a time; beside the latter what an append of as many bytes and an
fdatasync take by themselves on the same disk. Writes a table into docs/performance.md.
"""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import document, frames, report
from bench.document import machine, say
from bench.load import Broker
from bench.machine import sync_times_ms
from bench.scenarios import FULL, QUICK, Effort, Number, acknowledgement_latency, produce
from bench.start import running

PRODUCERS = 16
SYNCS = 300  # before the acknowledgements, and as many after them
REST_SECONDS = 1.0
throughput = produce(f"100 B x 1,000, {PRODUCERS} connections", frames.record_batch(100, 1000), PRODUCERS, 5)
Measured = dict[str, list[list[Number]]]


def syncs(directory: Path) -> list[float]:
    """Milliseconds that it takes to append what a record of 100 bytes takes, and to bring it to disk."""
    return sync_times_ms(directory, len(frames.record_batch(100, 1).content), SYNCS)


def latency(broker: Broker, effort: Effort, directory: Path) -> list[Number]:
    """Of an acknowledgement, of a sync by itself, and what the first takes beyond the second."""
    alone = syncs(directory)
    acknowledged = acknowledgement_latency(broker, effort)
    sync_us = median(alone + syncs(directory)) * 1e3
    beyond_us = acknowledged[0].value - sync_us
    return [
        *acknowledged,
        Number("append and fdatasync by themselves: p50", "us", sync_us, "less"),
        Number("acknowledgement: p50 beyond that", "us", beyond_us, "less"),
    ]


def rounds(directory: Path, effort: Effort, count: int) -> Measured:
    """Both modes in turn; brokers of both run all the time."""
    measured: Measured = {mode: [[] for _ in range(count)] for mode in ("fsync", "os")}
    with contextlib.ExitStack() as stack:
        brokers = {
            mode: stack.enter_context(running(directory / mode, f"kafkapy.durability={mode}"))
            for mode in measured
        }
        for number in range(count):
            for mode, broker in brokers.items():
                say(f"durability, round {number + 1} of {count}, {mode}")
                time.sleep(REST_SECONDS)
                os.sync()
                measured[mode][number] += throughput(broker, effort)
            for mode, broker in brokers.items():
                time.sleep(REST_SECONDS)
                os.sync()
                measured[mode][number] += (
                    latency(broker, effort, directory)
                    if mode == "fsync"
                    else acknowledgement_latency(broker, effort)
                )
    return measured


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.durability",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one round, less of everything; nothing is written",
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(words)
    effort, count = (QUICK, 1) if options.quick else (FULL, options.rounds)
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as directory:
        measured = rounds(Path(directory), effort, count)
    table = report.rows(measured)
    print(report.plain(table))
    if not options.quick:
        note = f"Medians of {count} rounds; {machine()}."
        document.write("durability", f"{note}\n\n{report.markdown(table)}")


if __name__ == "__main__":
    main()
