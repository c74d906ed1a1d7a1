"""`kafkapy check`: reads a data directory and says what is damaged. Changes nothing."""

import argparse
import sys

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
    problems = 0
    for directory in options.directories:
        for problem in check(files, directory):
            problems += 1
            print(f"{problem.path}: {problem.text}")
    if problems:
        print(f"kafkapy check: {problems} found", file=sys.stderr)
        return 1
    return 0
