"""Files stay within reach when everything else has taken the descriptors."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kafkapy.storage.os_files import MAP_BYTES, OsFiles
from kafkapy.storage.spare_descriptors import SpareDescriptors


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """All that the process may have are taken."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(map(int, os.listdir("/dev/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 16, limits[1]))
    taken: list[int] = []
    try:
        with pytest.raises(OSError, match="Too many open files"):
            _take_all(taken)
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def _take_all(taken: list[int]) -> None:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))


def test_all_that_files_do_goes_on(tmp_path: Path) -> None:
    files = OsFiles()
    open_files = [files.open(f"{tmp_path}/{number}", create=True) for number in range(3)]
    large = files.open(f"{tmp_path}/large", create=True)
    large.append(bytes(2 * MAP_BYTES))
    for file in (*open_files, large):
        file.close()
    with no_descriptors_left():
        for file in open_files:
            file.append(b"x")
            file.sync_job()()
        assert len(large.view(0, MAP_BYTES)) == MAP_BYTES
        files.write(f"{tmp_path}/d", b"content")
        assert files.read(f"{tmp_path}/d") == b"content"
        assert files.list(str(tmp_path)) == ["0", "1", "2", "d", "large"]
        files.sync_directory(str(tmp_path))
        files.sync(f"{tmp_path}/d")
        files.for_thread().open(f"{tmp_path}/e", create=True).append(b"y")
    assert [file.read(0, 1) for file in open_files] == [b"x"] * 3


def test_spare_descriptors_are_taken_back_when_there_is_room() -> None:
    spares = SpareDescriptors(2)
    assert [spares.give_one() for _ in range(3)] == [True, True, False]
    with no_descriptors_left():
        spares.refill()
        assert not spares.give_one()
    spares.refill()
    assert spares.give_one()


def test_another_error_is_none_of_this(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as refused:
        OsFiles().read(f"{tmp_path}/none")
    assert refused.value.errno == errno.ENOENT
