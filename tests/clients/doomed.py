"""A group member in a process of its own, for tests that kill it.

`python -m tests.clients.doomed CLIENT BOOTSTRAP TOPIC GROUP [OPTION=VALUE ...]` reads without end and writes
"owns N" whenever the number of its partitions changes.
"""

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.clients.aiokafka_client import AiokafkaClient
from tests.clients.confluent_client import ConfluentClient
from tests.clients.kafka_python_client import KafkaPythonClient

ROOT = Path(__file__).parent.parent.parent
SILENT = "ignore::DeprecationWarning"


class DoomedMember:
    """The process, seen from the test."""

    def __init__(self, client: str, bootstrap: str, topic: str, group: str, **options: object) -> None:
        words = [f"{name}={value}" for name, value in options.items()]
        command = [
            sys.executable,
            "-W",
            SILENT,
            "-m",
            "tests.clients.doomed",
            client,
            bootstrap,
            topic,
            group,
            *words,
        ]
        self.owns = 0
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if line.startswith("owns "):
                    self.owns = int(line.removeprefix("owns "))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def main(name: str, bootstrap: str, topic: str, group: str, *words: str) -> None:
    made = {client.name: client for client in (KafkaPythonClient, AiokafkaClient, ConfluentClient)}[name](
        bootstrap
    )
    options = {
        key: int(value) if value.isdigit() else value for key, value in (word.split("=") for word in words)
    }
    consumer = made.consumer(topic, group=group, **options)
    owned = 0
    while True:
        consumer.poll(0.1)
        if len(consumer.assignment()) != owned:
            owned = len(consumer.assignment())
            sys.stdout.write(f"owns {owned}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
