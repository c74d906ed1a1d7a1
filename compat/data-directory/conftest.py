"""Apache Kafka as a command."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from compat.apache_kafka import NoApacheKafka, tool_command

sys.path.insert(0, str(Path(__file__).parent))
from life import Found, found

CONTROLLER_PORT_DISTANCE = 10_000
SECONDS = 100


class ApacheKafka:
    """Runs Apache Kafka's tools, and one broker at a time on a free port."""

    def __init__(self, command: str) -> None:
        self._command = command
        self.bootstrap = f"127.0.0.1:{_free_port()}"

    def run(self, *arguments: str | Path) -> str:
        """What a tool prints; it must succeed."""
        return self.run_and_listen(*arguments)[0]

    def run_and_listen(self, *arguments: str | Path) -> tuple[str, str]:
        """What a tool prints, and what it complains of; it must succeed."""
        line = [self._command, *map(str, arguments)]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            line, capture_output=True, text=True, check=False, timeout=SECONDS, env=environment
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout, done.stderr

    def topics(self, *arguments: str) -> str:
        return self.run("topics", "--bootstrap-server", self.bootstrap, *arguments)

    def start(self, directory: Path, *settings: str) -> None:
        self.run("start", directory, self.bootstrap.rpartition(":")[2], *settings)

    def stop(self, directory: Path) -> None:
        self.run("stop", directory)


def _free_port() -> int:
    """A port such that the one for the controller is free as well."""
    for port in range(20_000 + os.getpid() % 5_000, 30_000):
        try:
            for number in (port, port + CONTROLLER_PORT_DISTANCE):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
        except OSError:
            continue
        return port
    raise AssertionError("no free pair of ports")


@pytest.fixture(scope="session")
def apache_kafka() -> ApacheKafka:
    try:
        (command,) = tool_command()
    except NoApacheKafka as missing:
        pytest.skip(f"whether Apache Kafka reads kafkapy's files stays unknown: {missing}")
    return ApacheKafka(command)


class Lived(NamedTuple):
    """A directory that a broker has left, its data in `data`, and what clients saw of it last."""

    directory: Path
    found: Found


@pytest.fixture(scope="session")
def kafkas_life(apache_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """What Apache Kafka leaves of `life.py` and of a share group, cleanly stopped. Not to be written to.

    The clients run in a process of their own, which dies: the transaction that it has open stays so.
    """
    directory = tmp_path_factory.mktemp("kafkas-life")
    settings = ("log.cleaner.backoff.ms=200", "offsets.topic.num.partitions=4")
    apache_kafka.start(directory, *settings, "transaction.state.log.num.partitions=3")
    try:
        go_through_life(apache_kafka.bootstrap)
        server = ("--bootstrap-server", apache_kafka.bootstrap)
        apache_kafka.run(
            "configs",
            *server,
            *("--alter", "--entity-type", "groups", "--entity-name", "shared"),
            *("--add-config", "share.auto.offset.reset=earliest"),
        )
        sharing = ("--topic", "plain", "--group", "shared", "--max-messages", "30")
        apache_kafka.run("console-share-consumer", *server, *sharing)
        return Lived(directory, found(apache_kafka.bootstrap))
    finally:
        apache_kafka.stop(directory)


def go_through_life(bootstrap: str) -> None:
    """`life.live` in a process that ends without a good-bye."""
    words = "import os, sys, life; life.live(sys.argv[1]); os._exit(0)"
    done = subprocess.run(
        [sys.executable, "-c", words, bootstrap],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
