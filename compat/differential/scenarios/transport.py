"""Frames, headers and bodies that are not what they should be; most of them end the connection."""

import struct
from collections.abc import Iterator

from compat.differential.conversation import Client, Conversation, scenario
from kafkapy.handlers.registry import apis
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.codec import encode
from kafkapy.protocol.headers import request_header
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataRequestTopic
from kafkapy.protocol.schema import default_instance

FIXED = struct.Struct(">hhi")
CORRELATION_ID = 42
TELL_EVERYTHING_OR_NOTHING = {
    ApiKey.PRODUCE,
    ApiKey.METADATA,
    ApiKey.LIST_GROUPS,
    ApiKey.API_VERSIONS,
    ApiKey.DESCRIBE_CONFIGS,
    ApiKey.DESCRIBE_LOG_DIRS,
    ApiKey.DESCRIBE_TOPIC_PARTITIONS,
    ApiKey.ELECT_LEADERS,
    ApiKey.LIST_CONFIG_RESOURCES,
}
"""Asked for nothing in particular they tell what other scenarios have left; or do not answer, for acks=0."""


def framed(*parts: bytes) -> bytes:
    content = b"".join(parts)
    return len(content).to_bytes(4) + content


def header(key: int, version: int, client_id: bytes | None = b"x", tags: bytes = b"") -> bytes:
    """A request header made by hand: any key and version, any client id, any tag section."""
    length = -1 if client_id is None else len(client_id)
    return FIXED.pack(key, version, CORRELATION_ID) + struct.pack(">h", length) + (client_id or b"") + tags


def ask_alone(talk: Conversation, note: str, frame: bytes) -> None:
    """The frame on a connection of its own, and whether the connection lives on."""
    client = talk.connect()
    client.ask_frame(note, frame, within_seconds=5)
    lives_on(client, note)
    client.close()


def lives_on(client: Client, note: str) -> None:
    client.ask(MetadataRequest(topics=[]), 4, f"after: {note}")


def outside_versions() -> Iterator[tuple[int, int]]:
    """For each API the versions just outside what is offered."""
    for api in apis().values():
        if api.key != ApiKey.API_VERSIONS:
            yield api.key, api.versions[0] - 1
            yield api.key, api.versions[-1] + 1


@scenario
def versions_that_are_not_offered(talk: Conversation) -> None:
    for key, version in outside_versions():
        ask_alone(
            talk, f"{ApiKey(key).name} v{version}", framed(header(key, version, tags=b"\0"), bytes(200))
        )


@scenario
def keys_that_are_not_offered(talk: Conversation) -> None:
    for key in (4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82, 93, 94, 1000, 32767, -1, -32768):
        ask_alone(talk, f"key {key}", framed(header(key, 0, tags=b"\0"), bytes(200)))


@scenario
def sizes_that_cannot_be(talk: Conversation) -> None:
    for size in (0, 1, 7, 8, 9):
        ask_alone(talk, f"{size} bytes", framed(header(ApiKey.METADATA, 0)[:size]))
    for size in (-1, -(2**31), 2**31 - 1, 104_857_601):
        ask_alone(talk, f"size {size}", struct.pack(">i", size) + bytes(100))


@scenario
def client_ids(talk: Conversation) -> None:
    body = encode(MetadataRequest(topics=[]), 4)
    for client_id in (None, b"", b"x" * 300, b"\xff\xfe", "ä".encode()):
        ask_alone(talk, f"client id {client_id!r:.30}", framed(header(ApiKey.METADATA, 4, client_id), body))
    ask_alone(talk, "longer than the frame", framed(FIXED.pack(3, 4, 1) + struct.pack(">h", 500), body))
    ask_alone(talk, "negative length", framed(FIXED.pack(3, 4, 1) + struct.pack(">h", -5), body))


@scenario
def bodies_that_are_too_short_or_long(talk: Conversation) -> None:
    requests = {
        1: MetadataRequest(topics=[MetadataRequestTopic(name="t")]),
        9: MetadataRequest(topics=[MetadataRequestTopic(name="t")], allow_auto_topic_creation=False),
    }
    for version, request in requests.items():
        body = encode(request, version)
        begin = request_header(request.api_key, version, CORRELATION_ID, "x")  # type: ignore[attr-defined]
        for size in range(len(body)):
            ask_alone(talk, f"v{version}, {size} of {len(body)} bytes", framed(begin, body[:size]))
    body = encode(requests[9], 9)
    begin = request_header(ApiKey.METADATA, 9, CORRELATION_ID, "x")
    ask_alone(talk, "one byte more", framed(begin, body, b"\0"))
    ask_alone(talk, "many bytes more", framed(begin, body, bytes(1000)))


