"""A broker in a process of its own: the one place where tests start `kafkapy serve`.

The environment variable KAFKAPY_SERVE replaces the command (it is split like a shell line), so that the
same tests can be run against another broker with the same command line: `--listen`, `--data-dir`, `--set
KEY=VALUE` and one line on stdout, `kafkapy ready bootstrap.servers=HOST:PORT ...`, when it serves.
"""

import os
import queue
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

READY = "kafkapy ready "
START_SECONDS = 60.0
STOP_SECONDS = 30.0


def serve_command() -> list[str]:
    """The words before the options."""
    replaced = os.environ.get("KAFKAPY_SERVE")
    return shlex.split(replaced) if replaced else [sys.executable, "-m", "kafkapy", "serve"]


@cache
def _bytecode() -> "tempfile.TemporaryDirectory[str]":
    """Removed when this process ends."""
    return tempfile.TemporaryDirectory(prefix="kafkapy-bytecode-")


def _with_bytecode() -> dict[str, str]:
    """An installed kafkapy has its bytecode, so where Python is told to write none it gets a place for it;
    otherwise every start would compile everything.
    """
    if not sys.dont_write_bytecode:
        return {}
    return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": _bytecode().name}


class BrokerProcess:
    """A broker on `data_dir`, started on entering and stopped on leaving the context.

    `settings` are "KEY=VALUE" strings, given with `--set`; `arguments` go to the command line as they are,
    `serve` replaces the words before them.
    The first start takes a free port of 127.0.0.1 (or `listen`); later starts listen on the same one, so
    clients find the broker again. What it writes to stderr is collected in the file `log_file`, beside the
    data directory.
    """

    def __init__(
        self,
        data_dir: str | os.PathLike[str],
        *settings: str,
        listen: str = "127.0.0.1:0",
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        serve: Sequence[str] | None = None,
        start_seconds: float = START_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.data_dir = Path(data_dir)
        self.settings = list(settings)
        self.listen = listen
        self.arguments = list(arguments)
        self.serve = serve_command() if serve is None else list(serve)
        self.start_seconds = start_seconds
        self.stop_seconds = stop_seconds
        self.environment = {**os.environ, **_with_bytecode(), **(environment or {})}
        self.log_file = self.data_dir.with_name(self.data_dir.name + ".stderr")
        self.ready: dict[str, str] = {}
        self._process: subprocess.Popen[str] | None = None

    @property
    def bootstrap(self) -> str:
        """HOST:PORT, as the ready line gives it."""
        return self.ready["bootstrap.servers"]

    @property
    def process(self) -> "subprocess.Popen[str]":
        assert self._process is not None, "the broker is not running"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        """Everything the broker has written to stderr, over all its starts."""
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def command(self) -> list[str]:
        """The whole command line of the next start."""
        options = ["--listen", self.listen, "--data-dir", str(self.data_dir)]
        for setting in self.settings:
            options += ["--set", setting]
        return [*self.serve, *options, *self.arguments]

    def start(self) -> Self:
        """Start the broker and return when it has said that it is ready."""
        assert self._process is None, "the broker is already running"
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        new_group = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
        with self.log_file.open("ab") as stderr:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=self.environment,
                creationflags=new_group,
            )
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        reader = threading.Thread(target=_read_lines, args=(self._process.stdout, lines), daemon=True)
        reader.start()
        try:
            line = lines.get(timeout=self.start_seconds)
        except queue.Empty:
            line = ""
        if not line.startswith(READY):
            self._end(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            raise AssertionError(f"the broker did not start; it said {line!r} and on stderr:\n{self.log}")
        self.ready = dict(word.split("=", 1) for word in line.removeprefix(READY).split() if "=" in word)
        self.listen = self.bootstrap.split(",")[0]
        return self

    def stop(self) -> int:
        """Ask the broker to end (SIGTERM) and wait for it; returns its exit code."""
        return self._end(signal.SIGTERM if sys.platform != "win32" else signal.CTRL_BREAK_EVENT)

    def kill(self) -> int:
        """End the process at once (SIGKILL): nothing it holds in memory survives."""
        return self._end(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)

    def restart(self) -> Self:
        """Stop and start again on the same directory and port."""
        self.stop()
        return self.start()

    def _end(self, how: signal.Signals) -> int:
        process = self.process
        self._process = None
        process.send_signal(how)
        try:
            return process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the broker did not end in {self.stop_seconds} s:\n{self.log}") from None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop()


def _read_lines(stream: IO[str], lines: "queue.SimpleQueue[str]") -> None:
    """Hand every line on, then an empty one at the end, so that the broker can never block on stdout."""
    with stream:
        for line in stream:
            lines.put(line.rstrip("\n"))
    lines.put("")
