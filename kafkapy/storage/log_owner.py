"""What a log tells the directory that it lives in."""

from typing import Protocol, TypeVar

L = TypeVar("L", contravariant=True)


class LogOwner(Protocol[L]):
    """A log directory, as its logs see it."""

    def failed(self, error: OSError) -> None:
        """The disk has refused something: no log of this directory can be trusted any more."""

    def remove_later(self, paths: list[str], due_ms: int) -> None:
        """Files that no log needs any more, to be removed when the wall clock shows `due_ms`."""

    def flush_wanted(self, log: L) -> None:
        """A roll has left something to be synced."""

    def recovery_point_lowered(self, log: L) -> None:
        """What is below the old recovery point is about to
        change: when this returns the disk knows the new one.
        """
