"""The least that a broker in Python can do: what of a broker's cost is the machine's and the interpreter's.

    python bench/floor.py --listen HOST:PORT --data-dir DIR

Not a broker, but what to measure one by. It parses the frame, checks the CRC, assigns offsets, writes to the
partition's file and answers; fetches are slices of the mapped file and wait for the first byte. It knows the
requests of bench/frames.py and no others: one version, one topic and one partition each. It takes `--set` and
does not look at it, believes its clients, and forgets everything when it ends.
"""

import argparse
import asyncio
import bisect
import mmap
import os
import resource
import signal
import struct
from array import array
from pathlib import Path
from typing import cast

import crc32c

from kafkapy.server.loop import run_until_complete

PRODUCE, FETCH, METADATA, API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS = 0, 1, 3, 18, 19, 20
VERSIONS = {PRODUCE: 13, FETCH: 16, METADATA: 12, API_VERSIONS: 3, CREATE_TOPICS: 7, DELETE_TOPICS: 6}
CORRUPT_MESSAGE = 2
RECEIVE_BYTES = 1 << 12  # to begin with
COPIED_BYTES = 1 << 16  # so little is read sooner than a file is mapped anew
HEADER, SIZE = struct.Struct(">h2x4sh"), struct.Struct(">i")
PRODUCE_REQUEST, PRODUCE_ANSWER = struct.Struct(">8x16sxi"), struct.Struct(">i4sxB16sBihqqqB8x")
FETCH_REQUEST, FETCH_ANSWER = struct.Struct(">i18x16sxi4xq12xi"), struct.Struct(">i4s11xB16sBihqqqxi")
BATCH = struct.Struct(">8xi5xI2xi")  # length, CRC, last offset delta
Chunks = list[bytes | memoryview]


def framed(*chunks: bytes) -> Chunks:
    return [SIZE.pack(sum(map(len, chunks))), *chunks]


class Partition:
    """One file of batches, and where each of them begins."""

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        self.size = self.end = 0
        self.offsets, self.positions = array("q"), array("q")
        self.mapped = memoryview(b"")
        self.waiting: list[Fetch] = []

    def append(self, batch: memoryview) -> tuple[int, int]:
        """Error code and offset of the first record; the batch is changed in place."""
        length, crc, last_delta = BATCH.unpack_from(batch)
        if crc32c.crc32c(batch[21:]) != crc:
            return CORRUPT_MESSAGE, -1
        offset = self.end
        struct.pack_into(">qii", batch, 0, offset, length, 0)
        self.offsets.append(offset)
        self.positions.append(self.size)
        self.size += os.write(self.file, batch)
        self.end += last_delta + 1
        waiting, self.waiting = self.waiting, []
        for fetch in waiting:
            fetch.finish()
        return 0, offset

    def read(self, offset: int, most: int) -> bytes | memoryview:
        if offset >= self.end:
            return b""
        position = self.positions[bisect.bisect_right(self.offsets, offset) - 1]
        until = min(self.size, position + most)
        if until > len(self.mapped):
            if until - position <= COPIED_BYTES:
                return os.pread(self.file, until - position, position)
            self.mapped = memoryview(mmap.mmap(self.file, self.size, access=mmap.ACCESS_READ))
        return self.mapped[position:until]


class Fetch:
    """A fetch; at the end of the log it waits until there is more, or its time is over."""

    def __init__(self, connection: "Connection", correlation: bytes, body: memoryview) -> None:
        self.connection, self.correlation = connection, correlation
        wait_ms, self.topic_id, self.index, self.offset, self.most = FETCH_REQUEST.unpack_from(body)
        self.partition = connection.topics.partitions[self.topic_id][self.index]
        self.waits = self.offset == self.partition.end
        if self.waits:
            self.timer = asyncio.get_running_loop().call_later(wait_ms / 1000, self.time_over)
            self.partition.waiting.append(self)

    def time_over(self) -> None:
        self.partition.waiting.remove(self)
        self.finish()

    def finish(self) -> None:
        self.timer.cancel()
        self.connection.transport.writelines(self.answer())

    def answer(self) -> Chunks:
        records, end = self.partition.read(self.offset, self.most), self.partition.end
        size, left = bytearray(), len(records) + 1
        while left > 0x7F:
            size.append(left & 0x7F | 0x80)
            left >>= 7
        size.append(left)
        total = FETCH_ANSWER.size - 4 + len(size) + len(records) + 3
        head = (total, self.correlation, 2, self.topic_id, 2, self.index, 0, end, end, 0, -1)
        return [FETCH_ANSWER.pack(*head) + size, records, bytes(3)]


