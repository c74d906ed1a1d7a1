"""`kafkapy check`: reads a data directory and says what is damaged. Changes nothing."""

import argparse
import sys
from pathlib import Path

DESCRIPTION = """\
Read whole data directories, or directories of single partitions, and list everything in them that is not as a
broker would have left it: batches with a wrong checksum, offsets that go back, indexes that point nowhere.
Nothing is changed. The exit code is 0 when all is well, 1 when something is wrong.
"""

EXAMPLES = """\
examples:
  kafkapy check kafkapy-data
  kafkapy check kafkapy-data/my-topic-0
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directories", nargs="+", metavar="DIR", help="a data directory, or that of one partition"
    )


def run(options: argparse.Namespace) -> int:
    from kafkapy.storage.check import check
    from kafkapy.storage.os_files import OsFiles

    files = OsFiles()
    count = 0
    for directory in options.directories:
        try:
            problems = check(files, Path(directory).absolute().as_posix())
        except OSError as error:
            print(f"kafkapy check: {error}", file=sys.stderr)
            return 2
        for problem in problems:
            print(f"{problem.path}: {problem.text}")
        count += len(problems)
    if count:
        print(f"kafkapy check: {count} found", file=sys.stderr)
    return 1 if count else 0
