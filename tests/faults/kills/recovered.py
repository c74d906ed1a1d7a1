"""What a killed broker has left: recovered from a copy of its directory, served, and looked through.

The copy is opened by a broker in this process, so that the real one can start at the same time.
"""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from kafkapy.storage.check import check
from kafkapy.storage.os_files import OsFiles
from kafkapy.testing.virtual_clock import VirtualClock
from tests.faults.checkers import (
    commits_hold,
    contiguous,
    everything_acknowledged_is_there,
    exactly_once,
    in_order,
    nothing_is_made_up,
)
from tests.faults.history import History
from tests.faults.reading import committed_offsets, ends_of, read_all
from tests.harness.broker import MemoryBroker


def copy_of(data_dir: Path, place: Path) -> Path:
    """The files as they are."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(data_dir, place)
    return place


async def violations(
    directory: Path, history: History, once: set[bytes], settings: tuple[str, ...], chance: Random
) -> list[str]:
    """What is wrong with a directory after a kill, given what was acknowledged before it.

    `once`: the producers whose records must not be there twice. The directory is changed.
    """
    parsed = dict(setting.split("=", 1) for setting in settings)
    clock = VirtualClock(time.time_ns() // 1_000_000 + chance.randrange(1000))
    broker = MemoryBroker(files=OsFiles(), clock=clock, **{**parsed, "log.dirs": str(directory)})
    await broker.start()
    served = await read_all(broker)
    offsets = await committed_offsets(broker)
    found = [
        *contiguous(served.logs, without=served.control),
        *everything_acknowledged_is_there(history, served.logs),
        *nothing_is_made_up(history, served.logs),
        *exactly_once(served.logs, once),
        *in_order(history, history.acknowledged),
        *commits_hold(history, offsets, ends_of(served.logs)),
    ]
    await broker.stop()
    return [*found, *problems(directory)]


def problems(directory: Path) -> Iterator[str]:
    """What `kafkapy check` says."""
    for problem in check(OsFiles(), str(directory)):
        yield f"{problem.path}: {problem.text}"
