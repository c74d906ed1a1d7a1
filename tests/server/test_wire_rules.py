"""Bytes in, bytes out: what every Kafka broker does. These tests run against Apache Kafka as well."""

import socket
import struct
from collections.abc import Iterator

import pytest

from kafkapy.protocol.codec import decode, encode
from kafkapy.protocol.messages.create_topics import CreatableTopic, CreateTopicsRequest
from kafkapy.protocol.messages.produce import (
    PartitionProduceData,
    ProduceRequest,
    ProduceResponse,
    TopicProduceData,
)
from kafkapy.records.builder import NewRecord, build_batch
from tests.harness.broker_process import BrokerProcess
from tests.harness.edge import framed

ENDS = b"<end of stream>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    with BrokerProcess(tmp_path_factory.mktemp("wire") / "data") as broker:
        host, _, port = broker.bootstrap.rpartition(":")
        yield host, int(port)


def header(key: int, version: int, *, correlation_id: int = 7, client_id: bytes | None = b"me") -> bytes:
    length = -1 if client_id is None else len(client_id)
    return struct.pack(">hhih", key, version, correlation_id, length) + (client_id or b"")


def compact(text: str) -> bytes:
    return bytes([len(text) + 1]) + text.encode()


def api_versions_3(name: str = "lib", version: str = "1.0", tags: bytes = b"\0") -> bytes:
    return header(18, 3) + tags + compact(name) + compact(version) + b"\0"


