"""What compaction of a large topic costs, and what it does to producers meanwhile.

    python -m bench.compaction [--gigabytes 5] [--million-keys 10] [--seconds 20]

Writes a partition in which every key comes again and again, measures acknowledgements of one record at a time
on another topic while nothing else happens, then gives the partition `cleanup.policy=compact` and measures
them again until all but its active segment is compacted.
"""

import argparse
import random
import re
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from bench import frames
from bench.load import Broker, Connection, usage
from bench.report import plain, rows
from bench.scenarios import Number, accepted, create, latencies, topic
from tests.harness.broker_process import BrokerProcess

NAME = "compacted"
RECORDS_PER_BATCH = 500
VALUE_BYTES = 230
STRIDE = 7_368_787  # a prime: steps of it reach every key once before the first comes again
IN_FLIGHT = 5
PAUSE_S = 0.002  # so that who is measured is no load


def batches(keys: int, size_bytes: int) -> Iterator[bytes]:
    """Batches of records with keys of 8 bytes: all keys in an order of its own, then all in another."""
    value = frames.payload(VALUE_BYTES, 0)
    tail = frames.varint(len(value)) + value + b"\x00"
    heads = []
    for delta in range(RECORDS_PER_BATCH):
        head = b"\x00" + frames.varint(0) + frames.varint(delta) + frames.varint(8)
        heads.append(frames.varint(len(head) + 8 + len(tail)) + head)
    chance = random.Random(1)
    written = 0
    while True:
        key = chance.randrange(keys)
        for _ in range(0, keys, RECORDS_PER_BATCH):
            pieces = []
            for head in heads:
                key = (key + STRIDE) % keys
                pieces += (head, struct.pack(">Q", key), tail)
            batch = frames.sealed(b"".join(pieces), RECORDS_PER_BATCH)
            yield batch
            written += len(batch)
            if written >= size_bytes:
                return


def fill(broker: Broker, keys: int, size_bytes: int) -> None:
    with Connection(broker) as connection:
        topic_id = create(connection, NAME, 1)
        waiting = 0
        for batch in batches(keys, size_bytes):
            if waiting == IN_FLIGHT:
                accepted(connection.answer())
                waiting -= 1
            connection.send(frames.produce(topic_id, 0, frames.Batch(batch, RECORDS_PER_BATCH, len(batch))))
            waiting += 1
        for _ in range(waiting):
            accepted(connection.answer())


def acknowledgements(broker: Broker, topic_id: bytes, is_over: Callable[[], bool]) -> list[float]:
    """The microseconds that each of them took."""
    times = []
    request = frames.produce(topic_id, 0, frames.record_batch(100, 1))
    with Connection(broker) as connection:
        while not is_over():
            started = time.perf_counter()
            accepted(connection.ask(request))
            times.append((time.perf_counter() - started) * 1e6)
            time.sleep(PAUSE_S)
    return times


class Process:
    """The broker, and what can be seen of the partition from outside."""

    def __init__(self, process: BrokerProcess) -> None:
        self._process = process
        self._directory = process.data_dir / f"{NAME}-0"
        host, _, port = process.bootstrap.rpartition(":")
        self.broker = Broker(host, int(port), process.pid)

    def compact(self) -> None:
        """All of it: a pass ends where its map of keys is full, and the rest may be too little for one."""
        wanted = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0"}
        changes = [
            ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
            for name, value in wanted.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, NAME, incremental_configs=changes)
        admin = AdminClient({"bootstrap.servers": self._process.bootstrap})
        admin.incremental_alter_configs([resource])[resource].result(30)

    def size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self._directory.glob("*.log"))

    def is_compacted(self) -> bool:
        active = max(int(path.stem) for path in self._directory.glob("*.log"))
        done = re.findall(rf"compacted {NAME}-0 up to offset (\d+)", self._process.log)
        return bool(done) and int(done[-1]) >= active

    def peak_bytes(self) -> int:
        """The most memory that the broker and its children have had, one by one."""
        pids = [self._process.pid, *children(self._process.pid)]
        return sum(status(pid, "VmHWM") for pid in pids)


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def status(pid: int, name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 if found else 0


def measure(process: Process, idle_s: float) -> list[Number]:
    broker = process.broker
    with topic(broker, 1, "ack") as topic_id:
        over = time.perf_counter() + idle_s
        idle = acknowledgements(broker, topic_id, lambda: time.perf_counter() > over)
        before, peak_bytes, looked = usage(broker), 0, 0.0
        process.compact()
        started = time.perf_counter()

        def is_over() -> bool:
            nonlocal looked, peak_bytes
            if time.perf_counter() - looked < 1:
                return False
            looked = time.perf_counter()
            peak_bytes = max(peak_bytes, process.peak_bytes())
            return process.is_compacted()

        size_bytes = process.size_bytes()
        during = acknowledgements(broker, topic_id, is_over)
        elapsed, after = time.perf_counter() - started, usage(broker)
    broker_cpu_s = after.cpu_s - before.cpu_s if before and after else float("nan")
    return [
        *latencies("acknowledgement, nothing else going on", idle),
        *latencies("acknowledgement during compaction", during),
        Number("compaction", "s", elapsed, "less"),
        Number("of this CPU of the broker's own process", "s", broker_cpu_s, "less"),
        Number("size before", "MB", size_bytes / 1e6, "less"),
        Number("size after", "MB", process.size_bytes() / 1e6, "less"),
        Number("memory at most, broker and compaction", "MB", peak_bytes / 1e6, "less"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.compaction",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--million-keys", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=20, help="of acknowledgements with nothing else")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as directory,
        BrokerProcess(Path(directory) / "data", "log.cleaner.backoff.ms=500") as running,
    ):
        process = Process(running)
        fill(process.broker, int(options.million_keys * 1e6), int(options.gigabytes * 1e9))
        numbers = measure(process, options.seconds)
    print(plain(rows({"kafkapy": [numbers]})))


if __name__ == "__main__":
    main()
