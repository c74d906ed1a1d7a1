"""Both file systems, and a log, for tests that must hold on either. A log's files are checked when its test
is over.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from kafkapy.storage.files import FileSystem
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.os_files import OsFiles
from tests.storage.log_harness import LogHarness


class Place(NamedTuple):
    """A file system and an empty directory in it."""

    files: FileSystem
    path: str


@pytest.fixture(params=["memory", "disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    files: FileSystem = MemoryFiles() if request.param == "memory" else OsFiles()
    path = (tmp_path / "place").as_posix()
    files.make_directory(path)
    return Place(files, path)


@pytest.fixture
def log(place: Place) -> Iterator[LogHarness]:
    """A log with small segments."""
    harness = LogHarness(place.files, place.path)
    yield harness
    harness.close()
    assert harness.check() == []


@pytest.fixture
def memory_files() -> MemoryFiles:
    files = MemoryFiles()
    files.make_directory("/data")
    files.sync_directory("/")
    return files
