"""The broker under measurement, and what its process has used."""

import contextlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.load import Broker, usage
from bench.scenarios import Number
from bench.start import free_port, start
from tests.harness.broker_process import BrokerProcess

START_SECONDS = STOP_SECONDS = 300.0
SETTLE_SECONDS, SETTLE_LOOKS = 0.1, 50


class Spent(NamedTuple):
    """Seconds by the clock, and processor time of the broker."""

    seconds: float
    cpu_s: float


class Memory(NamedTuple):
    """Bytes: resident, the anonymous part of it, and the most that was ever resident."""

    resident: int
    anonymous: int
    peak: int


class Target:
    """A broker process, started by this: `started_s` is how long it took until metadata was answered."""

    def __init__(self, process: BrokerProcess) -> None:
        self.process = process
        self.started_s = start(process)
        self._began = self._cpu_began = 0.0

    @property
    def broker(self) -> Broker:
        host, _, port = self.process.bootstrap.rpartition(":")
        return Broker(host, int(port), self.process.pid)

    def cpu_s(self) -> float:
        """Processor time so far of all threads, from the kernel's clock of that process, which is exact where
        /proc counts ticks.
        """
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory(self) -> Memory:
        used = usage(self.broker)
        assert used is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        return Memory(used.resident_bytes, used.anonymous_bytes, peak * 1024)

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def begin(self) -> None:
        """Time and processor time count from here on for `spent`."""
        self._began, self._cpu_began = time.perf_counter(), self.cpu_s()

    def spent(self) -> Spent:
        return Spent(self.elapsed(), self.cpu_s() - self._cpu_began)

    def elapsed(self) -> float:
        return time.perf_counter() - self._began

    def settle(self) -> None:
        """Return when it has nothing to do any more, or does not come to rest."""
        for _ in range(SETTLE_LOOKS):
            self.begin()
            time.sleep(SETTLE_SECONDS)
            if self.spent().cpu_s < SETTLE_SECONDS / 1000:
                return

    def idle(self, seconds: float, what: str = "idle") -> Number:
        """Processor time while nothing is asked, in percent of a core, once what was asked is done."""
        self.settle()
        self.begin()
        time.sleep(seconds)
        spent = self.spent()
        return less(f"{what}: CPU", "% of a core", 100 * spent.cpu_s / spent.seconds)


def less(name: str, unit: str, value: float) -> Number:
    """A number of which less is better."""
    return Number(name, unit, value, "less")


def both(name: str, spent: Spent) -> list[Number]:
    return [less(name, "s", spent.seconds), less(f"{name}: CPU", "s", spent.cpu_s)]


@contextlib.contextmanager
def running(data_dir: Path, *settings: str) -> Iterator[Target]:
    """A broker on `data_dir`, and stopped in the end."""
    process = BrokerProcess(
        data_dir,
        *settings,
        listen=f"127.0.0.1:{free_port()}",
        start_seconds=START_SECONDS,
        stop_seconds=STOP_SECONDS,
    )
    target = Target(process)
    try:
        yield target
    finally:
        process.stop()


def allow_many_files() -> None:
    """As many open files as the system lets this process have, and the brokers that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
