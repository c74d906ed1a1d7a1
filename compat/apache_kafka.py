"""Where Apache Kafka is, for what compares kafkapy with it.

KAFKAPY_APACHE_KAFKA names a directory; without it, one called apache-kafka in a folder beside the project is
taken. It holds two programs: `as-kafkapy`, which starts a broker and takes the options of `kafkapy serve`,
and `kafka TOOL ARGUMENTS...`, which runs Apache Kafka's own command-line tools (`kafka topics --list ...`).

`python -m compat.apache_kafka` prints the first of them.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


class NoApacheKafka(Exception):
    """There is no Apache Kafka here."""


def directory() -> Path:
    """The directory that holds both programs. NoApacheKafka, saying where it was looked for."""
    named = os.environ.get("KAFKAPY_APACHE_KAFKA")
    beside = sorted(ROOT.parent.glob("*/apache-kafka"))
    found = Path(named) if named else beside[0] if beside else ROOT.parent / "apache-kafka"
    for program in ("as-kafkapy", "kafka"):
        if not (found / program).is_file():
            raise NoApacheKafka(
                f"Apache Kafka is not here: there is no {found / program}. Set KAFKAPY_APACHE_KAFKA to a "
                "directory with `kafka` and `as-kafkapy` (compat/apache_kafka.py says what they are)."
            )
    return found


def serve_command() -> list[str]:
    """What starts Apache Kafka in place of `kafkapy serve`. NoApacheKafka."""
    return [str(directory() / "as-kafkapy")]


def tool_command() -> list[str]:
    """What stands before a tool's name. NoApacheKafka."""
    return [str(directory() / "kafka")]


if __name__ == "__main__":
    try:
        print(*serve_command())
    except NoApacheKafka as missing:
        sys.exit(str(missing))
