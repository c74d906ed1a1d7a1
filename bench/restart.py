"""How long a start and a stop take with many partitions and much data, after a clean stop and after a kill.

    python -m bench.restart [--partitions N] [--gigabytes N] [--directory PATH] [--rounds N]

kafkapy makes the directory, and is then stopped and started on it; then killed after it has written to every
partition, and started again. Apache Kafka, if it is there, does the same with the same directory afterwards:
each goes on with what the other has left. "Ready" is when a Metadata request is answered with a broker in it.
The files are in the page cache as far as it takes them.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import frames, report
from bench.load import Broker, Connection, usage
from bench.scenarios import Number, create, write_when_ready
from bench.start import broker_of, free_port, start
from compat.apache_kafka import NoApacheKafka, serve_command
from tests.harness.broker_process import BrokerProcess

PARTITIONS_PER_TOPIC = 100
START_SECONDS = 300.0
FILLING = frames.record_batch(1000, 250)
"""What the directory is filled with."""
LARGE, SMALL = frames.record_batch(1000, 16), frames.record_batch(100, 1)
"""What is written before a kill: batches of 16 kB, and of less than 200 bytes."""
LARGE_BYTES, SMALL_BYTES = 500 << 20, 50 << 20


class Directory:
    """A data directory, and the topics in it."""

    def __init__(self, path: Path, partitions: int) -> None:
        self.path = path
        self.partitions = min(PARTITIONS_PER_TOPIC, partitions)
        self.names = [frames.unique_name("restart") for _ in range(partitions // self.partitions)]
        self.topic_ids: list[bytes] = []

    def fill(self, broker: Broker, size_bytes: int) -> None:
        with Connection(broker) as connection:
            self.topic_ids = [create(connection, name, self.partitions) for name in self.names]
        self.write(broker, FILLING, size_bytes)

    def write(self, broker: Broker, batch: frames.Batch, size_bytes: int) -> None:
        """Batches to every partition, one after another, at least one to each."""
        count = max(1, size_bytes // len(batch.content) // (self.partitions * len(self.topic_ids)))
        with Connection(broker) as connection:
            for topic_id in self.topic_ids:
                for partition in range(self.partitions):
                    request = frames.produce(topic_id, partition, batch)
                    write_when_ready(connection, request)
                    for _ in range(count - 1):
                        connection.send(request)
                    for _ in range(count - 1):
                        if error_code := frames.produce_error(connection.answer()):
                            raise RuntimeError(f"a record was refused: error {error_code}")


@contextlib.contextmanager
def timed(name: str, numbers: list[Number]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    numbers.append(Number(name, "s", time.perf_counter() - began, "less"))


def started(process: BrokerProcess, name: str, numbers: list[Number]) -> None:
    """Start it, and note how long that took, and how much processor time."""
    seconds = start(process)
    used = usage(broker_of(process))
    assert used is not None
    numbers.append(Number(f"{name}: until it is ready", "s", seconds, "less"))
    numbers.append(Number(f"{name}: CPU", "s", used.cpu_s, "less"))


def measure(directory: Directory, process: BrokerProcess, numbers: list[Number]) -> None:
    """Adds the numbers of one broker; the directory was stopped cleanly and is so again afterwards."""
    started(process, "first start", [])
    process.stop()
    started(process, "start after a clean stop", numbers)
    with timed("stop, nothing written since the start", numbers):
        process.stop()
    kills = [("16 kB", LARGE, LARGE_BYTES), ("170 B", SMALL, SMALL_BYTES)]
    for label, batch, size_bytes in kills:
        start(process)
        directory.write(broker_of(process), batch, size_bytes)
        process.kill()
        started(process, f"start after a kill, {size_bytes >> 20} MB new in batches of {label}", numbers)
        process.stop()
    start(process)
    directory.write(broker_of(process), LARGE, 1)
    with timed("stop, every partition written to", numbers):
        process.stop()


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.restart",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--partitions", type=int, default=2000)
    parser.add_argument("--gigabytes", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", help="where to put the data; by default where temporary files go")
    return parser.parse_args(words)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def commands() -> dict[str, Sequence[str] | None]:
    """Name to the words that start a broker; None stands for kafkapy."""
    found: dict[str, Sequence[str] | None] = {"kafkapy": None}
    try:
        found["Apache Kafka"] = serve_command()
    except NoApacheKafka as missing:
        say(f"{missing} kafkapy is measured alone.")
    return found


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-", dir=options.directory) as place:
        directory = Directory(Path(place) / "data", options.partitions)
        with BrokerProcess(directory.path) as process:
            say(f"writing {options.gigabytes} GB to {options.partitions} partitions")
            directory.fill(broker_of(process), int(options.gigabytes * 1e9))
        measured: dict[str, list[list[Number]]] = {}
        for number in range(options.rounds):
            for name, serve in commands().items():
                say(f"round {number + 1} of {options.rounds}, {name}")
                os.sync()
                listen = f"127.0.0.1:{free_port()}"
                process = BrokerProcess(
                    directory.path, listen=listen, serve=serve, start_seconds=START_SECONDS
                )
                numbers: list[Number] = []
                measured.setdefault(name, []).append(numbers)
                try:
                    measure(directory, process, numbers)
                except AssertionError as problem:
                    say(f"{name}: {problem}"[:200])
        print(report.markdown(report.rows(measured)))


if __name__ == "__main__":
    main()
