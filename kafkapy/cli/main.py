"""`kafkapy COMMAND ...`: finds the command and imports nothing else, so that it answers at once."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

import kafkapy

COMMANDS = {
    "serve": ("kafkapy.cli.serve", "start a broker"),
    "check": ("kafkapy.cli.check", "look for damage in a data directory"),
    "dump-log": ("kafkapy.cli.dump_log", "print what log, index and snapshot files hold"),
}

EXAMPLES = """\
examples:
  kafkapy serve                                    a broker on 127.0.0.1:9092, its data in ./kafkapy-data
  kafkapy serve --memory --listen 127.0.0.1:0      a throw-away broker on a free port
  kafkapy serve --config server.properties         settings of Apache Kafka
  kafkapy check kafkapy-data
  kafkapy dump-log kafkapy-data/my-topic-0 --print-data-log

kafkapy COMMAND --help tells more about a command.
"""


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code: 0 done, 1 it failed, 2 it was called wrongly."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = Parser(
        prog="kafkapy",
        description=kafkapy.__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kafkapy {kafkapy.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in words if not word.startswith("-")), None)
    for name, (module_name, summary) in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == chosen:
            module = importlib.import_module(module_name)
            subparser.description = module.DESCRIPTION
            subparser.epilog = module.EXAMPLES
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run, parser=subparser)
    options = parser.parse_args(words)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
