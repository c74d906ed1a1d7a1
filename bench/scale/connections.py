"""Many connections that do nothing."""

from collections.abc import Iterator

from bench import frames
from bench.scale.client import Client
from bench.scale.curve import Curve, Run
from bench.scale.target import Target, both, less, running
from bench.scenarios import Number


def measure(run: Run) -> Iterator[list[Number]]:
    for count in run.sizes:
        with running(run.place / f"connections-{count}") as target:
            yield opened(target, count, run.seconds)


def opened(target: Target, count: int, seconds: float) -> list[Number]:
    request = frames.api_versions()
    before = target.memory()
    held = []
    target.begin()
    try:
        for _ in range(count):
            client = Client(target.broker)
            held.append(client)
            client.ask(request)
        spent = target.spent()
        after = target.memory()
        idle = target.idle(seconds)
    finally:
        target.begin()
        for client in held:
            client.close()
    with_them_gone = Client(target.broker)
    with_them_gone.ask(request)
    closed = target.spent()
    with_them_gone.close()
    return [
        *both("open, and ask for the API versions", spent),
        less("memory grown, anonymous", "MB", (after.anonymous - before.anonymous) / 1e6),
        less("memory, resident", "MB", after.resident / 1e6),
        idle,
        *both("close", closed),
    ]


CURVE = Curve(
    "connections",
    "Connections",
    "connections",
    (100, 300, 1000, 3000, 10_000),
    (100, 300, 1000),
    measure,
    "Connections are opened one after another; each asks for the API versions and stays. In the end all"
    " are closed, and the broker has answered the next one.",
)
