"""Apache Kafka's own command-line tools, run against a broker."""

import os
import subprocess
from typing import NamedTuple

from compat.apache_kafka import tool_command

SECONDS = 60.0
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
NOTICE = "Picked up JAVA_TOOL_OPTIONS"


class Said(NamedTuple):
    """What a tool wrote, without the notices of the virtual machine, and its exit code."""

    out: str
    err: str
    code: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Tools:
    """The tools with the address of one broker."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._environment = {**os.environ, "JAVA_TOOL_OPTIONS": QUICK_START}

    def command(self, tool: str, *arguments: str) -> list[str]:
        return [*tool_command(), tool, "--bootstrap-server", self.bootstrap, *arguments]

    def run(self, tool: str, *arguments: str, stdin: str = "") -> Said:
        """Run it to its end, whatever that is."""
        ended = subprocess.run(
            self.command(tool, *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            env=self._environment,
            check=False,
        )
        err = "\n".join(line for line in ended.stderr.splitlines() if not line.startswith(NOTICE))
        return Said(ended.stdout, err, ended.returncode)

    def ok(self, tool: str, *arguments: str, stdin: str = "") -> Said:
        """Run it; it has to end well."""
        said = self.run(tool, *arguments, stdin=stdin)
        assert said.code == 0, f"{tool} {' '.join(arguments)} ended with {said.code}:\n{said.out}\n{said.err}"
        return said

    def start(self, tool: str, *arguments: str) -> "subprocess.Popen[str]":
        """Start it and go on."""
        return subprocess.Popen(
            self.command(tool, *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._environment,
        )
