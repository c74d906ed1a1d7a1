"""What goes wrong, and when: chosen by a seed."""

import random
import struct
import time
from collections.abc import Callable, Sequence

from tests.clients.proxy import Proxy
from tests.faults.exactly_once.crew import Crew
from tests.harness.broker_process import BrokerProcess

PRODUCE, INIT, ADD_PARTITIONS, ADD_OFFSETS, END, COMMIT_OFFSETS = 0, 22, 24, 25, 26, 28
DANGEROUS = (PRODUCE, INIT, ADD_PARTITIONS, ADD_OFFSETS, END, COMMIT_OFFSETS)
LOSSES = ("lose-request", "lose-half", "lose-answer")


def losses(chance: random.Random, share: float) -> Callable[[bytes], str]:
    """A rule for the proxy that loses this share of the requests that change something, or their answers."""

    def rule(frame: bytes) -> str:
        (api,) = struct.unpack_from(">h", frame)
        if api in DANGEROUS and chance.random() < share:
            return chance.choice(LOSSES)
        return "pass"

    return rule


class Chaos:
    """Does one bad thing after the other for a time; then everything works again."""

    def __init__(
        self, broker: BrokerProcess, proxy: Proxy, crews: Sequence[Crew], chance: random.Random
    ) -> None:
        self.done: list[str] = []
        self._broker = broker
        self._proxy = proxy
        self._crews = crews
        self._chance = chance

    def rage(self, seconds: float, *, pause: float) -> None:
        """Every bad thing at least once, in an order that the seed says, about `pause` seconds apart."""
        self._proxy.on_request(losses(self._chance, 0.01))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            acts = [self._kill_broker, self._cut, self._kill_copier, self._freeze, self._replace]
            self._chance.shuffle(acts)
            for act in acts:
                self.done.append(act.__name__.strip("_"))
                act(self._chance.choice(self._crews))
                self._wait(self._chance.uniform(0.5, 1.5) * pause)
        self._proxy.on_request(lambda _: "pass")
        while any(crew.is_frozen for crew in self._crews):
            self._wait(0.1)

    def _wait(self, seconds: float) -> None:
        time.sleep(seconds)
        for crew in self._crews:
            crew.care()

    def _kill_broker(self, _: Crew) -> None:
        self._broker.kill()
        self._broker.start()

    def _cut(self, _: Crew) -> None:
        self._proxy.cut_all()

    def _kill_copier(self, crew: Crew) -> None:
        crew.kill_one()

    def _freeze(self, crew: Crew) -> None:
        crew.freeze_one(replace=False)

    def _replace(self, crew: Crew) -> None:
        crew.freeze_one(replace=True)
