"""Work in threads: where it runs, and what comes back."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kafkapy.broker.jobs import Jobs, WorkerThreads


@pytest.fixture
def threads() -> Iterator[WorkerThreads]:
    made = WorkerThreads(2)
    yield made
    made.close()


async def test_a_job_runs_in_a_thread_and_its_result_comes_back(threads: WorkerThreads) -> None:
    jobs, got = Jobs(threads), []
    here = threading.get_ident()
    jobs.run(threading.get_ident, lambda thread: got.append((thread, threading.get_ident())))
    await jobs.finished()
    ((there, back),) = got
    assert back == here != there


async def test_no_more_threads_than_allowed_work_at_once(threads: WorkerThreads) -> None:
    jobs, both = Jobs(threads), threading.Barrier(2)
    used = set()
    for _ in range(10):
        jobs.run(lambda: (both.wait(10) and None) or threading.get_ident(), used.add)
    await jobs.finished()
    assert len(used) == 2


async def test_what_the_disk_refuses_is_told(threads: WorkerThreads) -> None:
    def job() -> None:
        raise OSError("no such disk")

    jobs, failed, installed = Jobs(threads), [], []
    jobs.run(job, installed.append, failed.append)
    await jobs.finished()
    assert [str(error) for error in failed] == ["no such disk"]
    assert not installed


async def test_a_mistake_in_a_job_reaches_the_event_loop_and_ends_nothing_else(
    threads: WorkerThreads,
) -> None:
    mistakes: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mistakes.append(context))
    jobs, got = Jobs(threads), []
    jobs.run(lambda: 1 // 0)
    jobs.run(lambda: "well", got.append)
    await jobs.finished()
    assert [type(each["exception"]) for each in mistakes] == [ZeroDivisionError]
    assert got == ["well"]


async def test_jobs_that_others_lead_to_are_waited_for(threads: WorkerThreads) -> None:
    jobs, got = Jobs(threads), []
    jobs.run(lambda: 1, lambda one: jobs.run(lambda: one + 1, got.append))
    await jobs.finished()
    assert got == [2]


def test_who_waits_no_more_is_no_trouble(threads: WorkerThreads) -> None:
    let_go = threading.Event()

    async def leave() -> None:
        Jobs(threads).run(lambda: let_go.wait(10))

    asyncio.run(leave())
    let_go.set()
    threads.close()


def test_threads_end_when_all_is_done() -> None:
    threads, done = WorkerThreads(3), []
    before = threading.active_count()
    for number in range(10):
        threads.submit(lambda number=number: done.append(number))
    threads.close()
    assert sorted(done) == list(range(10))
    assert threading.active_count() == before
