"""The transaction coordinator on virtual time, over one partition in memory."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.coordinator.runtime import Reply
from kafkapy.coordinator.transaction.coordinator import TransactionCoordinator
from kafkapy.coordinator.transaction.environment import Marker
from kafkapy.coordinator.transaction.metadata import TransactionMetadata
from kafkapy.coordinator.transaction.settings import TransactionSettings
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.testing.virtual_clock import VirtualClock
from tests.coordinator.memory_log import MemoryLog

R = TypeVar("R")
ID = "id"
PARTITIONS = [("t", 0), ("t", 1)]
TIMEOUT_MS = 60_000


class Environment:
    """Implements `TransactionEnvironment`; partitions in `deaf` take no markers."""

    def __init__(self) -> None:
        self.version = 2
        self.markers: list[Marker] = []
        self.deaf: set[tuple[str, int]] = set()
        self.keeps_at_once = True
        self.asked: list[Callable[[bool], object]] = []
        self._producer_ids = itertools.count(1000)

    def new_producer_id(self) -> int:
        return next(self._producer_ids)

    def transaction_version(self) -> int:
        return self.version

    def write_marker(self, marker: Marker) -> bool:
        if (marker.topic, marker.partition) in self.deaf:
            return False
        self.markers.append(marker)
        return True

    def when_markers_kept(
        self, partitions: Sequence[tuple[str, int]], callback: Callable[[bool], object]
    ) -> None:
        self.asked.append(callback)
        if self.keeps_at_once:
            callback(True)


class TransactionHarness:
    """`load` gives a coordinator that knows nothing but the log."""

    def __init__(self, **settings: int) -> None:
        self.settings = TransactionSettings(**settings)
        self.clock = VirtualClock()
        self.log = MemoryLog()
        self.environment = Environment()
        self.coordinator = self._new_coordinator()
        self.load()

    def _new_coordinator(self) -> TransactionCoordinator:
        return TransactionCoordinator(self.settings, self.clock, self.environment, partition_count=1)

    def load(self) -> None:
        self.coordinator.close()
        self.coordinator = self._new_coordinator()
        self.coordinator.load(0, self.log)

    def start(self, name: str = ID) -> ProducerIdentity:
        """Its producer, with nothing open."""
        return done(self.coordinator.initialize(name, TIMEOUT_MS))

    def begin(self, name: str = ID, *, client_version: int = 2) -> ProducerIdentity:
        """Its producer, with a transaction in two partitions."""
        producer = self.start(name)
        self.add(producer, name, client_version=client_version)
        return producer

    def add(self, producer: ProducerIdentity, name: str = ID, *, client_version: int = 2) -> None:
        done(self.coordinator.add_partitions(name, producer, PARTITIONS, client_version=client_version))

    def end(
        self, producer: ProducerIdentity, name: str = ID, *, commit: bool = True, client_version: int = 2
    ) -> Reply[ProducerIdentity]:
        return self.coordinator.end(name, producer, commit=commit, client_version=client_version)

    def code_of_end(
        self, producer: ProducerIdentity, *, commit: bool = True, client_version: int = 2
    ) -> ErrorCode:
        try:
            done(self.end(producer, commit=commit, client_version=client_version))
        except KafkaError as refusal:
            return refusal.code
        return ErrorCode.NONE

    def stored(self, name: str = ID) -> TransactionMetadata:
        return done(self.coordinator.describe(name))

    @property
    def state(self) -> str:
        return self.stored().state.text

    def marked(self) -> list[tuple[int, bool, int]]:
        """Epoch, outcome and partition of the markers so far."""
        return [
            (marker.producer.producer_epoch, marker.committed, marker.partition)
            for marker in self.environment.markers
        ]


def done(reply: Reply[R]) -> R:
    """A reply that did not have to wait."""
    assert not isinstance(reply, asyncio.Future), "it waits"
    return reply
