"""A disk that is full, and one that breaks, under one of two log directories: what was acknowledged is read,
what cannot be stored is not acknowledged, the other directory goes on, and after a restart all is well.
"""

import errno
import os
from collections.abc import Callable
from random import Random

import pytest

from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.produce import PartitionProduceData, ProduceRequest, TopicProduceData
from kafkapy.records.batch import records_of
from kafkapy.records.builder import NewRecord, build_batch
from kafkapy.storage.check import check
from tests.conftest import StartBroker
from tests.faults.reading import fetch, read_all, whole_batches
from tests.faults.seeds import Seeds
from tests.harness.broker import MemoryBroker

PARTITIONS = 6
BATCHES = 40
FIRST, SECOND = "/data", "/more"
ROLLING = [("internal.segment.bytes", "500"), ("index.interval.bytes", "0")]
FILES = {
    "any file": "",
    "log": ".log",
    "index": ".index",
    "time index": ".timeindex",
    "producer snapshot": ".snapshot",
    "leader epochs": "leader-epoch-checkpoint",
    "checkpoints": "offset-checkpoint",
}
GROWING = ("write", "create", "make_directory")
REFUSED = ErrorCode.KAFKA_STORAGE_ERROR
Acknowledged = dict[int, list[bytes]]
"""The values of each partition."""


class Trouble:
    """From now on what `refuses` says fails below one directory."""

    def __init__(self, broker: MemoryBroker, refuses: Callable[[str, str], bool], error: int) -> None:
        self.hits = 0
        self._files = broker.files
        self._allowed = broker.files.changing
        self._refuses = refuses
        self._error = error
        self._files.changing = self._changing

    def _changing(self, kind: str, path: str) -> None:
        if self._refuses(kind, path):
            self.hits += 1
            raise OSError(self._error, os.strerror(self._error), path)
        self._allowed(kind, path)

    def end(self) -> None:
        self._files.changing = self._allowed


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    """A broker with two log directories and a topic in both."""
    broker = await start_broker(log_dirs=f"{FIRST},{SECOND}", log_flush_offset_checkpoint_interval_ms=1000)
    broker.broker.create_topics([NewTopic("t", PARTITIONS, 1, configs=ROLLING)])
    assert partitions_in(broker, FIRST)
    assert partitions_in(broker, SECOND)
    return broker


def partitions_in(broker: MemoryBroker, directory: str) -> set[int]:
    return {
        index
        for index in range(PARTITIONS)
        if broker.broker.partitions.named("t", index).log.path.startswith(f"{directory}/")
    }


async def produce(broker: MemoryBroker, index: int, value: bytes) -> ErrorCode:
    batch = build_batch([NewRecord(None, value, broker.clock.now_ms())])
    data = [PartitionProduceData(index=index, records=batch)]
    request = ProduceRequest(
        acks=-1, timeout_ms=1000, topic_data=[TopicProduceData(name="t", partition_data=data)]
    )
    response = await broker.send(request, 12)
    return ErrorCode(response.responses[0].partition_responses[0].error_code)


async def work(broker: MemoryBroker, chance: Random, acknowledged: Acknowledged) -> dict[int, set[ErrorCode]]:
    """Produce here and there, while chores are done; the codes of each partition."""
    codes: dict[int, set[ErrorCode]] = {}
    for _ in range(BATCHES):
        index = chance.randrange(PARTITIONS)
        value = b"%d" % chance.randrange(10**9) + bytes(chance.randrange(200))
        code = await produce(broker, index, value)
        codes.setdefault(index, set()).add(code)
        if code is ErrorCode.NONE:
            acknowledged.setdefault(index, []).append(value)
        await broker.advance(chance.randrange(200))
    return codes


async def values(broker: MemoryBroker, index: int) -> list[bytes]:
    """All that is served of a partition."""
    found: list[bytes] = []
    offset = 0
    while True:
        answer = await fetch(broker, ("t", index), offset)
        assert answer.error_code == ErrorCode.NONE, ErrorCode(answer.error_code)
        if not answer.records:
            return found
        for position, header in whole_batches(answer.records, ("t", index)):
            found += [record.value or b"" for record in records_of(answer.records, position, header)]
            offset = header.next_offset


