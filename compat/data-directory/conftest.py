"""Apache Kafka as a command."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from compat.apache_kafka import NoApacheKafka, tool_command

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
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=SECONDS)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout, done.stderr

    def topics(self, *arguments: str) -> str:
        return self.run("topics", "--bootstrap-server", self.bootstrap, *arguments)

    def start(self, directory: Path) -> None:
        self.run("start", directory, self.bootstrap.rpartition(":")[2])

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
