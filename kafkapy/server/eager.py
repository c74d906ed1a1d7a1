"""Run a coroutine up to its first wait without a Task: most requests have their answer by then.

A Task costs several microseconds and a turn of the event loop. So a handler's first steps run in the read
callback, and only one that really waits is carried on by a Task. Until then there is no current task:
`asyncio.timeout` is refused, handlers use the broker's clock instead.
"""

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Waiting(Generic[T]):
    """The rest of a coroutine that has run up to its first wait; to be awaited once."""

    __slots__ = ("_awaited", "_coroutine")

    def __init__(self, coroutine: Coroutine[Any, Any, T], awaited: Any) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, T]:
        coroutine, awaited = self._coroutine, self._awaited
        try:
            while True:
                try:
                    value = yield awaited
                except BaseException as error:  # noqa: BLE001 - the coroutine decides, as with `yield from`
                    awaited = coroutine.throw(error)
                else:
                    awaited = coroutine.send(value)
        except StopIteration as done:
            result: T = done.value
            return result


def begin(coroutine: Coroutine[Any, Any, T]) -> tuple[T | None, Waiting[T] | None]:
    """Run `coroutine` to its end or its first wait: (its result, None) or (None, what is left to await)."""
    try:
        awaited = coroutine.send(None)
    except StopIteration as done:
        return done.value, None
    return None, Waiting(coroutine, awaited)
