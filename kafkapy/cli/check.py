"""`kafkapy check`: reads a data directory and says what is damaged; `--repair` makes it sound again."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkapy.storage.files import FileSystem

DESCRIPTION = """\
Read whole data directories, or directories of single partitions, and list everything in them that is not
as a broker would have left it: batches with a wrong checksum, offsets that go back, indexes that point
nowhere. Nothing is changed without --repair.

With --repair, damage is removed: each action is told before it is done. Batches are the truth: indexes,
leader epochs and producer snapshots are built anew from them, and a log is cut at its first bad batch. What
is cut off is gone, so make a copy first. Nothing is done while a broker is using the directory.

Exit codes: 0 all is well, or has been repaired; 1 something is wrong, or could not be repaired; 2 a wrong
call, a directory that is in use, or a disk that refuses.
"""

EXAMPLES = """\
examples:
  kafkapy check kafkapy-data
  kafkapy check kafkapy-data/my-topic-0
  kafkapy check --repair kafkapy-data
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directories", nargs="+", metavar="DIR", help="a data directory, or that of one partition"
    )
    parser.add_argument("--repair", action="store_true", help="remove damage, telling each step before")


def run(options: argparse.Namespace) -> int:
    from kafkapy.storage.os_files import OsFiles

    files = OsFiles()
    left = 0
    for directory in options.directories:
        path = Path(directory).absolute().as_posix()
        try:
            left += _repaired(files, path) if options.repair else _listed(files, path)
        except BlockingIOError:
            print(f"kafkapy check: {path} is in use: stop the broker first", file=sys.stderr)
            return 2
        except OSError as error:
            print(f"kafkapy check: {error}", file=sys.stderr)
            return 2
    if left:
        print(f"kafkapy check: {left} found", file=sys.stderr)
    return 1 if left else 0


def _listed(files: "FileSystem", path: str) -> int:
    """Say what is wrong; how much that is."""
    from kafkapy.storage.check import check

    problems = check(files, path)
    for problem in problems:
        print(f"{problem.path}: {problem.text}")
    return len(problems)


def _repaired(files: "FileSystem", path: str) -> int:
    """Say what is wrong, then what is done about it, and do it; what is left."""
    from kafkapy.storage.check import check
    from kafkapy.storage.repair import hold, repair

    lock = hold(files, path)
    try:
        if not _listed(files, path):
            return 0
        for action in repair(files, path):
            print(f"repair: {action.text}", flush=True)
            action.run()
        problems = check(files, path)
        for problem in problems:
            print(f"left: {problem.path}: {problem.text}")
        return len(problems)
    finally:
        if lock is not None:
            lock.release()
