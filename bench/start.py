"""Start a broker to be measured, and measure how long it takes until it answers."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import frames
from bench.document import say
from bench.load import Broker, Connection
from bench.scenarios import Number
from tests.harness.broker_process import BrokerProcess

QUICK_DELETION = "log.segment.delete.delay.ms=100"  # so that the topics of one scenario do not fill the disk


@contextlib.contextmanager
def running(data_dir: Path, *settings: str, serve: Sequence[str] | None = None) -> Iterator[Broker]:
    """A broker that runs on an empty directory; `serve` are the words that start it, those of `kafkapy serve`
    when left out.
    """
    process = BrokerProcess(data_dir, QUICK_DELETION, *settings, serve=serve).start()
    try:
        yield broker_of(process)
    finally:
        stop(process)


@contextlib.contextmanager
def started(data_dir: Path, serve: Sequence[str] | None = None) -> Iterator[tuple[Broker, list[Number]]]:
    """A broker that runs on an empty directory, and the times that its first and its second start took.

    It is to have run before, so that bytecode and class data are where an installation has them.
    """
    process = BrokerProcess(data_dir, QUICK_DELETION, listen=f"127.0.0.1:{free_port()}", serve=serve)
    first = start(process)
    stop(process)
    second = start(process)
    try:
        numbers = [
            Number("start on an empty directory until the first answer", "s", first, "less"),
            Number("start again until the first answer", "s", second, "less"),
        ]
        yield broker_of(process), numbers
    finally:
        stop(process)


def stop(process: BrokerProcess) -> None:
    """A broker that does not end in time is killed: what was measured is not lost for that."""
    try:
        process.stop()
    except AssertionError as problem:
        say(str(problem)[:500])


def broker_of(process: BrokerProcess) -> Broker:
    host, _, port = process.bootstrap.rpartition(":")
    return Broker(host, int(port), process.pid)


def start(process: BrokerProcess) -> float:
    """Seconds from starting the process until a Metadata request is answered with a broker in it."""
    answered: list[float] = []
    host, _, port = process.listen.rpartition(":")
    began = time.perf_counter()
    asking = threading.Thread(
        target=ask_until_answered,
        args=(Broker(host, int(port), None), began, answered, process.start_seconds),
    )
    asking.start()
    process.start()
    asking.join()
    return answered[0]


def ask_until_answered(broker: Broker, began: float, answered: list[float], seconds: float) -> None:
    while time.perf_counter() - began < seconds:
        try:
            with Connection(broker) as connection:
                if frames.brokers_in(connection.ask(frames.metadata())):
                    answered.append(time.perf_counter() - began)
                    return
        except OSError:
            time.sleep(0.002)
    answered.append(float("nan"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
