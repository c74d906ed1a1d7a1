"""The scenarios: each drives one broker and gives named numbers."""

import contextlib
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import NamedTuple

from bench import frames
from bench.load import Broker, Connection, Flow, Pushed, close_all, percentile, push, usage

NOT_READY = {3, 5, 6, 7, 100}  # what Apache Kafka says of a topic that is not everywhere known yet
SETTLE_SECONDS = 60.0


class Number(NamedTuple):
    """A measured value; `better` is "more" or "less"."""

    name: str
    unit: str
    value: float
    better: str


class Effort(NamedTuple):
    """How much to measure."""

    seconds: float
    warm_up_seconds: float
    latencies: int
    fetch_bytes: int
    partitions: int
    connections: int
    produce_bytes: int  # what the page cache takes without writing it out at once


Scenario = Callable[[Broker, Effort], list[Number]]
FULL = Effort(1.5, 0.5, 2000, 256 << 20, 1000, 1000, 3 << 29)
QUICK = Effort(1.0, 0.3, 500, 32 << 20, 200, 200, 1 << 30)


@contextlib.contextmanager
def topic(broker: Broker, partitions: int, prefix: str) -> Iterator[bytes]:
    """A topic that takes records; its id. It is deleted afterwards."""
    name = frames.unique_name(prefix)
    with Connection(broker) as connection:
        topic_id = create(connection, name, partitions)
        one = frames.record_batch(10, 1)
        for partition in range(partitions):
            write_when_ready(connection, frames.produce(topic_id, partition, one))
        yield topic_id
        connection.ask(frames.delete_topic(name))


def create(connection: Connection, name: str, partitions: int) -> bytes:
    error_code, topic_id = frames.created_topic(connection.ask(frames.create_topic(name, partitions)), name)
    if error_code:
        raise RuntimeError(f"the topic was not created: error {error_code}")
    return topic_id


def write_when_ready(connection: Connection, request: bytes) -> None:
    deadline = time.perf_counter() + SETTLE_SECONDS
    while (error_code := frames.produce_error(connection.ask(request))) != 0:
        if error_code not in NOT_READY or time.perf_counter() > deadline:
            raise RuntimeError(f"a record was refused: error {error_code}")
        time.sleep(0.001)


def accepted(answer: memoryview) -> int:
    if error_code := frames.produce_error(answer):
        raise RuntimeError(f"a record was refused: error {error_code}")
    return 1


def idle(broker: Broker, effort: Effort) -> list[Number]:
    """Memory of an idle broker, when this comes first."""
    return memory("idle memory", broker)


def memory(name: str, broker: Broker) -> list[Number]:
    """Memory as it is now."""
    used = usage(broker)
    if used is None:
        return []
    return [
        Number(f"{name}, resident", "MB", used.resident_bytes / 1e6, "less"),
        Number(f"{name}, anonymous", "MB", used.anonymous_bytes / 1e6, "less"),
    ]


def throughput(name: str, pushed: Pushed, bytes_each: int, records_each: int) -> list[Number]:
    total = pushed.value * bytes_each
    return [
        Number(name, "MB/s", total / pushed.seconds / 1e6, "more"),
        Number(f"{name}: records", "thousand/s", pushed.value * records_each / pushed.seconds / 1e3, "more"),
        Number(f"{name}: CPU", "s/GB", pushed.cpu_s / (total / 1e9), "less"),
    ]


def single_records(broker: Broker, effort: Effort) -> list[Number]:
    """One record of 100 bytes per request, 16 connections with five requests in flight each."""
    with topic(broker, 16, "single") as topic_id:
        one = frames.record_batch(100, 1)
        requests = [frames.produce(topic_id, partition, one) for partition in range(16)]
        flows = [Flow(repeat(request).__next__, accepted) for request in requests]
        push(broker, flows, 5, effort.warm_up_seconds)
        pushed = push(broker, flows, 5, effort.seconds)
    name = "produce 100 B x 1, 16 connections"
    return [
        Number(name, "thousand/s", pushed.answers / pushed.seconds / 1e3, "more"),
        Number(f"{name}: CPU each", "us", pushed.cpu_s / pushed.answers * 1e6, "less"),
    ]