@scenario
def nulls_where_none_may_be(talk: Conversation) -> None:
    cases: dict[str, bytes] = {
        "Metadata v1, topic name": framed(header(3, 1), struct.pack(">ih", 1, -1)),
        "Metadata v9, topic name": framed(header(3, 9, tags=b"\0"), b"\2\0\0\1\0\0\0"),
        "DescribeGroups v0, -2 groups": framed(header(15, 0), struct.pack(">i", -2)),
        "Metadata v4, 2 billion topics": framed(header(3, 4), struct.pack(">ib", 2**31 - 1, 0)),
        "Metadata v4, name of -5 bytes": framed(header(3, 4), struct.pack(">ih", 1, -5), b"\0"),
        "Metadata v4, name of 500 bytes": framed(header(3, 4), struct.pack(">ih", 1, 500), b"\0"),
        "Metadata v4, true is 7": framed(header(3, 4), struct.pack(">ib", 0, 7)),
        "Heartbeat v0, group": framed(header(12, 0), struct.pack(">hih", -1, 1, 0)),
        "OffsetFetch v1, topics": framed(header(9, 1), struct.pack(">hi", 0, -1)),
        "OffsetFetch v2, topics": framed(header(9, 2), struct.pack(">h", 1), b"g", struct.pack(">i", -1)),
        "Fetch v4, topics": framed(header(1, 4), struct.pack(">iiiibi", -1, 0, 0, 0, 0, -1)),
        "Produce v3, topics": framed(header(0, 3), struct.pack(">hhii", -1, 1, 0, -1)),
        "CreateTopics v2, topics": framed(header(19, 2), struct.pack(">iib", -1, 0, 0)),
        "DeleteTopics v1, names": framed(header(20, 1), struct.pack(">ii", -1, 0)),
        "FindCoordinator v0, key": framed(header(10, 0), struct.pack(">h", -1)),
    }
    for note, frame in cases.items():
        ask_alone(talk, note, frame)


@scenario
def bodies_of_equal_bytes(talk: Conversation) -> None:
    """Zeros are empty strings and lists, or null in flexible versions; ones are lists with something in."""
    for api in apis().values():
        for version in api.versions if api.key not in TELL_EVERYTHING_OR_NOTHING else ():
            for byte in (b"\0", b"\1"):
                client = talk.connect()
                request = default_instance(api.request)
                begun = client.begin_body(request, version, 400 * byte, f"of {byte!r}")
                client.finish(begun, within_seconds=1)
                client.close()


@scenario
def tagged_fields(talk: Conversation) -> None:
    body = encode(MetadataRequest(topics=[], allow_auto_topic_creation=False), 9)
    unknown = b"\2" + b"\5\3abc" + b"\x80\1\0"
    cases = {
        "unknown in header": framed(header(3, 9, tags=unknown), body),
        "unknown in body": framed(header(3, 9, tags=b"\0"), body[:-1] + unknown),
        "more announced than sent": framed(header(3, 9, tags=b"\0"), body[:-1] + b"\3\5\1a"),
        "in wrong order": framed(header(3, 9, tags=b"\0"), body[:-1] + b"\2\5\1a\4\1a"),
        "repeated": framed(header(3, 9, tags=b"\0"), body[:-1] + b"\2\5\1a\5\1a"),
        "longer than the frame": framed(header(3, 9, tags=b"\0"), body[:-1] + b"\1\5\x7fa"),
        "overlong number": framed(header(3, 9, tags=b"\0"), body[:-1] + b"\x80\0"),
        "number of six bytes": framed(header(3, 9, tags=b"\0"), body[:-1] + b"\x80\x80\x80\x80\x80\0"),
        "none in header": framed(header(3, 9), body),
    }
    for note, frame in cases.items():
        ask_alone(talk, note, frame)


@scenario
def a_client_that_pipelines(talk: Conversation) -> None:
    client = talk.connect()
    for _ in range(3):
        client.begin(HeartbeatRequest(group_id="no-such", generation_id=1, member_id=""), 4, "not read yet")
    for number in range(3):
        talk.note(f"answer {number}", client.read())


@scenario
def correlation_ids_are_anything(talk: Conversation) -> None:
    client = talk.connect()
    body = encode(MetadataRequest(topics=[]), 4)
    for number in (0, -1, -(2**31), 2**31 - 1, 7, 7):
        begin = request_header(ApiKey.METADATA, 4, number, "x")
        client.write(framed(begin, body))
        answer = client.read()
        talk.note(f"correlation id {number}", answer[:4] if isinstance(answer, bytes) else answer)
