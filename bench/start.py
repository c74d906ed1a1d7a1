"""Start a broker to be measured, and measure how long it takes until it answers."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import frames
from bench.load import Broker, Connection
from bench.scenarios import Number
from tests.harness.broker_process import BrokerProcess

QUICK_DELETION = "log.segment.delete.delay.ms=100"  # so that the topics of one scenario do not fill the disk


@contextlib.contextmanager
def started(data_dir: Path, serve: Sequence[str] | None = None) -> Iterator[tuple[Broker, list[Number]]]:
    """A broker that runs on an empty directory, and the times that its first and its second start took.

    `serve` are the words that start it, those of `kafkapy serve` when left out.
    """
    with BrokerProcess(data_dir.with_name("earlier"), serve=serve):
        pass  # so that bytecode and class data are where an installation has them
    listen = f"127.0.0.1:{free_port()}"
    process = BrokerProcess(data_dir, QUICK_DELETION, listen=listen, serve=serve)
    first = start(process)
    process.stop()
    second = start(process)
    try:
        host, _, port = process.bootstrap.rpartition(":")
        numbers = [
            Number("start on an empty directory until the first answer", "s", first, "less"),
            Number("start again until the first answer", "s", second, "less"),
        ]
        yield Broker(host, int(port), process.pid), numbers
    finally:
        process.stop()


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
