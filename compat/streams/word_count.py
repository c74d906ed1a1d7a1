"""`WordCount.java`: compiled, and run in processes that a test can kill."""

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from compat.apache_kafka import NoApacheKafka, tool_command

HERE = Path(__file__).parent
FETCHED = HERE / "target"
HEAP = "-Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
PROMPT = (
    "commit.interval.ms=100",
    "consumer.session.timeout.ms=6000",
    "consumer.heartbeat.interval.ms=500",
    "consumer.metadata.max.age.ms=5000",
)
"""Streams settings, so that whoever is killed is missed soon."""


class NoStreams(Exception):
    """Kafka Streams cannot be compiled for here; says what is missing."""


def class_path() -> str:
    """Where Kafka Streams' jars are: Apache Kafka's, or those that Maven fetches. NoStreams."""
    if shutil.which("javac") is None:
        raise NoStreams("There is no Java compiler (javac) on the PATH.")
    try:
        command = [*tool_command(), "classpath"]
    except NoApacheKafka as missing:
        if not list(FETCHED.glob("kafka-streams-*.jar")):
            _fetch(missing)
        return f"{FETCHED}/*"
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _fetch(missing: NoApacheKafka) -> None:
    if shutil.which("mvn") is None:
        raise NoStreams(f"Kafka Streams is not here. {missing} Or install Maven (mvn), which fetches it.")
    fetch = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    done = subprocess.run(fetch, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoStreams(f"Maven could not fetch Kafka Streams: {done.stdout[-500:]}")


def compiled(directory: Path) -> str:
    """The class path that has the program; NoStreams."""
    jars = class_path()
    command = ["javac", "-cp", jars, "-d", str(directory), str(HERE / "WordCount.java")]
    subprocess.run(command, check=True)
    return f"{directory}:{jars}"


class WordCount:
    """One instance, whose state stays in `directory` over its lives. It runs within the context."""

    def __init__(self, classes: str, bootstrap: str, directory: Path) -> None:
        self._command = [
            "java",
            *HEAP.split(),
            "-cp",
            classes,
            "WordCount",
            bootstrap,
            str(directory / "state"),
        ]
        self.output = directory / "output"
        directory.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        """All that it has written."""
        return self.output.read_text(errors="replace")

    def start(self) -> Self:
        with self.output.open("ab") as output:
            environment = {name: value for name, value in os.environ.items() if name != "JAVA_TOOL_OPTIONS"}
            self._process = subprocess.Popen(
                [*self._command, *PROMPT], stdout=output, stderr=output, env=environment
            )
        return self

    def kill(self) -> None:
        """SIGKILL: it closes nothing and leaves no group."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def is_running(self) -> bool:
        """Whether it has all its tasks and processes them, in its present life."""
        assert self._process is not None
        assert self._process.poll() is None, f"it has ended by itself:\n{self.said[-2000:]}"
        states = [line for line in self.said.splitlines() if line.startswith("state ")]
        return states[-1:] == ["state RUNNING"]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