def produce(label: str, batch: frames.Batch, connections: int, in_flight: int, acks: int = -1) -> Scenario:
    """Produce one batch per request, each connection to a partition of its own."""

    def run(broker: Broker, effort: Effort) -> list[Number]:
        with topic(broker, connections, "produce") as topic_id:
            requests = [
                frames.produce(topic_id, partition, batch, acks=acks) for partition in range(connections)
            ]
            flows = [Flow(repeat(request).__next__, accepted) for request in requests]
            most = effort.produce_bytes // len(batch.content)
            push(broker, flows, in_flight, effort.warm_up_seconds, most // 4)
            os.sync()
            lay_hands_on_memory(effort.produce_bytes)
            pushed = push(broker, flows, in_flight, effort.seconds, most)
        return throughput(f"produce {label}", pushed, batch.payload_bytes, batch.records)

    return run


def lay_hands_on_memory(size_bytes: int) -> None:
    """A virtual machine has to ask its host for memory that was free for some seconds, which can make writes
    to the page cache ten times as slow. What a file has just had is there for the next one.
    """
    block = bytes(1 << 20)
    with tempfile.TemporaryFile(prefix="kafkapy-bench-") as file:
        for _ in range(size_bytes >> 20):
            file.write(block)


class Reader:
    """Reads one partition again and again from its beginning."""

    def __init__(self, topic_id: bytes, partition: int, batch: frames.Batch, batches: int) -> None:
        self._batch = batch
        self._end = batches * batch.records
        self._topic_id = topic_id
        self._partition = partition
        self._offset = 0

    def request(self) -> bytes:
        return frames.fetch(self._topic_id, self._partition, self._offset)

    def batches_in(self, answer: memoryview) -> int:
        got = frames.fetched(answer)
        whole = got.records_bytes // len(self._batch.content)
        if got.error_code or not whole:
            raise RuntimeError(f"nothing was fetched at offset {self._offset}: error {got.error_code}")
        self._offset += whole * self._batch.records
        if self._offset >= self._end:
            self._offset = 0
        return whole


def fetch(label: str, batch: frames.Batch, connections: int) -> Scenario:
    """Fetch what was produced before, up to 1 MB per request, each connection from a partition of its own."""

    def run(broker: Broker, effort: Effort) -> list[Number]:
        name = frames.unique_name("fetch")
        batches = effort.fetch_bytes // connections // len(batch.content)
        with Connection(broker) as filling:
            topic_id = create(filling, name, connections)
            for partition in range(connections):
                request = frames.produce(topic_id, partition, batch)
                write_when_ready(filling, request)
                for _ in range(batches - 1):
                    accepted(filling.ask(request))
            readers = [Reader(topic_id, partition, batch, batches) for partition in range(connections)]
            flows = [Flow(reader.request, reader.batches_in) for reader in readers]
            push(broker, flows, 1, effort.warm_up_seconds)
            pushed = push(broker, flows, 1, effort.seconds)
            filling.ask(frames.delete_topic(name))
        return throughput(f"fetch {label}", pushed, batch.payload_bytes, batch.records)

    return run


def acknowledgement_latency(broker: Broker, effort: Effort) -> list[Number]:
    """One record of 100 bytes at a time over one connection."""
    times = []
    with topic(broker, 1, "ack") as topic_id, Connection(broker) as connection:
        request = frames.produce(topic_id, 0, frames.record_batch(100, 1))
        for round_trip in range(effort.latencies * 3 // 2):
            started = time.perf_counter()
            accepted(connection.ask(request))
            if round_trip >= effort.latencies // 2:
                times.append((time.perf_counter() - started) * 1e6)
    return latencies("acknowledgement", times)


def end_to_end_latency(broker: Broker, effort: Effort) -> list[Number]:
    """From sending one record of 100 bytes until a fetch that waits for it is answered."""
    times = []
    with topic(broker, 1, "end") as topic_id, Connection(broker) as writing, Connection(broker) as reading:
        request = frames.produce(topic_id, 0, frames.record_batch(100, 1))
        for round_trip in range(effort.latencies * 3 // 4):
            waiting = frames.fetch(topic_id, 0, 1 + round_trip, max_wait_ms=10_000)
            reading.send(waiting)
            time.sleep(0.001)  # the fetch is to be waiting at the broker when the record comes
            started = time.perf_counter()
            writing.send(request)
            while not frames.fetched(reading.answer()).records_bytes:
                reading.send(waiting)
            if round_trip >= effort.latencies // 4:
                times.append((time.perf_counter() - started) * 1e6)
            accepted(writing.answer())
    return latencies("end to end", times)


def latencies(name: str, times_us: list[float]) -> list[Number]:
    return [
        Number(f"{name}: p50", "us", percentile(times_us, 0.5), "less"),
        Number(f"{name}: p99", "us", percentile(times_us, 0.99), "less"),
    ]


def many_partitions(broker: Broker, effort: Effort) -> list[Number]:
    """Create a topic of many partitions and write to each for the first time."""
    label = f"{effort.partitions:,} partitions"
    name = frames.unique_name("many")
    before = usage(broker)
    with Connection(broker) as connection:
        started = time.perf_counter()
        topic_id = create(connection, name, effort.partitions)
        created = time.perf_counter()
        one = frames.record_batch(100, 1)
        for partition in range(effort.partitions):
            write_when_ready(connection, frames.produce(topic_id, partition, one))
        written = time.perf_counter()
        after = usage(broker)
        connection.ask(frames.delete_topic(name))
    numbers = [
        Number(f"{label}: created and each written to", "s", written - started, "less"),
        Number(f"{label}: of this until the creation is answered", "s", created - started, "less"),
    ]
    if before and after:
        grown = (after.anonymous_bytes - before.anonymous_bytes) / effort.partitions
        numbers.append(Number(f"{label}: memory each", "kB", grown / 1e3, "less"))
    return numbers


def many_connections(broker: Broker, effort: Effort) -> list[Number]:
    """Open many connections one after another; each asks for the API versions and stays open."""
    label = f"{effort.connections:,} connections"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(effort.connections + 200, hard)), hard))
    request = frames.api_versions()
    before = usage(broker)
    started = time.perf_counter()
    opened = []
    for _ in range(effort.connections):
        connection = Connection(broker)
        connection.ask(request)
        opened.append(connection)
    elapsed = time.perf_counter() - started
    after = usage(broker)
    close_all(opened)
    numbers = [Number(f"{label}: opened and answered", "s", elapsed, "less")]
    if before and after:
        grown = (after.anonymous_bytes - before.anonymous_bytes) / effort.connections
        numbers.append(Number(f"{label}: memory each", "kB", grown / 1e3, "less"))
    return numbers


SCENARIOS: dict[str, Scenario] = {
    "idle": idle,
    "produce-100": produce("100 B x 1,000", frames.record_batch(100, 1000), 4, 5),
    "produce-100-acks1": produce("100 B x 1,000, acks=1", frames.record_batch(100, 1000), 4, 5, acks=1),
    "produce-1k": produce("1 kB x 500", frames.record_batch(1000, 500), 4, 5),
    "produce-10k": produce("10 kB x 50", frames.record_batch(10_000, 50), 4, 5),
    "produce-lz4": produce("1 kB x 500, lz4", frames.record_batch(1000, 500, frames.LZ4), 4, 5),
    "produce-single": single_records,
    "fetch-100": fetch("100 B x 1,000", frames.record_batch(100, 1000), 4),
    "fetch-1k": fetch("1 kB x 500", frames.record_batch(1000, 500), 4),
    "fetch-10k": fetch("10 kB x 50", frames.record_batch(10_000, 50), 4),
    "fetch-lz4": fetch("1 kB x 500, lz4", frames.record_batch(1000, 500, frames.LZ4), 4),
    "acknowledgement": acknowledgement_latency,
    "end-to-end": end_to_end_latency,
    "partitions": many_partitions,
    "connections": many_connections,
}
