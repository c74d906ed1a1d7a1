"""How an OSError leaves the storage room: as
KafkaError(KAFKA_STORAGE_ERROR), with the log directory offline.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _CanFail(Protocol):
    is_offline: bool

    def failed(self, error: OSError) -> KafkaError: ...


Owner = TypeVar("Owner", bound=_CanFail)


def offline_on_error(
    method: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """For methods that use the disk: refuse when offline, and go offline when the disk refuses."""

    def guarded(self: Owner, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if self.is_offline:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        try:
            return method(self, *args, **kwargs)
        except OSError as error:
            raise self.failed(error) from error

    return update_wrapper(guarded, method)
