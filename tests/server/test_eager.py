"""The first steps of a coroutine run at once, the rest in a Task, and nobody inside can tell."""

import asyncio

import pytest

from kafkapy.server.eager import Waiting, begin


async def test_a_coroutine_that_does_not_wait_is_done_at_once() -> None:
    async def answer() -> str:
        return "done"

    assert begin(answer()) == ("done", None)


async def test_an_error_before_the_first_wait_comes_out_at_once() -> None:
    async def fail() -> str:
        raise ValueError("early")

    with pytest.raises(ValueError, match="early"):
        begin(fail())


async def rest(waiting: "Waiting[str] | None") -> str:
    assert waiting is not None
    return await waiting


async def test_the_rest_runs_when_what_it_waits_for_is_there() -> None:
    steps = []
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer() -> str:
        steps.append("started")
        steps.append(await first)
        await asyncio.sleep(0)
        return "done"

    _, waiting = begin(answer())
    assert steps == ["started"]
    task = asyncio.ensure_future(rest(waiting))
    await asyncio.sleep(0)
    first.set_result("woken")
    assert await task == "done"
    assert steps == ["started", "woken"]


async def test_an_error_of_what_it_waits_for_is_raised_inside() -> None:
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer() -> str:
        try:
            return await first
        except ValueError as error:
            await asyncio.sleep(0)
            return f"caught {error}"

    _, waiting = begin(answer())
    first.set_exception(ValueError("late"))
    assert await rest(waiting) == "caught late"


async def test_a_cancelled_task_cancels_what_the_coroutine_waits_for() -> None:
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    cleaned_up = []

    async def answer() -> str:
        try:
            return await first
        finally:
            cleaned_up.append(True)

    _, waiting = begin(answer())
    task = asyncio.ensure_future(rest(waiting))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned_up == [True]
    assert first.cancelled()


async def test_a_coroutine_may_catch_its_cancellation_and_answer_after_all() -> None:
    first: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def answer() -> str:
        try:
            return await first
        except asyncio.CancelledError:
            return "cancelled"

    _, waiting = begin(answer())
    task = asyncio.ensure_future(rest(waiting))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cancelled"
