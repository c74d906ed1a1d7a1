"""Kafka's checkpoint files: small text files that are replaced as a whole.

UTF-8 text: the version `0`, the number of entries, then one entry per line; `topic partition offset` in the
checkpoints of a log directory, `epoch start-offset` in a partition's `leader-epoch-checkpoint`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from kafkapy.storage.files import FileSystem, replace_file

VERSION = "0"

RECOVERY_POINTS = "recovery-point-offset-checkpoint"
LOG_START_OFFSETS = "log-start-offset-checkpoint"
HIGH_WATERMARKS = "replication-offset-checkpoint"
CLEANER_OFFSETS = "cleaner-offset-checkpoint"

Offsets: TypeAlias = Mapping[tuple[str, int], int]


class MalformedCheckpoint(Exception):
    """A checkpoint file that is not what this module writes."""


def format_checkpoint(entries: Iterable[str]) -> bytes:
    lines = list(entries)
    return "".join(f"{line}\n" for line in (VERSION, str(len(lines)), *lines)).encode()


def parse_checkpoint(content: bytes) -> list[list[str]]:
    """The fields of every entry. Raises MalformedCheckpoint on a wrong version or count.

    An empty file holds nothing: Kafka leaves one where nothing has been written yet.
    """
    if not content:
        return []
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise MalformedCheckpoint("not UTF-8") from error
    if not content.endswith(b"\n"):
        raise MalformedCheckpoint("the last line is cut")
    if lines[0].strip() != VERSION:
        raise MalformedCheckpoint(f"version {lines[0]!r}")
    entries = [line.split() for line in lines[2:]]
    if len(lines) < 2 or not lines[1].strip().isdigit() or int(lines[1]) != len(entries):
        raise MalformedCheckpoint(f"{len(entries)} entries, not {lines[1] if len(lines) > 1 else '(none)'}")
    return entries


def format_offsets(offsets: Offsets) -> bytes:
    return format_checkpoint(
        f"{topic} {partition} {offset}" for (topic, partition), offset in sorted(offsets.items())
    )


def parse_offsets(content: bytes) -> dict[tuple[str, int], int]:
    """Raises MalformedCheckpoint."""
    try:
        return {
            (topic, int(partition)): int(offset) for topic, partition, offset in parse_checkpoint(content)
        }
    except ValueError as error:
        raise MalformedCheckpoint(str(error)) from error


class OffsetCheckpoint:
    """One checkpoint file of a log directory."""

    def __init__(self, files: FileSystem, path: str) -> None:
        self._files = files
        self._path = path
        self._lock = threading.Lock()
        self._asked = 0
        self._written = 0

    def read(self) -> dict[tuple[str, int], int]:
        """What it holds: nothing if it is missing. Raises MalformedCheckpoint."""
        return parse_offsets(self._files.read(self._path)) if self._files.exists(self._path) else {}

    def write_job(self, offsets: Offsets) -> Callable[[], None]:
        """What writes these offsets, durably, in any thread;
        unless those of a later call have been written before.
        """
        content = format_offsets(offsets)
        self._asked += 1
        number = self._asked

        def job() -> None:
            with self._lock:
                if number > self._written:
                    replace_file(self._files, self._path, content)
                    self._written = number

        return job

    def write(self, offsets: Offsets) -> None:
        self.write_job(offsets)()
