"""What one client notices of others that produce as fast as they can."""

import multiprocessing
import time
from collections.abc import Iterator
from itertools import repeat
from multiprocessing.connection import Connection as Pipe

from bench import frames
from bench.load import Broker, Connection, Flow, Pushed, percentile, push
from bench.scale.curve import Curve, Run
from bench.scale.target import Target, less, running
from bench.scale.warm import warm_page_cache
from bench.scenarios import Number, accepted, topic

IN_FLIGHT = 5
BATCH = (1000, 500)
MOST_BYTES = 2_000_000_000  # what the page cache takes without writing it out at once
PAUSE_SECONDS = 0.002


def measure(run: Run) -> Iterator[list[Number]]:
    for connections in run.sizes:
        warm_page_cache(run.place, min(2 * MOST_BYTES, int(run.seconds * MOST_BYTES)))
        with running(run.place / f"fairness-{connections}") as target:
            yield beside(target, connections, run.seconds)


def beside(target: Target, connections: int, seconds: float) -> list[Number]:
    """Acknowledgements of one record at a time, without others and beside them."""
    with topic(target.broker, 1, "alone") as topic_id, Connection(target.broker) as connection:
        request = frames.produce(topic_id, 0, frames.record_batch(100, 1))
        alone = acknowledged(connection, request, seconds)
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        pushing = multiprocessing.get_context("spawn").Process(
            target=others, args=(target.broker, connections, seconds, theirs)
        )
        pushing.start()
        ours.recv()
        crowded = []
        while not ours.poll():
            crowded += acknowledged(connection, request, 0)
        pushed: Pushed = ours.recv()
        pushing.join()
    times = {"alone": alone, "beside the others": crowded}
    return [
        *(
            less(f"{who}: p{int(part * 100)}", "ms", percentile(values, part) * 1e3)
            for who, values in times.items()
            for part in (0.5, 0.99)
        ),
        less("the others together", "MB/s", pushed.value / pushed.seconds / 1e6),
        less("broker: CPU", "% of a core", 100 * pushed.cpu_s / pushed.seconds),
    ]


def acknowledged(connection: Connection, request: bytes, seconds: float) -> list[float]:
    """Seconds until each record was acknowledged; at least one."""
    times: list[float] = []
    began = time.perf_counter()
    while not times or time.perf_counter() - began < seconds:
        sent = time.perf_counter()
        accepted(connection.ask(request))
        times.append(time.perf_counter() - sent)
        time.sleep(PAUSE_SECONDS)
    return times


def others(
    broker: Broker,
    connections: int,
    seconds: float,
    pipe: "Pipe[object, object]",
) -> None:
    """Runs in a process of its own: says that it begins, and what it has done."""
    batch = frames.record_batch(*BATCH)
    with topic(broker, connections, "others") as topic_id:
        requests = [frames.produce(topic_id, partition, batch) for partition in range(connections)]
        flows = [
            Flow(repeat(request).__next__, lambda answer: accepted(answer) * len(batch.content))
            for request in requests
        ]
        pipe.send("ready")
        pipe.send(push(broker, flows, IN_FLIGHT, seconds, MOST_BYTES))


CURVE = Curve(
    "fairness",
    "Fairness",
    "producing connections",
    (1, 2, 4, 8),
    (4,),
    measure,
    f"One client has single records of 100 bytes acknowledged, with pauses of {PAUSE_SECONDS * 1000:.0f}"
    f" ms, while others produce as fast as they can: {IN_FLIGHT} requests in flight on each connection, "
    "with 500 kB each.",
)
