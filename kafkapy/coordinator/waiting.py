"""Requests that wait at one shard: parked by the shard, or answered but held until the log is committed."""

from collections import deque
from typing import Any, NamedTuple, Protocol

from kafkapy.coordinator.decision import Parked
from kafkapy.protocol.errors import KafkaError


class Waiter(Protocol):
    """Who waits: an `asyncio.Future`."""

    def done(self) -> bool: ...
    def set_result(self, result: Any, /) -> None: ...
    def set_exception(self, exception: Any, /) -> None: ...


class _Held(NamedTuple):
    end_offset: int
    waiter: Waiter
    result: object


class Waiting:
    """Who waits, and for what."""

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()
        self._parked: set[Parked[Any]] = set()

    def park(self, parked: Parked[Any]) -> None:
        """The shard keeps the request; a no-op if the command that parked it has also answered it."""
        if parked.waiter is not None:
            self._parked.add(parked)

    def unpark(self, parked: Parked[Any]) -> Any:
        """The waiter of a request that now has its answer."""
        self._parked.discard(parked)
        waiter, parked.waiter = parked.waiter, None
        return waiter

    def hold(self, end_offset: int, waiter: Waiter, result: object) -> bool:
        """Keep an answer until `end_offset` is committed; True if it is the first that waits for that."""
        is_first = not self._held or self._held[-1].end_offset < end_offset
        self._held.append(_Held(end_offset, waiter, result))
        return is_first

    def release(self, end_offset: int) -> None:
        """Give out the answers that were held up to `end_offset`, in order."""
        while self._held and self._held[0].end_offset <= end_offset:
            held = self._held.popleft()
            resolve(held.waiter, held.result)

    def fail(self, error: KafkaError) -> None:
        """Tell all of them that nothing will come of it here."""
        for waiter in [*(parked.waiter for parked in self._parked), *(held.waiter for held in self._held)]:
            resolve(waiter, error)
        self._parked.clear()
        self._held.clear()


def resolve(waiter: Waiter, result: object) -> None:
    """Give an answer or a refusal, unless whoever waited for it has gone."""
    if waiter.done():
        return
    if isinstance(result, KafkaError):
        waiter.set_exception(result)
    else:
        waiter.set_result(result)
