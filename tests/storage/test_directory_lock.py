"""One holder at a time, in this process and in others."""

import subprocess
import sys
from pathlib import Path

import pytest

from kafkapy.storage.directory_lock import OsDirectoryLock

TAKE_IT = """
import sys
from kafkapy.storage.directory_lock import OsDirectoryLock
try:
    OsDirectoryLock(sys.argv[1])
except BlockingIOError:
    sys.exit(3)
"""


def test_another_process_is_excluded_while_the_lock_is_held(tmp_path: Path) -> None:
    path = str(tmp_path / ".lock")
    command = [sys.executable, "-c", TAKE_IT, path]
    lock = OsDirectoryLock(path)
    assert subprocess.run(command, check=False).returncode == 3
    lock.release()
    assert subprocess.run(command, check=False).returncode == 0


def test_a_failed_attempt_does_not_weaken_the_holder(tmp_path: Path) -> None:
    path = str(tmp_path / ".lock")
    holder = OsDirectoryLock(path)
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            OsDirectoryLock(path)
    command = [sys.executable, "-c", TAKE_IT, path]
    assert subprocess.run(command, check=False).returncode == 3
    holder.release()
