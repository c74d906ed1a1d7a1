"""Request and response headers."""

import struct

import pytest

from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.headers import (
    RequestHeader,
    parse_request_header,
    parse_response_header,
    request_header,
    response_header,
)


def test_a_request_of_a_classic_version_has_header_version_1() -> None:
    encoded = request_header(ApiKey.HEARTBEAT, 3, 7, "me")
    assert encoded == struct.pack(">hhih", 12, 3, 7, 2) + b"me"
    assert parse_request_header(encoded + b"body") == (RequestHeader(12, 3, 7, "me"), len(encoded))


def test_a_request_of_a_flexible_version_has_tags_but_a_classic_client_id() -> None:
    encoded = request_header(ApiKey.HEARTBEAT, 4, -1, "me")
    assert encoded == struct.pack(">hhih", 12, 4, -1, 2) + b"me" + b"\0"
    assert parse_request_header(encoded + b"body") == (RequestHeader(12, 4, -1, "me"), len(encoded))


def test_unknown_tags_in_a_request_header_are_skipped() -> None:
    encoded = request_header(ApiKey.HEARTBEAT, 4, 1, "")[:-1] + b"\1\x05\2ab"
    assert parse_request_header(encoded) == (RequestHeader(12, 4, 1, ""), len(encoded))


def test_a_null_client_id_reads_as_empty() -> None:
    encoded = request_header(ApiKey.METADATA, 1, 1, None)
    assert encoded.endswith(b"\xff\xff")
    assert parse_request_header(encoded) == (RequestHeader(3, 1, 1, ""), len(encoded))


def test_a_version_beyond_the_known_ones_has_the_newest_header() -> None:
    encoded = struct.pack(">hhih", ApiKey.API_VERSIONS, 99, 1, 1) + b"c" + b"\0" + b"unknown body"
    assert parse_request_header(encoded) == (RequestHeader(18, 99, 1, "c"), 12)


def test_an_api_without_flexible_versions_never_has_tags() -> None:
    assert request_header(ApiKey.SASL_HANDSHAKE, 1, 1, "") == struct.pack(">hhih", 17, 1, 1, 0)


@pytest.mark.parametrize("length", range(13))
def test_a_request_cut_short_within_its_header_is_malformed(length: int) -> None:
    encoded = request_header(ApiKey.HEARTBEAT, 4, 7, "me")
    assert len(encoded) == 13
    with pytest.raises(MalformedMessage):
        parse_request_header(memoryview(encoded)[:length])


def test_a_client_id_that_is_not_utf8_is_accepted() -> None:
    header, _ = parse_request_header(struct.pack(">hhih", 12, 3, 1, 2) + b"\xc3\x28")
    assert header.client_id == "\ufffd("


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(struct.pack(">hhih", 4, 0, 1, 0), id="an API between controllers"),
        pytest.param(struct.pack(">hhih", -1, 0, 1, 0), id="no API at all"),
        pytest.param(struct.pack(">hhih", 12, 3, 1, 32767) + b"a", id="client id that is not there"),
    ],
)
def test_a_header_that_makes_no_sense_is_malformed(frame: bytes) -> None:
    with pytest.raises(MalformedMessage):
        parse_request_header(frame)


def test_a_response_header_follows_the_version_of_the_api() -> None:
    assert response_header(ApiKey.HEARTBEAT, 3)(-2) == b"\xff\xff\xff\xfe"
    assert response_header(ApiKey.HEARTBEAT, 4)(-2) == b"\xff\xff\xff\xfe\0"
    assert parse_response_header(ApiKey.HEARTBEAT, 3, b"\0\0\0\1\0") == (1, 4)
    assert parse_response_header(ApiKey.HEARTBEAT, 4, b"\0\0\0\1\1\0\2ab!") == (1, 9)


@pytest.mark.parametrize("version", range(5))
def test_an_api_versions_response_has_the_oldest_header_in_every_version(version: int) -> None:
    assert response_header(ApiKey.API_VERSIONS, version)(1) == b"\0\0\0\1"
    assert parse_response_header(ApiKey.API_VERSIONS, version, b"\0\0\0\1\0") == (1, 4)


@pytest.mark.parametrize("frame", [b"", b"\0\0\0", b"\0\0\0\1", b"\0\0\0\1\1\0\5a"])
def test_a_response_cut_short_within_its_header_is_malformed(frame: bytes) -> None:
    with pytest.raises(MalformedMessage):
        parse_response_header(ApiKey.HEARTBEAT, 4, frame)
