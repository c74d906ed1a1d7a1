"""What the machine itself does, without a broker: `python -m bench.machine`, a few seconds.

What a broker cannot do better than: the checksum, the copy into the page cache, the way through the loopback
interface, and the sync of a small write.
"""

import contextlib
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import crc32c

from bench.report import plain, rows
from bench.scenarios import Number

BLOCK = os.urandom(500_000)
FILE_BLOCKS = 1000
LOOPBACK_BLOCKS = 4000
SYNC_BYTES = 4096


class Clocks:
    """Seconds of a piece of work, and of them those on a processor, of this thread alone."""

    elapsed_s = cpu_s = 0.0

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        began, cpu = time.perf_counter(), time.thread_time()
        yield
        self.elapsed_s, self.cpu_s = time.perf_counter() - began, time.thread_time() - cpu


def checksum() -> list[Number]:
    clocks, times = Clocks(), 1000
    with clocks.running():
        for _ in range(times):
            crc32c.crc32c(BLOCK)
    return [Number("CRC-32C", "GB/s", gigabytes(times) / clocks.elapsed_s, "more")]


def file_write(directory: Path) -> list[Number]:
    """Into a new file in the page cache."""
    clocks = Clocks()
    with (directory / "written").open("xb", buffering=0) as file, clocks.running():
        for number in range(FILE_BLOCKS):
            os.pwrite(file.fileno(), BLOCK, number * len(BLOCK))
    (directory / "written").unlink()
    written = gigabytes(FILE_BLOCKS)
    return [
        Number("write to a file in blocks of 500 kB", "GB/s", written / clocks.elapsed_s, "more"),
        Number("write to a file in blocks of 500 kB: CPU", "s/GB", clocks.cpu_s / written, "less"),
    ]


def loopback() -> list[Number]:
    """Blocking sockets, one thread at each end; both run without the interpreter's lock while they copy."""
    sending, receiving = Clocks(), Clocks()
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = socket.create_connection(server.getsockname())
        receiver, _ = server.accept()

    def receive() -> None:
        room = bytearray(len(BLOCK))
        with receiver, receiving.running():
            while receiver.recv_into(room):
                pass

    thread = threading.Thread(target=receive)
    thread.start()
    with sender, sending.running():
        for _ in range(LOOPBACK_BLOCKS):
            sender.sendall(BLOCK)
    thread.join()
    sent = gigabytes(LOOPBACK_BLOCKS)
    return [
        Number("loopback", "GB/s", sent / receiving.elapsed_s, "more"),
        Number("loopback: CPU of the sender", "s/GB", sending.cpu_s / sent, "less"),
        Number("loopback: CPU of the receiver", "s/GB", receiving.cpu_s / sent, "less"),
    ]


def sync_times_ms(directory: Path, size_bytes: int, count: int) -> list[float]:
    """Of appending so many bytes to a file and bringing them to disk."""
    times = []
    with (directory / "synced").open("xb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(BLOCK[:size_bytes])
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1e3)
    (directory / "synced").unlink()
    return times


def sync(directory: Path) -> list[Number]:
    times = sync_times_ms(directory, SYNC_BYTES, 200)
    return [Number("append 4 kB and fdatasync: p50", "ms", statistics.median(times), "less")]


def gigabytes(blocks: int) -> float:
    return blocks * len(BLOCK) / 1e9


def measure(directory: Path) -> list[Number]:
    """The directory is on the disk that is to be measured."""
    os.sync()  # what others have written is not to be paid for here
    return [*checksum(), *file_write(directory), *loopback(), *sync(directory)]


def rounds(directory: Path, count: int) -> list[list[Number]]:
    return [measure(directory) for _ in range(count)]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kafkapy-bench-") as directory:
        print(plain(rows({"machine": [measure(Path(directory))]})))


if __name__ == "__main__":
    main()