class Conversation:
    """A client that sends what it likes and reads frames."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=20)
        self._stream = self.socket.makefile("rb")

    def frame(self) -> bytes:
        """The next response, or ENDS."""
        try:
            size = self._stream.read(4)
        except ConnectionResetError:
            return ENDS
        if not size:
            return ENDS
        return self._stream.read(int.from_bytes(size))

    def is_alive(self) -> bool:
        """Whether the connection still answers."""
        self.socket.sendall(framed(header(18, 0, correlation_id=99)))
        return self.frame().startswith(struct.pack(">ih", 99, 0))

    def close(self) -> None:
        self._stream.close()
        self.socket.close()


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[Conversation]:
    conversation = Conversation(address)
    yield conversation
    conversation.close()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(struct.pack(">i", -1), id="negative size"),
        pytest.param(struct.pack(">i", 104857601), id="size above socket.request.max.bytes"),
        pytest.param(struct.pack(">i", 0), id="empty frame"),
        pytest.param(framed(b"\0\x12\0"), id="half a header"),
        pytest.param(framed(header(999, 0)), id="unknown API"),
        pytest.param(framed(header(4, 0)), id="API that was removed"),
        pytest.param(framed(header(52, 0)), id="API of controllers"),
        pytest.param(framed(header(3, 99)), id="unknown version"),
        pytest.param(framed(header(3, -1)), id="negative version"),
        pytest.param(framed(header(1, 3)), id="version that was removed"),
        pytest.param(framed(header(18, 99)), id="header without its tag section"),
        pytest.param(framed(api_versions_3()[:-3]), id="half a body"),
        pytest.param(framed(header(18, 3) + b"\0\0\0\0"), id="null where none is allowed"),
        pytest.param(framed(header(3, 1) + struct.pack(">i", 2**31 - 1)), id="impossible array"),
    ],
)
def test_what_is_no_request_closes_the_connection(
    client: Conversation, address: tuple[str, int], sent: bytes
) -> None:
    client.socket.sendall(sent)
    assert client.frame() == ENDS
    other = Conversation(address)
    assert other.is_alive()
    other.close()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param(
            header(18, 5) + b"\0" + compact("l") + compact("1") + b"\0",
            "0023 00000001 0012 0000 0004",
            id="5",
        ),
        pytest.param(header(18, 99) + b"\0\xff\xff", "0023 00000001 0012 0000 0004", id="99, garbage behind"),
        pytest.param(header(18, -1), "0023 00000001 0012 0000 0004", id="-1"),
        pytest.param(api_versions_3(name="-lib"), "002a 01 00000000 00", id="bad name"),
        pytest.param(api_versions_3(name=""), "002a 01 00000000 00", id="empty name"),
        pytest.param(api_versions_3(version="1 0"), "002a 01 00000000 00", id="bad version of the client"),
    ],
)
def test_an_api_versions_request_in_vain_is_answered_and_may_be_repeated(
    client: Conversation, sent: bytes, answer: str
) -> None:
    client.socket.sendall(framed(sent))
    assert client.frame() == struct.pack(">i", 7) + bytes.fromhex(answer)
    assert client.is_alive()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param(header(18, 0, client_id=None), struct.pack(">ih", 7, 0), id="null client id"),
        pytest.param(
            header(18, 0, client_id=b"\xff\xfe"), struct.pack(">ih", 7, 0), id="client id not UTF-8"
        ),
        pytest.param(
            header(18, 0, correlation_id=-5), struct.pack(">ih", -5, 0), id="negative correlation id"
        ),
        pytest.param(header(18, 0) + b"more", struct.pack(">ih", 7, 0), id="bytes behind the body"),
        pytest.param(
            api_versions_3(tags=b"\x01\x05\x02ab"), struct.pack(">ih", 7, 0), id="unknown tag in header"
        ),
        pytest.param(
            api_versions_3(), struct.pack(">ih", 7, 0), id="response header v0 for flexible versions"
        ),
    ],
)
def test_an_unusual_request_is_answered(client: Conversation, sent: bytes, answer: bytes) -> None:
    client.socket.sendall(framed(sent))
    assert client.frame().startswith(answer)
    assert client.is_alive()


def test_pipelined_requests_are_answered_in_order(client: Conversation) -> None:
    client.socket.sendall(b"".join(framed(header(18, 0, correlation_id=n)) for n in (3, 1, 2, 2)))
    assert [int.from_bytes(client.frame()[:4]) for _ in range(4)] == [3, 1, 2, 2]


def test_a_request_may_come_in_pieces(client: Conversation) -> None:
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in framed(api_versions_3()):
        client.socket.sendall(bytes([byte]))
    assert client.frame().startswith(struct.pack(">ih", 7, 0))


def test_a_client_that_sends_no_more_still_gets_its_answer(client: Conversation) -> None:
    client.socket.sendall(framed(header(18, 0)))
    client.socket.shutdown(socket.SHUT_WR)
    assert client.frame().startswith(struct.pack(">ih", 7, 0))
    assert client.frame() == ENDS


def test_earlier_requests_are_answered_before_a_bad_one_closes_the_connection(client: Conversation) -> None:
    client.socket.sendall(framed(header(18, 0)) + framed(header(999, 0)))
    assert client.frame().startswith(struct.pack(">ih", 7, 0))
    assert client.frame() == ENDS


def produce(acks: int, partition: int = 0) -> bytes:
    batch = build_batch([NewRecord(None, b"value", 1_700_000_000_000)])
    data = PartitionProduceData(index=partition, records=batch)
    topic = TopicProduceData(name="a-topic", partition_data=[data])
    request = ProduceRequest(acks=acks, timeout_ms=1000, topic_data=[topic])
    return framed(header(0, 7) + encode(request, 7))


@pytest.fixture
def producer(client: Conversation) -> Conversation:
    """A client that can produce to `a-topic`; Apache Kafka takes a moment until a new topic has a leader."""
    topic = CreatableTopic(name="a-topic", num_partitions=1, replication_factor=1, assignments=[], configs=[])
    request = CreateTopicsRequest(topics=[topic], timeout_ms=10_000)
    client.socket.sendall(framed(header(19, 2) + encode(request, 2)))
    client.frame()
    error_code = -1
    while error_code != 0:
        client.socket.sendall(produce(acks=1))
        response = decode(ProduceResponse, 7, client.frame()[4:])
        error_code = response.responses[0].partition_responses[0].error_code
    return client


def test_a_produce_without_acknowledgement_gets_no_answer_but_what_follows_does(
    producer: Conversation,
) -> None:
    producer.socket.sendall(produce(acks=0) * 3)
    assert producer.is_alive()


def test_a_failed_produce_without_acknowledgement_closes_the_connection(producer: Conversation) -> None:
    producer.socket.sendall(produce(acks=0, partition=5))
    assert producer.frame() == ENDS
