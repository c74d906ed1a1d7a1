"""A data directory with every kind of file in it, and what a broker served from it before it was damaged."""

import asyncio
from random import Random
from typing import NamedTuple

from kafkapy.storage.memory_files import MemoryFiles
from tests.faults.history import Place
from tests.faults.power.actors import Actors
from tests.faults.power.ledger import Ledger
from tests.faults.power.machine import Machine
from tests.faults.reading import read_all
from tests.harness.broker import MemoryBroker

STEPS = 900
SETTINGS = {
    "num_partitions": 2,
    "offsets_topic_num_partitions": 2,
    "transaction_state_log_num_partitions": 2,
    "log_roll_ms": 1500,
    "log_initial_task_delay_ms": 200,
    "log_retention_check_interval_ms": 700,
    "log_flush_offset_checkpoint_interval_ms": 900,
    "log_flush_start_offset_checkpoint_interval_ms": 900,
    "log_cleaner_backoff_ms": 400,
    "log_cleaner_min_cleanable_ratio": 0.1,
    "group_initial_rebalance_delay_ms": 0,
    "metadata_log_max_record_bytes_between_snapshots": 2500,
}

Content = dict[str, bytes]
"""Of all files, by path."""


class Filled(NamedTuple):
    """A directory as a broker has left it."""

    content: Content
    served: dict[Place, dict[int, bytes]]
    """The value of every record, by partition and offset."""
    starts: dict[Place, int]
    """Log start offsets."""
    now_ms: int


async def fill(chance: Random, *, cleanly: bool) -> Filled:
    """What a busy day leaves, the broker being stopped or killed at its end."""
    machine = Machine(chance, **SETTINGS)
    await machine.boot()
    actors = Actors(machine, Ledger(), Random(chance.random()))
    machine.threads.is_held = True
    for _ in range(STEPS):
        actors.release_one()
        await machine.step()
    actors.check()
    machine.threads.run_all()
    served = (await read_all(machine.broker)).logs
    actors.end()
    if cleanly:
        await machine.broker.stop()
    content = content_of(machine.files)
    if not cleanly:
        await machine.broker.stop()
    values = {place: {record.offset: record.value for record in log.records} for place, log in served.items()}
    starts = {place: log.start for place, log in served.items()}
    return Filled(content, values, starts, machine.clock.now_ms())


def filled(seed: int, *, cleanly: bool) -> Filled:
    return asyncio.run(fill(Random(seed), cleanly=cleanly))


def content_of(files: MemoryFiles, path: str = "/data") -> Content:
    """Every file below `path`."""
    found: Content = {}
    for name in files.list(path):
        below = f"{path}/{name}"
        if files.is_directory(below):
            found |= content_of(files, below)
        else:
            found[below] = files.read(below)
    return found


def files_with(content: Content, now_ms: int) -> MemoryFiles:
    """A file system that holds it."""
    files = MemoryFiles(lambda: now_ms)
    for path, each in content.items():
        files.make_directory(path.rpartition("/")[0])
        files.write(path, each)
    return files


def broker_on(files: MemoryFiles, clock: object, chance: Random) -> MemoryBroker:
    return MemoryBroker(files=files, clock=clock, chance=chance, **SETTINGS)  # type: ignore[arg-type]
