"""`kafkapy dump-log`: prints what the files of a partition hold, batch by batch or record by record."""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafkapy.storage.dump import DumpOptions
    from kafkapy.storage.dump_items import Item

DESCRIPTION = """\
Print the batches of log segments and of metadata snapshots, and the entries of indexes, producer snapshots
and checkpoints. Options and lines are those of Apache Kafka's kafka-dump-log. A directory stands for all
files in it. The exit code is 0, 1 when something is wrong with a file (which is told on stderr), 2 for a
wrong call.

With --json every line is one object, whose "kind" is one of file, batch, record, offsetIndexEntry,
timeIndexEntry, abortedTransaction, producer, line (of a file that is text), remark, complaint. The other
names are those of the text. Keys and payloads are text, {"bytes": HEXADECIMAL} where they are no UTF-8, or
objects if a decoder was asked for.
"""

EXAMPLES = """\
examples:
  kafkapy dump-log kafkapy-data/my-topic-0/00000000000000000000.log
  kafkapy dump-log kafkapy-data/my-topic-0 --print-data-log
  kafkapy dump-log kafkapy-data/__consumer_offsets-7 --offsets-decoder
  kafkapy dump-log kafkapy-data/__cluster_metadata-0 --cluster-metadata-decoder --json
"""

FOR_TEXT, FOR_INTEGERS, FOR_LONGS = (
    f"org.apache.kafka.tools.api.{name}" for name in ("StringDecoder", "IntegerDecoder", "LongDecoder")
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file, or the directory of a partition")
    parser.add_argument("--files", metavar="FILE,FILE...", help="files, as kafka-dump-log takes them")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--deep-iteration", action="store_true", help="every record, not only every batch")
    parser.add_argument("--print-data-log", action="store_true", help="keys and values, too")
    decoders = (
        ("offsets", "__consumer_offsets"),
        ("transaction-log", "__transaction_state"),
        ("cluster-metadata", "__cluster_metadata and its snapshots"),
        ("share-group-state", "__share_group_state"),
    )
    chosen = parser.add_mutually_exclusive_group()
    for name, topic in decoders:
        chosen.add_argument(
            f"--{name}-decoder",
            dest="decoder",
            action="store_const",
            const=name,
            help=f"take keys and values apart: {topic}",
        )
    for part in ("key", "value"):
        parser.add_argument(
            f"--{part}-decoder-class",
            choices=(FOR_TEXT, FOR_INTEGERS, FOR_LONGS),
            metavar="CLASS",
            help=f"how to show {part}s: {FOR_TEXT} (the default), IntegerDecoder or LongDecoder",
        )
    parser.add_argument("--skip-record-metadata", action="store_true", help="only keys and values")
    parser.add_argument("--verify-index-only", action="store_true", help="compare indexes, print no entries")
    parser.add_argument("--index-sanity-check", action="store_true", help="only what a start looks at")
    parser.add_argument("--max-bytes", type=int, metavar="SIZE", help="how much of each log file to read")


def run(options: argparse.Namespace) -> int:
    from kafkapy.storage.dump import dump
    from kafkapy.storage.os_files import OsFiles

    files = OsFiles()
    named = [*options.paths, *(options.files.split(",") if options.files else ())]
    if not named:
        options.parser.error("which files?")
    paths = [given.replace(os.sep, "/").rstrip("/") for given in named]
    for path in paths:
        if not files.exists(path):
            print(f"kafkapy dump-log: {path}: no such file or directory", file=sys.stderr)
            return 2
    how = _dump_options(options)
    try:
        code = _print((item for path in paths for item in dump(files, path, how)), as_json=options.json)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"kafkapy dump-log: {error}", file=sys.stderr)
        return 2
    return code


def _dump_options(options: argparse.Namespace) -> "DumpOptions":
    from kafkapy.storage import dump_decoders as decoders
    from kafkapy.storage.dump import NO_LIMIT, DumpOptions

    parts = {
        None: decoders.text_part,
        FOR_TEXT: decoders.text_part,
        FOR_INTEGERS: decoders.number_part(4),
        FOR_LONGS: decoders.number_part(8),
    }
    of_topics: dict[str | None, decoders.Decoder] = {
        "offsets": decoders.group_decoder,
        "transaction-log": decoders.transaction_decoder,
        "cluster-metadata": decoders.metadata_decoder,
        "share-group-state": decoders.share_state_decoder,
    }
    decoder = of_topics.get(options.decoder)
    if decoder is None and (
        options.print_data_log or options.key_decoder_class or options.value_decoder_class
    ):
        decoder = decoders.plain_decoder(parts[options.key_decoder_class], parts[options.value_decoder_class])
    return DumpOptions(
        deep=options.deep_iteration or decoder is not None,
        decoder=decoder,
        skip_record_metadata=options.skip_record_metadata,
        verify_index_only=options.verify_index_only,
        index_sanity_check=options.index_sanity_check,
        max_bytes=NO_LIMIT if options.max_bytes is None else options.max_bytes,
    )


def _print(items: "Iterator[Item]", *, as_json: bool) -> int:
    """Complaints come last, as in Apache Kafka, and beside the others in JSON; the exit code."""
    from kafkapy.protocol.json_form import json_line
    from kafkapy.storage.dump_items import Complaint
    from kafkapy.storage.dump_json import json_object
    from kafkapy.storage.dump_text import text_lines

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    complaints = []
    for item in items:
        if isinstance(item, Complaint):
            complaints.append(item)
        if as_json:
            print(json_line(json_object(item)))
        else:
            for line in text_lines(item):
                print(line)
    for complaint in () if as_json else complaints:
        print(complaint.text, file=sys.stderr)
    return 1 if any(complaint.is_wrong for complaint in complaints) else 0
