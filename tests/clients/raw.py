"""One connection on which requests are answered without the retries of a client library: every error is seen.

The messages are kafka-python's, so that nothing here depends on the broker's own codec.
"""

import socket
import struct
import time
from types import TracebackType
from typing import Self, TypeVar

import crc32c
from kafka.protocol.api_message import ApiMessage
from kafka.protocol.consumer.fetch import FetchRequest
from kafka.protocol.producer.produce import ProduceRequest
from kafka.record.memory_records import MemoryRecordsBuilder

Answer = TypeVar("Answer")
SECONDS = 20.0
LEADER_EPOCH, CRC, ATTRIBUTES, MAX_TIMESTAMP = 12, 17, 21, 35  # where a batch's header has them


class RawConnection:
    def __init__(self, bootstrap: str) -> None:
        host, _, port = bootstrap.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=SECONDS)
        self._stream = self._socket.makefile("rb")
        self._correlation_id = 0

    def ask(self, request: ApiMessage, answer: type[Answer], version: int) -> Answer:
        """Send it and wait for the answer, of the class that belongs to the request."""
        self._correlation_id += 1
        request.API_VERSION = version
        request.with_header(correlation_id=self._correlation_id, client_id="raw")
        self._socket.sendall(request.encode(header=True, framed=True))
        (size,) = struct.unpack(">i", self._stream.read(4))
        decoded: Answer = answer.decode(self._stream.read(size), version=version, header=True)
        assert decoded.header.correlation_id == self._correlation_id
        return decoded

    def ask_bytes(self, frame: bytes) -> bytes:
        """Send a request as it is, without its size, and give the answer as it is, without its size."""
        self._socket.sendall(struct.pack(">i", len(frame)) + frame)
        (size,) = struct.unpack(">i", self._stream.read(4))
        return self._stream.read(size)

    def tell(self, request: ApiMessage, version: int) -> None:
        """Send a request that is not answered."""
        request.API_VERSION = version
        request.with_header(correlation_id=0, client_id="raw")
        self._socket.sendall(request.encode(header=True, framed=True))

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def batch(
    *values: bytes,
    producer: tuple[int, int, int] | None = None,
    transactional: bool = False,
    timestamp_ms: int | None = None,
) -> bytearray:
    """A batch of these values, without keys and compression; `producer` is id, epoch and base sequence."""
    producer_id, epoch, sequence = producer or (-1, -1, -1)
    builder = MemoryRecordsBuilder(
        magic=2,
        compression_type=0,
        batch_size=10_000_000,
        transactional=transactional,
        producer_id=producer_id,
        producer_epoch=epoch,
        base_sequence=sequence,
    )
    for value in values:
        builder.append(timestamp=timestamp_ms or int(time.time() * 1000), key=None, value=value)
    builder.close()
    return bytearray(builder.buffer())


def rewritten(content: bytearray, form: str, position: int, value: int) -> bytearray:
    """The batch with one field of its header replaced, and a checksum that fits again."""
    changed = bytearray(content)
    struct.pack_into(form, changed, position, value)
    struct.pack_into(">I", changed, CRC, crc32c.crc32c(changed[ATTRIBUTES:]))
    return changed


def produce_request(topic: str, records: bytes, *, acks: int = -1, partition: int = 0) -> ProduceRequest:
    data = ProduceRequest.TopicProduceData.PartitionProduceData(index=partition, records=bytes(records))
    topics = [ProduceRequest.TopicProduceData(name=topic, partition_data=[data])]
    return ProduceRequest(transactional_id=None, acks=acks, timeout_ms=10_000, topic_data=topics)


def fetch_request(topic: str, offset: int, *, max_bytes: int = 1_000_000, **options: object) -> FetchRequest:
    """Of the topic's partition 0, at once and without a session unless the options say otherwise."""
    wanted = FetchRequest.FetchTopic.FetchPartition(
        partition=0, fetch_offset=offset, partition_max_bytes=max_bytes
    )
    defaults: dict[str, object] = {"max_wait_ms": 0, "min_bytes": 1, "session_epoch": -1, "rack_id": ""}
    return FetchRequest(
        max_bytes=max_bytes,
        topics=[FetchRequest.FetchTopic(topic=topic, partitions=[wanted])],
        forgotten_topics_data=[],
        **{**defaults, **options},
    )
