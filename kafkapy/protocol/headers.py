"""Request and response headers.

    request v1    int16 api_key, int16 api_version, int32 correlation_id, nullable string client_id
    request v2    the same, with the classic string, then a tag section
    response v0   int32 correlation_id
    response v1   the same, then a tag section

The API's version decides: flexible versions have v2 and v1, others v1 and v0. ApiVersions responses have v0
in every version, so that a client can read the answer to a version that the broker does not know (KIP-511).
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from kafkapy.protocol.api_key import ApiKey, messages_of
from kafkapy.protocol.errors import MalformedMessage
from kafkapy.protocol.primitives import Buffer, skip_tags
from kafkapy.protocol.schema import schema_of

_FIXED = struct.Struct(">hhih")
_CORRELATION_ID = struct.Struct(">i")
_FLEXIBLE_RESPONSE = struct.Struct(">ix")


class RequestHeader(NamedTuple):
    """What precedes every request body. A null client id is given as ""."""

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str


@cache
def first_flexible_version(api_key: int) -> int:
    """From which version on an API's messages are flexible; ValueError if there is no such API."""
    flexible = schema_of(messages_of(api_key).request).flexible_versions
    return flexible.start if flexible else 32768


def parse_request_header(frame: Buffer) -> tuple[RequestHeader, int]:
    """The header at the start of a request, and the position of its body.

    The version is not checked against any range. MalformedMessage if it does not parse or the API is unknown.
    """
    try:
        api_key, api_version, correlation_id, length = _FIXED.unpack_from(frame)
        body = _FIXED.size + max(length, 0)
        client_id = str(frame[_FIXED.size : body], "utf-8", "replace")
        if api_version >= first_flexible_version(api_key):
            body = skip_tags(frame, body)
    except (ValueError, IndexError, struct.error) as error:
        raise MalformedMessage(f"request header: {error}") from error
    if body > len(frame):
        raise MalformedMessage("the request ends within its header")
    return RequestHeader(api_key, api_version, correlation_id, client_id), body


def request_header(api_key: int, api_version: int, correlation_id: int, client_id: str | None) -> bytes:
    encoded = b"" if client_id is None else client_id.encode()
    length = -1 if client_id is None else len(encoded)
    header = _FIXED.pack(api_key, api_version, correlation_id, length) + encoded
    return header + b"\x00" if api_version >= first_flexible_version(api_key) else header


def response_header(api_key: int, api_version: int) -> Callable[[int], bytes]:
    """What makes the response header of one API in one version of a correlation id."""
    if api_version >= first_flexible_version(api_key) and api_key != ApiKey.API_VERSIONS:
        return _FLEXIBLE_RESPONSE.pack
    return _CORRELATION_ID.pack


def parse_response_header(api_key: int, api_version: int, frame: Buffer) -> tuple[int, int]:
    """Correlation id and position of the body of a response."""
    try:
        (correlation_id,) = _CORRELATION_ID.unpack_from(frame)
        body = _CORRELATION_ID.size
        if api_version >= first_flexible_version(api_key) and api_key != ApiKey.API_VERSIONS:
            body = skip_tags(frame, body)
    except (IndexError, struct.error) as error:
        raise MalformedMessage(f"response header: {error}") from error
    if body > len(frame):
        raise MalformedMessage("the response ends within its header")
    return correlation_id, body
