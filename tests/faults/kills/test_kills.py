"""A broker that is killed (SIGKILL) again and again while real clients write, read and commit.

After every kill the files are copied, recovered by a broker of their own and compared with everything that
was acknowledged until then; the clients meanwhile carry on with the next life of the real one. The long form
has 200 kills. Clients are threads, so a seed repeats the choices of a run, not its every interleaving.
"""

import asyncio
import contextlib
import gc
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from confluent_kafka.admin import AdminClient

from tests.clients.conftest import CLIENTS, SETTINGS, create_topic, wait_for_coordinator
from tests.clients.facade import Client
from tests.faults.history import History
from tests.faults.kills.recovered import copy_of, violations
from tests.faults.kills.workers import PATIENT, Reader, Worker, writer_of
from tests.faults.seeds import Seeds
from tests.harness.broker_process import BrokerProcess

KILLS = 20
PARTITIONS = 2
KILL_SECONDS = 30
LEAST_ACKNOWLEDGED = 20
ROLLING = {"internal.segment.bytes": "131072", "segment.ms": "5000", "segment.jitter.ms": "0"}

# kafka-python forgets to close the sockets of connections that were refused.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def collect_forgotten_sockets(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """They are to go within the test that made them, so no log record may keep their errors."""
    for name in ("kafka", "aiokafka"):
        caplog.set_level(logging.CRITICAL, logger=name)
    yield
    gc.collect()


class Lives:
    """One broker's data directory over many lives, and the clients that live through all of them."""

    def __init__(self, place: Path, seed: int) -> None:
        self.chance = Random(seed)
        self.broker = BrokerProcess(place / "data", *SETTINGS)
        self.copy = place / "copy"
        self.history = History()
        self.writers: list[bytes] = []
        self._clients: list[Client] = []
        self._workers: list[Worker] = []

    def begin(self) -> None:
        """Start the broker, and three clients that write idempotently, plainly, and read in groups."""
        self.broker.start()
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap})
        create_topic(admin, "once", PARTITIONS, ROLLING)
        create_topic(admin, "plain", PARTITIONS, ROLLING)
        wait_for_coordinator(self.broker.bootstrap)
        for name, make in CLIENTS.items():
            client = make(self.broker.bootstrap)
            self._clients.append(client)
            for idempotent in (True, False):
                topic = "once" if idempotent else "plain"
                chance = Random(self.chance.random())
                writer = writer_of(client, topic, PARTITIONS, self.history, chance, idempotent=idempotent)
                self.writers.append(writer.name)
                self._workers.append(Worker(writer.name.decode(), writer.step))
            consumer = client.consumer("once", group=f"group-{name}", **_reading(name))
            self._workers.append(Worker(name, Reader(f"group-{name}", consumer, self.history).step))

    async def die_and_rise(self) -> list[str]:
        """One kill, after a while or while it is starting; what is wrong with what it left."""
        await asyncio.sleep(self.chance.uniform(0.05, 0.5))
        self.broker.kill()
        if self.chance.random() < 0.2:
            self._start_and_kill(self.chance.uniform(0.1, 0.8))
        copy = copy_of(self.broker.data_dir, self.copy)
        history = self.history.copy()
        self.broker.start()
        once = {name for name in self.writers if name.endswith(b"idempotent")}
        return await violations(copy, history, once, SETTINGS, self.chance)

    def _start_and_kill(self, after_seconds: float) -> None:
        """A life that ends during, or just after, its start."""

        def kill() -> None:
            with contextlib.suppress(AssertionError):  # it has come to its end already
                self.broker.process.kill()

        killer = threading.Timer(after_seconds, kill)
        killer.start()
        with contextlib.suppress(AssertionError):
            self.broker.start()
            self.broker.kill()
        killer.cancel()
        killer.join()

    async def write_enough(self) -> None:
        """The last life goes on until nobody has hardly written: on a slow machine the others were short."""
        acknowledged = self.history.acknowledged
        while any(  # noqa: ASYNC110 - it is threads that write
            len(acknowledged[name]) < LEAST_ACKNOWLEDGED for name in self.writers
        ):
            await asyncio.sleep(0.05)

    def end(self) -> None:
        """Let the clients finish; raises what went wrong with them."""
        errors = []
        for worker in self._workers:
            try:
                worker.finish()
            except BaseException as error:  # noqa: BLE001 - the others have to finish too
                errors.append(error)
        while self._clients:
            with contextlib.suppress(Exception):
                self._clients.pop().close()
        if errors:
            raise errors[0]


def _reading(name: str) -> dict[str, object]:
    known = {"retry_backoff_ms": 50, "reconnect_backoff_max_ms": 200}
    return {key: value for key, value in PATIENT[name].items() if key in known}


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Callable[[int], Lives]]:
    """`lives(seed)`; the broker and the clients are gone when the test ends."""
    made: list[Lives] = []

    def begin(seed: int) -> Lives:
        made.append(Lives(tmp_path / str(seed), seed))
        return made[-1]

    yield begin
    for each in made:
        with contextlib.suppress(BaseException):
            each.end()
        if each.broker._process is not None:
            each.broker.kill()


@pytest.mark.timeout(1200)
async def test_what_was_acknowledged_survives_kills_in_order_and_once(
    seeds: Seeds, lives: Callable[[int], Lives]
) -> None:
    for seed in seeds(short=1, long=10):
        life = lives(seed)
        life.begin()
        for kill in range(KILLS):
            found = await asyncio.wait_for(life.die_and_rise(), KILL_SECONDS)
            assert not found, f"after kill {kill + 1}:\n" + "\n".join(found[:10])
        await asyncio.wait_for(life.write_enough(), KILL_SECONDS)
        life.end()
        assert len(life.history.committed) == len(CLIENTS) * PARTITIONS
        assert life.broker.stop() == 0
        once = {name for name in life.writers if name.endswith(b"idempotent")}
        assert not await violations(life.broker.data_dir, life.history, once, SETTINGS, life.chance)
