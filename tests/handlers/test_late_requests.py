"""Requests of a transaction that is over (KIP-890): they neither write into another transaction nor end it.

Each way to end a transaction, what comes after it, and a request of the first that arrives only then.
"""

import pytest

from kafkapy.broker.internal_topics import CONSUMER_OFFSETS, TRANSACTION_STATE
from kafkapy.cluster.topics import NewTopic
from kafkapy.coordinator.runtime import settled
from kafkapy.protocol.error_code import ErrorCode
from tests.conftest import StartBroker
from tests.handlers.transactional_producer import (
    NEWEST,
    OLDER,
    Transactor,
    committed_offset,
    read_committed,
)
from tests.harness.broker import MemoryBroker

NONE = ErrorCode.NONE
HERE, ELSEWHERE = 0, 1
TIMED_OUT_MS = 75_000
ENDS = ("commit", "abort", "timeout", "replaced")
AFTERWARDS = ("nothing", "open here", "open elsewhere", "offset pending", "ended")
LATE_WRITES = ("batch here", "batch elsewhere", "repeated batch", "offset")
LATE_ENDS = ("commit", "abort")


@pytest.fixture
async def broker(start_broker: StartBroker) -> MemoryBroker:
    broker = await start_broker(transaction_state_log_num_partitions=1, offsets_topic_num_partitions=1)
    broker.broker.create_topics([NewTopic("t", num_partitions=2, configs=[("retention.ms", "-1")])])
    broker.broker.internal_topic(TRANSACTION_STATE)
    broker.broker.internal_topic(CONSUMER_OFFSETS)
    return broker


async def write(producer: Transactor, value: bytes, index: int) -> None:
    if producer.versions is OLDER:
        assert await producer.add(index) is NONE
    assert await producer.produce(value, index=index) is NONE


async def end_first(broker: MemoryBroker, producer: Transactor, how: str) -> None:
    if how == "timeout":
        await broker.advance(TIMED_OUT_MS)
    elif how == "replaced":
        await producer.start()
    else:
        assert await producer.end(commit=how == "commit") is NONE


async def go_on(producer: Transactor, what: str, after: str) -> list[bytes]:
    """The next transaction; gives what it writes to the partition of the first."""
    if what == "nothing":
        return []
    if after == "timeout":
        await producer.start()
    if what == "offset pending":
        if producer.versions is OLDER:
            assert await producer.add_offsets() is NONE
        assert await producer.commit_offset(7) is NONE
        return []
    await write(producer, b"second", ELSEWHERE if what == "open elsewhere" else HERE)
    if what == "ended":
        assert await producer.end(commit=True) is NONE
    return [] if what == "open elsewhere" else [b"second"]


async def arrive(late: Transactor, what: str) -> ErrorCode:
    """The request of the first transaction."""
    if what == "offset":
        return await late.commit_offset(99)
    if what in LATE_ENDS:
        return await late.end(commit=what == "commit")
    if what == "repeated batch":
        return await late.produce(b"first", index=HERE, sequence=0)
    return await late.produce(b"late", index=HERE if what == "batch here" else ELSEWHERE)


async def everything(broker: MemoryBroker) -> object:
    """All that a request could change: the ends of the logs, and what is known of the transaction."""
    partitions = [broker.broker.partitions.named(*each) for each in (("t", HERE), ("t", ELSEWHERE))]
    partitions.append(broker.broker.partitions.named(CONSUMER_OFFSETS, 0))
    ends = [(each.log.log_end_offset, each.last_stable_offset) for each in partitions]
    return ends, await settled(broker.broker.transactions.describe("id"))


async def play(
    broker: MemoryBroker, versions: dict[str, int], end: str, afterwards: str, late: str
) -> ErrorCode:
    """The code of the late request, once it is certain that it has done nothing."""
    producer = await Transactor(broker.send, versions=versions).start()
    await write(producer, b"first", HERE)
    first = producer.twin()
    await end_first(broker, producer, end)
    written = await go_on(producer, afterwards, end)
    before = await everything(broker)
    code = await arrive(first, late)
    assert await everything(broker) == before
    if afterwards not in ("nothing", "ended"):
        assert await producer.end(commit=True) is NONE
    assert await read_committed(broker.send, index=HERE) == [b"first"] * (end == "commit") + written
    assert await read_committed(broker.send, index=ELSEWHERE) == (
        [b"second"] if afterwards == "open elsewhere" else []
    )
    assert await committed_offset(broker.send) == (NONE, 7 if afterwards == "offset pending" else -1)
    return code


@pytest.mark.parametrize("late", LATE_WRITES)
@pytest.mark.parametrize("afterwards", AFTERWARDS)
@pytest.mark.parametrize("end", ENDS)
async def test_a_late_write_stays_out(broker: MemoryBroker, end: str, afterwards: str, late: str) -> None:
    assert await play(broker, NEWEST, end, afterwards, late) is not NONE


@pytest.mark.parametrize("late", LATE_ENDS)
@pytest.mark.parametrize("afterwards", AFTERWARDS)
@pytest.mark.parametrize("end", ENDS)
async def test_a_late_end_ends_nothing_and_is_only_confirmed_if_it_is_a_repetition(
    broker: MemoryBroker, end: str, afterwards: str, late: str
) -> None:
    code = await play(broker, NEWEST, end, afterwards, late)
    is_repetition = late == end or (late, end) == ("abort", "timeout")
    assert (code is NONE) is (is_repetition and afterwards == "nothing")


@pytest.mark.parametrize("late", LATE_WRITES + LATE_ENDS)
@pytest.mark.parametrize("afterwards", AFTERWARDS)
@pytest.mark.parametrize("end", ["timeout", "replaced"])
async def test_an_older_client_that_was_fenced_is_kept_out(
    broker: MemoryBroker, end: str, afterwards: str, late: str
) -> None:
    assert await play(broker, OLDER, end, afterwards, late) is not NONE


@pytest.mark.parametrize("late", LATE_WRITES)
@pytest.mark.parametrize("end", ["commit", "abort"])
async def test_a_late_write_of_an_older_client_begins_no_transaction(
    broker: MemoryBroker, end: str, late: str
) -> None:
    """Into a transaction that has the same partition it may get: with one epoch for all nobody can tell."""
    assert await play(broker, OLDER, end, "nothing", late) is not NONE
