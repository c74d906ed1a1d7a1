"""Many partitions."""

from collections.abc import Iterator

from bench import frames
from bench.load import Connection
from bench.scale.client import framed
from bench.scale.curve import Curve, Run
from bench.scale.target import Target, both, less, running
from bench.scale.topics import create_partitions
from bench.scenarios import Number, write_when_ready
from bench.start import start
from kafkapy.protocol.messages.metadata import MetadataRequest

METADATA_ANSWERS = 5


def measure(run: Run) -> Iterator[list[Number]]:
    for count in run.sizes:
        with running(run.place / f"partitions-{count}") as target:
            yield [*used(target, count), *idle_memory(target, run.seconds), *restarted(target)]


def used(target: Target, count: int) -> list[Number]:
    with Connection(target.broker) as connection:
        before = target.memory()
        target.begin()
        partitions = create_partitions(connection, count)
        created = target.spent()
        one = frames.record_batch(100, 1)
        requests = [frames.produce(topic_id, index, one) for topic_id, index in partitions]
        target.begin()
        for request in requests:
            write_when_ready(connection, request)
        written = target.spent()
        grown = target.memory().anonymous - before.anonymous
        everything = framed(MetadataRequest(topics=None), 12)
        target.begin()
        for _ in range(METADATA_ANSWERS):
            connection.ask(everything)
        answered = target.spent()
    return [
        *both("create", created),
        *both("write to each once", written),
        less("metadata of all", "ms", answered.seconds / METADATA_ANSWERS * 1e3),
        less("metadata of all: CPU", "ms", answered.cpu_s / METADATA_ANSWERS * 1e3),
        less("memory grown, anonymous", "MB", grown / 1e6),
    ]


def idle_memory(target: Target, seconds: float) -> list[Number]:
    memory = target.memory()
    return [target.idle(seconds), less("memory, resident", "MB", memory.resident / 1e6)]


def restarted(target: Target) -> list[Number]:
    """A clean stop, and a start until metadata is answered."""
    target.begin()
    target.process.stop()
    stopped = target.elapsed()
    seconds = start(target.process)
    return [
        less("stop", "s", stopped),
        less("start", "s", seconds),
        less("start: CPU", "s", target.cpu_s()),
    ]


CURVE = Curve(
    "partitions",
    "Partitions",
    "partitions",
    (100, 300, 1000, 3000, 10_000),
    (100, 300, 1000),
    measure,
    "Topics of 1,000 partitions are created, one record of 100 bytes written to each partition, one "
    "after another, the metadata of everything asked for; the broker is watched while nothing is asked,"
    " stopped and started again.",
)
