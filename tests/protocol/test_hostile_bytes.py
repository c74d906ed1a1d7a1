"""Decoders meet bytes that no client would send: only MalformedMessage comes out, and memory follows the
input's size.
"""

import tracemalloc
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kafkapy.protocol import codec, interpret
from kafkapy.protocol.codegen import decoder
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest
from kafkapy.protocol.messages.fetch import FetchRequest
from kafkapy.protocol.messages.metadata import MetadataRequest, MetadataResponse
from kafkapy.protocol.messages.produce import ProduceRequest
from kafkapy.protocol.primitives import Buffer, uvarint
from kafkapy.protocol.schema import schema_of
from tests.protocol.samples import MESSAGES, MESSAGES_AND_VERSIONS, sample

every_message = pytest.mark.parametrize("cls", MESSAGES, ids=lambda cls: cls.__name__)


def outcome(cls: type[Any], version: int, buffer: Buffer) -> Any:
    """What decoding gives; None for a refusal. Generated and interpreted decoder must agree on it."""
    try:
        generated = decoder(cls, version)(buffer)
    except MalformedMessage:
        generated = None
    try:
        interpreted = interpret.decode(cls, version, buffer)
    except MalformedMessage:
        interpreted = None
    assert generated == interpreted or repr(generated) == repr(interpreted)  # floats may be no number
    return generated


@every_message
def test_a_message_cut_short_anywhere_is_malformed(cls: type[Any]) -> None:
    for version in schema_of(cls).valid_versions:
        encoded = codec.encode(sample(cls, version, tame=True), version)
        decode = decoder(cls, version)
        for length in range(len(encoded)):
            with pytest.raises(MalformedMessage):
                decode(encoded[:length])


@every_message
def test_random_bytes_are_refused_or_read_as_interpreted(cls: type[Any]) -> None:
    random = Random(cls.__name__)
    for version in schema_of(cls).valid_versions:
        for size in (0, 1, 2, 5, 20, 100, 1000):
            outcome(cls, version, random.randbytes(size))
            outcome(cls, version, bytes(random.choices((0, 0, 0, 1, 2, 127, 128, 255), k=size)))


@every_message
def test_a_damaged_message_is_refused_or_read_as_interpreted(cls: type[Any]) -> None:
    random = Random(cls.__name__)
    for version in schema_of(cls).valid_versions:
        encoded = codec.encode(sample(cls, version, tame=True), version)
        for _ in range(min(len(encoded), 12)):
            damaged = bytearray(encoded)
            damaged[random.randrange(len(encoded))] = random.choice((0, 1, 127, 128, 255))
            outcome(cls, version, bytes(damaged))


@given(st.sampled_from(MESSAGES_AND_VERSIONS), st.binary(max_size=64))
@settings(max_examples=500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_bytes_make_a_decoder_fail_otherwise(case: tuple[type[Any], int], buffer: bytes) -> None:
    outcome(*case, buffer)


def peak_bytes(cls: type[Any], version: int, buffer: Buffer) -> int:
    """The most memory that decoding holds at once, beyond its input."""
    decode = decoder(cls, version)
    tracemalloc.start()
    try:
        decode(buffer)
    except MalformedMessage:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


HUGE = b"\x7f\xff\xff\xff"
HUGE_COMPACT = b"\xff\xff\xff\xff\x0f"


@pytest.mark.parametrize(
    ("cls", "version", "hostile"),
    [
        pytest.param(MetadataRequest, 1, HUGE, id="array of structs"),
        pytest.param(MetadataRequest, 9, HUGE_COMPACT, id="compact array of structs"),
        pytest.param(MetadataResponse, 1, b"\0\0\0\0" + b"\0\0\0\0" + HUGE, id="array behind others"),
        pytest.param(FetchRequest, 7, bytes(17 + 8) + HUGE, id="array behind fixed fields"),
        pytest.param(ApiVersionsRequest, 3, HUGE_COMPACT, id="compact string"),
        pytest.param(ApiVersionsRequest, 3, b"\1\1" + HUGE_COMPACT, id="count of tags"),
        pytest.param(ApiVersionsRequest, 3, b"\1\1" + b"\1\7" + HUGE_COMPACT, id="size of an unknown tag"),
        pytest.param(
            FetchRequest, 12, bytes(25) + b"\1\1\1\1\0\5" + HUGE_COMPACT, id="string in a known tag"
        ),
        pytest.param(
            ProduceRequest,
            3,
            b"\xff\xff" + bytes(6) + b"\0\0\0\1\0\1t\0\0\0\1" + bytes(4) + HUGE,
            id="records",
        ),
    ],
)
@pytest.mark.parametrize("trailing", [0, 3000])
def test_a_huge_length_or_count_costs_nothing(
    cls: type[Any], version: int, hostile: bytes, trailing: int
) -> None:
    with pytest.raises(MalformedMessage):
        codec.decode(cls, version, hostile + bytes(trailing))
    assert peak_bytes(cls, version, hostile + bytes(trailing)) < 20_000 + 10 * trailing


@pytest.mark.parametrize("fill", [b"\0", b"\1", b"\2", b"\x7f", b"\xff", b"\0\0\0\1", b"\0\0\x01\0"])
def test_memory_is_bounded_by_the_size_of_the_input(fill: bytes) -> None:
    buffer = fill * (20_000 // len(fill))
    for cls, version in MESSAGES_AND_VERSIONS[::7]:
        assert peak_bytes(cls, version, buffer) < 150 * len(buffer)


def test_a_large_section_of_unknown_tags_is_skipped_in_passing() -> None:
    tags = b"".join(uvarint(tag) + uvarint(2) + b"ab" for tag in range(5000))
    encoded = codec.encode(ApiVersionsRequest(client_software_name="c", client_software_version="1"), 3)
    buffer = encoded[:-1] + uvarint(5000) + tags
    assert decoder(ApiVersionsRequest, 3)(buffer)[1] == len(buffer)
    assert peak_bytes(ApiVersionsRequest, 3, buffer) < 10_000


def test_a_varint_of_more_than_five_bytes_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="five bytes"):
        codec.decode(MetadataRequest, 9, b"\x80\x80\x80\x80\x80\x01")


def test_a_string_longer_than_kafka_allows_is_malformed() -> None:
    text = b"a" * 32768
    with pytest.raises(MalformedMessage, match="32768 bytes"):
        codec.decode(ApiVersionsRequest, 3, uvarint(len(text) + 1) + text + b"\1\0")


def test_a_null_that_is_not_allowed_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="null"):
        codec.decode(ApiVersionsRequest, 3, b"\0\1\0")
    with pytest.raises(MalformedMessage, match=r"null for MetadataRequest\.topics"):
        codec.decode(MetadataRequest, 0, b"\xff\xff\xff\xff")


def test_the_tag_of_a_field_that_only_later_versions_have_is_refused() -> None:
    request = FetchRequest(max_wait_ms=0, min_bytes=0, topics=[])
    unknown, replica_state = b"\x01\x50\x01\x00", b"\x01\x01\x01\x00"
    for version in (12, 13, 14):
        body = codec.encode(request, version)[:-1]
        assert outcome(FetchRequest, version, body + unknown)[0] == request
        assert outcome(FetchRequest, version, body + replica_state) is None