class Topics:
    """Partitions by topic id, and topic ids by name."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.port = directory, 0
        self.ids: dict[str, bytes] = {}
        self.partitions: dict[bytes, list[Partition]] = {}

    def create(self, name: str, count: int) -> bytes:
        topic_id = self.ids[name] = os.urandom(16)
        paths = (self.directory / f"{name}-{index}.log" for index in range(count))
        self.partitions[topic_id] = [Partition(path) for path in paths]
        return topic_id

    def delete(self, name: str) -> None:
        for partition in self.partitions.pop(self.ids.pop(name)):
            os.close(partition.file)
            partition.path.unlink()

    def produce(self, correlation: bytes, body: memoryview) -> bytes:
        topic_id, index = PRODUCE_REQUEST.unpack_from(body)
        records = PRODUCE_REQUEST.size
        while body[records] & 0x80:
            records += 1
        error_code, offset = self.partitions[topic_id][index].append(body[records + 1 : -3])
        head = (PRODUCE_ANSWER.size - 4, correlation, 2, topic_id, 2, index, error_code, offset, -1, 0, 1)
        return PRODUCE_ANSWER.pack(*head)

    def administer(self, key: int, correlation: bytes, body: memoryview) -> Chunks:
        if key == API_VERSIONS:
            versions = [struct.pack(">hhhx", key, version, version) for key, version in VERSIONS.items()]
            return framed(correlation, bytes([0, 0, len(versions) + 1]), *versions, bytes(5))
        if key == METADATA:
            broker = struct.pack(">bi10si3x", 2, 1, b"\x0a127.0.0.1", self.port)
            return framed(correlation, bytes(5), broker, struct.pack(">ibx", 1, 1))
        after = 1 + body[1]
        name = bytes(body[1:after])
        answer = (correlation, bytes(5), b"\x02", name)
        if key == CREATE_TOPICS:
            count = SIZE.unpack_from(body, after)[0]
            topic_id = self.create(name[1:].decode(), count)
            return framed(*answer, topic_id, struct.pack(">3xihb2x", count, 1, 1))
        self.delete(name[1:].decode())
        return framed(*answer, bytes(16 + 5))


class Connection(asyncio.BufferedProtocol):
    """Receives into one buffer, which grows with the requests."""

    transport: asyncio.Transport

    def __init__(self, topics: Topics) -> None:
        self.topics, self.buffer = topics, memoryview(bytearray(RECEIVE_BYTES))
        self.start = self.end = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def get_buffer(self, _: int) -> memoryview:
        return self.buffer[self.end :]

    def buffer_updated(self, count: int) -> None:
        buffer, position, self.end = self.buffer, self.start, self.end + count
        answers: Chunks = []
        while True:
            size = 4 if self.end - position < 4 else 4 + SIZE.unpack_from(buffer, position)[0]
            if position + size > self.end or size == 4:
                break
            answers += self.answers(buffer[position + 4 : position + size])
            position += size
        self.start = position
        self.make_room(size)
        if answers:
            self.transport.writelines(answers)

    def make_room(self, size: int) -> None:
        """What is missing of a frame of `size` bytes is to fit behind what has come of it."""
        rest = self.buffer[self.start : self.end]
        if size > len(self.buffer):
            self.buffer = memoryview(bytearray(2 * size))
        elif rest and self.start + size <= len(self.buffer):
            return
        self.buffer[: len(rest)] = rest
        self.start, self.end = 0, len(rest)

    def answers(self, frame: memoryview) -> Chunks:
        key, correlation, client_id_bytes = HEADER.unpack_from(frame)
        body = frame[HEADER.size + client_id_bytes + 1 :]
        if key == PRODUCE:
            return [self.topics.produce(correlation, body)]
        if key == FETCH:
            fetch = Fetch(self, correlation, body)
            return [] if fetch.waits else fetch.answer()
        return self.topics.administer(key, correlation, body)


async def serve(host: str, port: int, directory: Path) -> None:
    """Until SIGTERM."""
    topics, loop, stopped = Topics(directory), asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: Connection(topics), host, port)
    topics.port = server.sockets[0].getsockname()[1]
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    print(f"kafkapy ready bootstrap.servers={host}:{topics.port}", flush=True)
    await stopped.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="The least that a broker can do.")
    parser.add_argument("--listen", default="127.0.0.1:9092", metavar="HOST:PORT")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--set", action="append", metavar="KEY=VALUE")
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    host, _, port = options.listen.rpartition(":")
    run_until_complete(serve(host, int(port), options.data_dir))


if __name__ == "__main__":
    main()
