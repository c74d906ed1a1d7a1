"""Waiting for bytes: woken by appends, by changes, or by the deadline."""

import asyncio

from kafkapy.broker.waiters import Deadline, Wake, wait_for_bytes
from kafkapy.testing.virtual_clock import VirtualClock


class Source:
    """A partition as far as waiters care."""

    def __init__(self) -> None:
        self.waiters: dict[Wake, None] = {}

    def wake(self, new_bytes: int) -> None:
        for waiter in tuple(self.waiters):
            waiter(new_bytes)


async def start(sources: list[Source], missing: int, deadline: Deadline) -> "asyncio.Task[None]":
    task = asyncio.ensure_future(wait_for_bytes(sources, missing, deadline))
    await asyncio.sleep(0)
    return task


async def test_the_bytes_of_all_partitions_count_together() -> None:
    one, other, clock = Source(), Source(), VirtualClock()
    task = await start([one, other], 100, Deadline(1000, clock))
    one.wake(60)
    await asyncio.sleep(0)
    assert not task.done()
    other.wake(40)
    await task
    assert not one.waiters
    assert not other.waiters


async def test_a_change_that_is_no_append_wakes_at_once() -> None:
    source = Source()
    task = await start([source], 100, Deadline(1000, VirtualClock()))
    source.wake(0)
    await task


async def test_the_deadline_ends_the_wait_also_when_waiting_begins_again() -> None:
    source, clock = Source(), VirtualClock()
    deadline = Deadline(1000, clock)
    task = await start([source], 1, deadline)
    source.wake(1)
    await task
    again = await start([source], 1, deadline)
    clock.advance(999)
    await asyncio.sleep(0)
    assert not again.done()
    clock.advance(1)
    await again
    assert deadline.has_passed


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    source = Source()
    task = await start([source], 1, Deadline(1000, VirtualClock()))
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert not source.waiters
