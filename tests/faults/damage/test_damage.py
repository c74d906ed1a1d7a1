"""A file of the data directory is damaged: the broker mends what it can, or says in one line that it will not
start and touches nothing. It never serves a record that was not there before, and never breaks.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import cache
from random import Random

import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.records.batch import check_crc, iterate_headers, records_of
from kafkapy.storage.check import check
from kafkapy.storage.log_directory import LogDirectoryError
from kafkapy.testing.virtual_clock import VirtualClock
from tests.faults.damage.directory import Content, Filled, broker_on, content_of, files_with, filled
from tests.faults.damage.ways import WAYS
from tests.faults.history import Place
from tests.faults.reading import EARLIEST, LATEST, bound, committed_offsets, fetch, places
from tests.faults.seeds import Seeds
from tests.harness.broker import MemoryBroker

DAYS = 4
"""Different directories that the rounds choose from."""
METADATA = "/data/__cluster_metadata-0/"
KINDS = {
    "log": r"/data/(?!__)[^/]*/\d+\.log",
    "log of a coordinator": r"/data/__(consumer|transaction)[^/]*/\d+\.log",
    "index": r"/data/(?!__cluster)[^/]*/\d+\.index",
    "time index": r"/data/(?!__cluster)[^/]*/\d+\.timeindex",
    "transaction index": r"/data/(?!__cluster)[^/]*/\d+\.txnindex",
    "producer snapshot": r"/data/(?!__cluster)[^/]*/\d+\.snapshot",
    "leader epochs": r"/data/(?!__cluster)[^/]*/leader-epoch-checkpoint",
    "partition.metadata": r"/data/(?!__cluster)[^/]*/partition\.metadata",
    "checkpoint": r"/data/[^/]*-checkpoint",
    "meta.properties": r"/data/meta\.properties",
    "clean shutdown": r"/data/\.kafka_cleanshutdown",
    "quorum-state": METADATA + "quorum-state",
    "metadata log": METADATA + r"\d+\.log",
    "metadata snapshot": METADATA + r".*\.checkpoint",
    "metadata log's other files": METADATA + r"(\d+\.(index|timeindex|snapshot)|leader.*|partition.*)",
    "bootstrap": r"/data/bootstrap\.checkpoint",
}
ALWAYS_MENDED = {
    "index",
    "time index",
    "transaction index",
    "producer snapshot",
    "leader epochs",
    "checkpoint",
    "clean shutdown",
    "log",
    "log of a coordinator",
}
"""The others may refuse to start."""
REFUSALS = (LogDirectoryError, OSError, KafkaError)


@cache
def day(number: int, cleanly: bool) -> Filled:
    return filled(number, cleanly=cleanly)


def damage(content: Content, pattern: str, chance: Random) -> str | None:
    """Damage one file whose path fits; says how. None if there is none."""
    fitting = [path for path, each in sorted(content.items()) if each and re.fullmatch(pattern, path)]
    if not fitting:
        return None
    path, way = chance.choice(fitting), chance.choice(sorted(WAYS))
    content[path] = WAYS[way](content[path], chance)
    return f"{path} {way}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_mended_or_refused(kind: str, seeds: Seeds) -> None:
    for seed in seeds(short=8, long=150):
        chance = Random(seed)
        before = day(chance.randrange(DAYS), chance.random() < 0.5)
        content = dict(before.content)
        what = damage(content, KINDS[kind], chance)
        if what is not None:
            asyncio.run(start_on(content, before, what, chance, may_refuse=kind not in ALWAYS_MENDED))


async def start_on(content: Content, before: Filled, what: str, chance: Random, *, may_refuse: bool) -> None:
    files = files_with(content, before.now_ms)
    broker = broker_on(files, VirtualClock(before.now_ms + 1000), chance)
    try:
        await broker.start()
    except REFUSALS as error:
        refusal = error
    else:
        refusal = None
    if refusal is not None:
        assert may_refuse, f"{what}: {refusal}"
        assert len(str(refusal).splitlines()) == 1, f"{what}: {refusal}"
        assert touched(content, content_of(files)) == [], what
        return
    found = [text for place in await places(broker) async for text in misread(broker, place, before)]
    assert not found, f"{what}: {found[:5]}"
    await committed_offsets(broker)
    await broker.stop()
    check(files, "/data")


def touched(before: Content, after: Content) -> list[str]:
    """The files that are not as before."""
    return [
        path
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path) and not path.endswith("/.lock")
    ]


async def misread(broker: MemoryBroker, place: Place, before: Filled) -> AsyncIterator[str]:
    """What is served that was not there before. A damaged batch may be refused, and everything behind it.

    Deleted records come back when it is forgotten where the log began, as long as their segment is there.
    """
    known = before.served.get(place, {})
    began = before.starts.get(place, 0)
    start, end = await bound(broker, place, EARLIEST), await bound(broker, place, LATEST)
    offset = start
    while offset < end:
        answer = await fetch(broker, place, offset)
        if answer.error_code == ErrorCode.CORRUPT_MESSAGE:
            return
        if answer.error_code != ErrorCode.NONE or not answer.records:
            yield f"{place} at {offset}: {answer.error_code}, {len(answer.records or b'')} bytes"
            return
        asked = offset
        for position, header in iterate_headers(answer.records):
            if not check_crc(answer.records, position, header) or header.next_offset <= offset:
                yield f"{place} at {offset}: a damaged batch"
                return
            if not header.is_control:
                for record in records_of(answer.records, position, header):
                    if record.offset >= max(start, began) and known.get(record.offset) != record.value:
                        yield f"{place} at {record.offset}: {record.value!r} was not there"
            offset = header.next_offset
        if offset == asked:
            return
