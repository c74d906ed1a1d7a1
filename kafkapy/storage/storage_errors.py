"""How an OSError leaves the storage room: as KafkaError(KAFKA_STORAGE_ERROR), with the log directory full or
offline.

A full disk refuses what is new and has lost nothing: what is there can be read, and deleted. After any other
error nobody knows what the disk still has. A sync that fails is always of the second kind.
"""

import errno
from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_disk_full(error: OSError) -> bool:
    return error.errno in DISK_FULL


class _CanFail(Protocol):
    is_offline: bool
    is_full: bool

    def failed(self, error: OSError) -> KafkaError: ...


Owner = TypeVar("Owner", bound=_CanFail)


def offline_on_error(
    method: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """For methods that use the disk: refuse when offline, and note it when the disk refuses."""

    def guarded(self: Owner, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if self.is_offline:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        try:
            return method(self, *args, **kwargs)
        except OSError as error:
            raise self.failed(error) from error

    return update_wrapper(guarded, method)


def needs_space(
    method: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """As `offline_on_error`, for methods that put something new on the disk: refused when it is full, too."""
    guarded = offline_on_error(method)

    def refusing(self: Owner, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if self.is_full:
            raise KafkaError(ErrorCode.KAFKA_STORAGE_ERROR)
        return guarded(self, *args, **kwargs)

    return update_wrapper(refusing, method)