async def assert_all_is_well(broker: MemoryBroker, acknowledged: Acknowledged) -> None:
    """After a restart everything acknowledged is there, in order, and everything takes records."""
    await broker.restart()
    served = (await read_all(broker)).logs
    for index, expected in acknowledged.items():
        found = [record.value for record in served["t", index].records]
        assert [value for value in found if value in expected] == expected
    for index in range(PARTITIONS):
        assert await produce(broker, index, b"again") is ErrorCode.NONE
    await broker.stop()
    for directory in (FIRST, SECOND):
        assert check(broker.files, directory) == []
    await broker.begin_anew()


@pytest.mark.parametrize("kind", FILES)
async def test_a_full_disk_is_read_and_takes_nothing(broker: MemoryBroker, kind: str, seeds: Seeds) -> None:
    for seed in seeds(short=3, long=40):
        chance = Random(seed)
        acknowledged: Acknowledged = {index: await values(broker, index) for index in range(PARTITIONS)}
        await work(broker, chance, acknowledged)
        mine, others = partitions_in(broker, SECOND), partitions_in(broker, FIRST)
        trouble = Trouble(
            broker,
            lambda call, path: call in GROWING and path.startswith(SECOND) and FILES[kind] in path,
            errno.ENOSPC,
        )
        codes = await work(broker, chance, acknowledged)
        assert all(codes[index] == {ErrorCode.NONE} for index in others & codes.keys())
        assert all(codes[index] <= {ErrorCode.NONE, REFUSED} for index in mine & codes.keys())
        if trouble.hits and kind != "checkpoints":
            assert await produce(broker, min(mine), b"x" * 100) is REFUSED
        for index in range(PARTITIONS):
            served = await values(broker, index)
            assert [value for value in served if value in acknowledged[index]] == acknowledged[index]
        trouble.end()
        await assert_all_is_well(broker, acknowledged)


@pytest.mark.parametrize("call", ["write", "sync", "create", "rename", "truncate", "sync_directory"])
async def test_a_broken_disk_is_offline_and_the_other_one_goes_on(
    broker: MemoryBroker, call: str, seeds: Seeds
) -> None:
    for seed in seeds(short=3, long=40):
        chance = Random(seed)
        acknowledged: Acknowledged = {index: await values(broker, index) for index in range(PARTITIONS)}
        await work(broker, chance, acknowledged)
        mine, others = partitions_in(broker, SECOND), partitions_in(broker, FIRST)
        trouble = Trouble(broker, lambda done, path: done == call and path.startswith(SECOND), errno.EIO)
        codes = await work(broker, chance, acknowledged)
        assert all(codes[index] == {ErrorCode.NONE} for index in others & codes.keys())
        assert all(codes[index] <= {ErrorCode.NONE, REFUSED} for index in mine & codes.keys())
        if trouble.hits:
            await broker.advance(10)
            assert await produce(broker, min(mine), b"x") is REFUSED
            answer = await fetch(broker, ("t", min(mine)), 0)
            assert answer.error_code == REFUSED
        for index in others:
            assert await values(broker, index) == acknowledged[index]
        trouble.end()
        await assert_all_is_well(broker, acknowledged)


async def test_a_disk_that_cannot_be_read_is_offline(broker: MemoryBroker) -> None:
    mine, other = min(partitions_in(broker, SECOND)), min(partitions_in(broker, FIRST))
    for index in (mine, other):
        assert await produce(broker, index, b"x") is ErrorCode.NONE
    broker.files.fail("read", path=f"{SECOND}/t-{mine}/")
    assert (await fetch(broker, ("t", mine), 0)).error_code == REFUSED
    assert await produce(broker, mine, b"y") is REFUSED
    assert await values(broker, other) == [b"x"]
    await assert_all_is_well(broker, {mine: [b"x"], other: [b"x"]})


async def test_without_the_directory_of_the_metadata_log_the_broker_says_that_it_has_to_end(
    broker: MemoryBroker,
) -> None:
    reasons: list[str] = []
    broker.broker.on_failed = reasons.append
    trouble = Trouble(broker, lambda call, path: call == "write" and path.startswith(FIRST), errno.EIO)
    assert await produce(broker, min(partitions_in(broker, FIRST)), b"x") is REFUSED
    assert len(reasons) == 1
    assert FIRST in reasons[0]
    trouble.end()
