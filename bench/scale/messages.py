"""Large messages."""

from collections.abc import Iterator

from bench import frames
from bench.load import Connection
from bench.scale.curve import Curve, Run
from bench.scale.target import Spent, Target, less, running
from bench.scale.warm import warm_page_cache
from bench.scenarios import Number, accepted, topic

ROOM = 200_000_000
SETTINGS = (f"message.max.bytes={ROOM}", f"socket.request.max.bytes={ROOM}")
TOTAL_MB = 300


def measure(run: Run) -> Iterator[list[Number]]:
    for megabytes in run.sizes:
        warm_page_cache(run.place, min(2000, int(run.seconds * 400)) * 1_000_000)
        with running(run.place / f"messages-{megabytes}", *SETTINGS) as target:
            yield passed_through(target, megabytes)


def passed_through(target: Target, megabytes: int) -> list[Number]:
    size, times = megabytes * 1_000_000, max(3, TOTAL_MB // megabytes)
    batch = frames.record_batch(size, 1)
    with topic(target.broker, 1, "large") as topic_id, Connection(target.broker) as connection:
        request = frames.produce(topic_id, 0, batch)
        idle = target.memory()
        target.begin()
        for _ in range(times):
            accepted(connection.ask(request))
        numbers = passed("produce", target.spent(), size, times)
        numbers += peak("produce", target, idle.peak, size)
        target.forget_peak()
        target.begin()
        wanted = frames.fetch(topic_id, 0, 1, max_bytes=1)
        for _ in range(times):
            fetched(connection, wanted, size)
        numbers += passed("fetch", target.spent(), size, times)
        return numbers + peak("fetch", target, idle.peak, size)


def passed(name: str, spent: Spent, size: int, times: int) -> list[Number]:
    return [
        less(f"{name} one", "ms", spent.seconds / times * 1e3),
        less(f"{name}: CPU", "s/GB", spent.cpu_s / (size * times / 1e9)),
    ]


def peak(name: str, target: Target, idle_bytes: int, size: int) -> list[Number]:
    most = target.memory().peak
    return [
        less(f"{name}: most memory, resident", "MB", most / 1e6),
        less(f"{name}: of this above an idle broker, in messages", "", (most - idle_bytes) / size),
    ]


def fetched(connection: Connection, request: bytes, size: int) -> None:
    got = frames.fetched(connection.ask(request))
    if got.error_code or got.records_bytes < size:
        raise RuntimeError(f"{got.records_bytes} bytes were fetched: error {got.error_code}")


CURVE = Curve(
    "messages",
    "Size of a message",
    "MB",
    (1, 3, 10, 30, 100),
    (1, 3, 10),
    measure,
    "Batches of one record, one at a time: produced; then one of them is fetched as often. The clock "
    "also runs for the load generator. Resident memory has the mapped pages of the log in it.",
)
