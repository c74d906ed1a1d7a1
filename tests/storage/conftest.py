"""Both file systems, for tests that must hold on either."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from kafkapy.storage.files import FileSystem
from kafkapy.storage.memory_files import MemoryFiles
from kafkapy.storage.os_files import OsFiles


class Place(NamedTuple):
    """A file system and an empty directory in it."""

    files: FileSystem
    path: str


@pytest.fixture(params=["memory", "disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    files: FileSystem = MemoryFiles() if request.param == "memory" else OsFiles()
    path = str(tmp_path / "place")
    files.make_directory(path)
    yield Place(files, path)
