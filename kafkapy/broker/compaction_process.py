"""Compaction in another process, so that the interpreter's lock leaves the event loop alone.

The child is told what to do through its standard input and answers with one pickle per step on its standard
output. It ends when the broker closes its input, and so when the broker dies: nobody else would stop it from
writing into the log directory. `in_thread` is for small passes, and for files that are in memory.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO, NamedTuple, Protocol

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.storage.compaction import CompactedGroup, PassEnd, Step, compact
from kafkapy.storage.compaction_plan import CompactionPass
from kafkapy.storage.files import FileSystem
from kafkapy.storage.os_files import OsFiles

NICENESS = 19
_PROGRAM = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"


class CompactionEnded(Exception):
    """The pass was stopped, or its process died."""


class Refusal(NamedTuple):
    """A KafkaError on its way from the child."""

    code: ErrorCode
    detail: str


class Worker(Protocol):
    """Does the work of one pass."""

    def next_step(self) -> Step:
        """Works until the next step is complete; called in a thread.

        Raises OSError, KafkaError for damaged batches, CompactionEnded.
        """
        ...

    def stop(self) -> None:
        """Make `next_step` end soon; called on the event loop."""


class Throttle:
    """Keeps a pass from reading and writing more than so many bytes per second, and lets it be stopped."""

    def __init__(self, bytes_per_second: float) -> None:
        self.is_stopped = threading.Event()
        self._bytes_per_second = bytes_per_second
        self._started = time.monotonic()
        self._bytes = 0

    def __call__(self, count: int) -> None:
        self._bytes += count
        ahead = self._bytes / self._bytes_per_second - (time.monotonic() - self._started)
        if self.is_stopped.wait(ahead) if ahead > 0 else self.is_stopped.is_set():
            raise CompactionEnded("stopped")


class ThreadWorker:
    """Works in the thread that asks."""

    def __init__(self, files: FileSystem, plan: CompactionPass, bytes_per_second: float) -> None:
        self._throttle = Throttle(bytes_per_second)
        self._steps = compact(files.for_thread(), plan, self._throttle)

    def next_step(self) -> Step:
        return next(self._steps)

    def stop(self) -> None:
        self._throttle.is_stopped.set()


class ProcessWorker:
    """Works in a process of its own, which starts with the first step."""

    def __init__(self, plan: CompactionPass, bytes_per_second: float) -> None:
        self._task = pickle.dumps((plan, bytes_per_second))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False
        self._steps = self._run()

    def next_step(self) -> Step:
        return next(self._steps)

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            if self._process is not None:
                self._process.kill()

    def _run(self) -> Iterator[Step]:
        with self._lock:
            if self._is_stopped:
                raise CompactionEnded("stopped")
            program = _PROGRAM.format(path=sys.path, module=__name__)
            self._process = process = subprocess.Popen(
                [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        with process:
            try:
                yield from _steps_of(process, self._task)
            finally:
                process.kill()


def _steps_of(process: "subprocess.Popen[bytes]", task: bytes) -> Iterator[Step]:
    assert process.stdin is not None
    assert process.stdout is not None
    answer: object = None
    while not isinstance(answer, PassEnd):
        try:
            if answer is None:
                process.stdin.write(task)
                process.stdin.flush()
            answer = pickle.load(process.stdout)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise CompactionEnded("the process that compacts has died") from None
        if isinstance(answer, Refusal):
            raise KafkaError(*answer)
        if isinstance(answer, OSError):
            raise answer
        if isinstance(answer, PassEnd):
            process.wait()
        assert isinstance(answer, CompactedGroup | PassEnd)
        yield answer


def main() -> None:
    """What the child does: one pass, then it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    plan, bytes_per_second = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    answers = sys.stdout.buffer
    try:
        for step in compact(OsFiles(), plan, Throttle(bytes_per_second)):
            _answer(answers, step)
    except KafkaError as error:
        _answer(answers, Refusal(error.code, error.detail))
    except OSError as error:
        _answer(answers, error)
    # The thread sits in a read of standard input: an interpreter that ends in order would wait for it.
    os._exit(0)


def _answer(answers: IO[bytes], answer: object) -> None:
    pickle.dump(answer, answers)
    answers.flush()


def _end_with(broker: IO[bytes]) -> None:
    """End at once, with nothing tidied up, when the other end of the pipe is closed."""
    broker.read()
    os._exit(1)
