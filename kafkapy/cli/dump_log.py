"""`kafkapy dump-log`: prints what the files of a partition hold, batch by batch or record by record."""

import argparse
import os
import sys
from pathlib import Path

DESCRIPTION = """\
Print the batches of log segments, and the entries of indexes, producer snapshots and checkpoints, in the
words of Apache Kafka's own tool. A directory stands for all files in it.
"""

EXAMPLES = """\
examples:
  kafkapy dump-log kafkapy-data/my-topic-0/00000000000000000000.log
  kafkapy dump-log kafkapy-data/my-topic-0 --print-data
  kafkapy dump-log kafkapy-data/__consumer_offsets-7 --deep
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or the directory of a partition")
    parser.add_argument("--deep", action="store_true", help="every record, not only every batch")
    parser.add_argument("--print-data", action="store_true", help="keys and values, too")


def run(options: argparse.Namespace) -> int:
    from kafkapy.storage.dump import dump
    from kafkapy.storage.os_files import OsFiles

    files = OsFiles()
    try:
        for given in options.paths:
            path = Path(given).absolute().as_posix()
            if not files.exists(path):
                raise FileNotFoundError(f"{path}: no such file or directory")
            for line in dump(files, path, deep=options.deep, print_data=options.print_data):
                print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"kafkapy dump-log: {error}", file=sys.stderr)
        return 2
    return 0
