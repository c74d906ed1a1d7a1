"""What a command decides: records for the log, then a reply and effects for the runtime to carry out.

A shard has two kinds of state. Hard state is what its records say; only replay changes it, and loading is
the same replay. Soft state (timers, parked requests, members between two generations) is forgotten on a
restart; commands change it, but where a change holds only if the records got into the log, it waits in
`Decision.then`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from kafkapy.coordinator.partition_log import ProducerIdentity
from kafkapy.protocol.errors import KafkaError

R = TypeVar("R")
TimerName = tuple[str, ...]


class Record(NamedTuple):
    """One record of an internal topic; `value` is encoded as `version`, and None is a tombstone."""

    key: Any
    value: Any | None
    version: int = 0


class Parked(Generic[R]):
    """A request that waits. A shard keeps it and names it in an `Answer`; the runtime knows who it is."""

    __slots__ = ("waiter",)

    def __init__(self) -> None:
        self.waiter: Any = None


class SetTimer(NamedTuple):
    """Run `command` in `delay_ms`, in place of any earlier timer of that name."""

    name: TimerName
    delay_ms: int
    command: "Command[Any]"


class CancelTimer(NamedTuple):
    """Forget the timer of that name, if there is one."""

    name: TimerName


class WhenCommitted(NamedTuple):
    """Run `command` once everything appended so far is committed, which mostly is at once."""

    command: "Command[Any]"


class WhenTold(NamedTuple):
    """Ask something outside the shard, and run `command` with
    what it calls back with: once, at once or later.
    """

    ask: Callable[[Callable[[Any], object]], object]
    command: "Callable[[Any, int], Decision[Any]]"


class Answer(NamedTuple):
    """The reply to a request that was parked, or its refusal."""

    parked: Parked[Any]
    reply: object


Effect = SetTimer | CancelTimer | WhenCommitted | WhenTold | Answer


@dataclass(slots=True)
class Decision(Generic[R]):
    """Records to append as one batch; once they are in the log and replayed the effects, `then`, the reply.

    parks    the request is answered by a later `Answer` instead of `reply`
    then     goes on once the records are applied; its decision's reply replaces this one's
    refused  goes on instead when the log did not take the records; without it the request gets the error
    atomic   False where the records may be spread over several batches, because each stands for itself
    producer the records belong to its open transaction; `proof` is what the log wants to see of that
    """

    reply: R | None = None
    records: list[Record] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    parks: bool = False
    then: "Callable[[], Decision[R]] | None" = None
    refused: "Callable[[KafkaError], Decision[R]] | None" = None
    atomic: bool = True
    producer: ProducerIdentity | None = None
    proof: object = None


Command = Callable[[int], Decision[R]]
"""Called with the time in ms. KafkaError: the request is refused, and nothing has happened."""
