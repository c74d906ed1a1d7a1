"""From a request frame to its reply, and what becomes of everything a handler may raise."""

import asyncio
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest

from kafkapy.handlers.context import Peer, RequestContext
from kafkapy.handlers.registry import describe
from kafkapy.protocol.codec import decode, encode
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.headers import parse_response_header, request_header
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse
from kafkapy.server.connection import Refused
from kafkapy.server.dispatch import Dispatcher

HEARTBEAT = HeartbeatRequest(group_id="g", generation_id=1, member_id="m")
OK = HeartbeatResponse(error_code=0)
PEER = Peer(
    address=("127.0.0.1", 5000),
    local=("127.0.0.1", 9092),
    advertised=("127.0.0.1", 9092),
    listener="PLAINTEXT",
)


def frame(request: Any, version: int, *, correlation_id: int = 7, client_id: str | None = "me") -> memoryview:
    header = request_header(request.api_key, version, correlation_id, client_id)
    return memoryview(header + encode(request, version))


def dispatcher(handler: Callable[[RequestContext, Any], Any], **options: Any) -> Dispatcher:
    """One that knows Heartbeat v0-4, served by `handler`, and ApiVersions."""
    api = describe(HeartbeatRequest, "0-4", handler, **options)
    versions = describe(ApiVersionsRequest, "0-4", handler)
    broker = SimpleNamespace(metadata_log=SimpleNamespace(unsettled=None, settled=_at_once))
    return Dispatcher(broker, {api.key: api, versions.key: versions})  # type: ignore[arg-type]


async def _at_once() -> None:
    """A metadata log that has nothing to wait for."""


def decoded(reply: Any, version: int) -> tuple[int, HeartbeatResponse]:
    """Correlation id and response of a whole reply."""
    assert isinstance(reply, bytes)
    assert int.from_bytes(reply[:4]) == len(reply) - 4
    correlation_id, position = parse_response_header(12, version, reply[4:])
    return correlation_id, decode(HeartbeatResponse, version, reply[4 + position :])


@pytest.mark.parametrize("version", range(5))
def test_a_request_is_answered_in_its_own_version(version: int) -> None:
    seen = []

    def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        seen.append((ctx.api_key, ctx.api_version, ctx.client_id, ctx.peer, request))
        return OK

    reply = dispatcher(handler)(PEER, frame(HEARTBEAT, version, correlation_id=-3))
    assert decoded(reply, version) == (-3, OK)
    assert seen == [(12, version, "me", PEER, HEARTBEAT)]


def test_a_null_client_id_is_an_empty_one() -> None:
    ids = []

    def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        ids.append(ctx.client_id)
        return OK

    dispatcher(handler)(PEER, frame(HEARTBEAT, 0, client_id=None))
    assert ids == [""]


def test_bytes_behind_the_request_are_ignored() -> None:
    reply = dispatcher(lambda ctx, request: OK)(PEER, memoryview(bytes(frame(HEARTBEAT, 4)) + b"more"))
    assert decoded(reply, 4) == (7, OK)


def test_no_response_means_no_reply() -> None:
    assert dispatcher(lambda ctx, request: None)(PEER, frame(HEARTBEAT, 4)) is None


def test_an_error_becomes_the_response() -> None:
    def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        raise KafkaError(ErrorCode.UNKNOWN_MEMBER_ID)

    reply = dispatcher(handler)(PEER, frame(HEARTBEAT, 4))
    assert decoded(reply, 4) == (7, HeartbeatResponse(error_code=ErrorCode.UNKNOWN_MEMBER_ID))


@pytest.mark.parametrize("error", [ValueError("a mistake"), asyncio.CancelledError()])
def test_a_mistake_is_logged_and_becomes_an_unknown_server_error(
    caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        raise error

    reply = dispatcher(handler)(PEER, frame(HEARTBEAT, 4))
    assert decoded(reply, 4) == (7, HeartbeatResponse(error_code=ErrorCode.UNKNOWN_SERVER_ERROR))
    (record,) = caplog.records
    assert record.getMessage() == "Heartbeat v4 of client 'me' failed"
    assert record.exc_info is not None


def test_a_response_that_cannot_be_sent_is_a_mistake(caplog: pytest.LogCaptureFixture) -> None:
    reply = dispatcher(lambda ctx, request: HeartbeatResponse(error_code=99999))(PEER, frame(HEARTBEAT, 4))
    assert decoded(reply, 4) == (7, HeartbeatResponse(error_code=ErrorCode.UNKNOWN_SERVER_ERROR))
    assert "Heartbeat v4 of client 'me' failed" in caplog.text


def test_a_failure_that_no_response_can_tell_closes_the_connection() -> None:
    def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        raise KafkaError(ErrorCode.NOT_COORDINATOR)

    with pytest.raises(Refused, match="Heartbeat v4 of client 'me': NOT_COORDINATOR"):
        dispatcher(handler, fail=lambda request, code: None)(PEER, frame(HEARTBEAT, 4))


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (b"", "header"),
        (b"\x00\x0c\x00\x00", "header"),
        (b"\x03\xe7\x00\x00\x00\x00\x00\x07\x00\x02me", "999"),
        (bytes(frame(HEARTBEAT, 4))[:-1], "Heartbeat v4 of client 'me': the body does not parse"),
        (bytes(frame(HEARTBEAT, 0))[:-1], "Heartbeat v0 of client 'me': the body does not parse"),
        (b"\x00\x0c\x00\x05" + bytes(frame(HEARTBEAT, 4))[4:], "Heartbeat v5 of client 'me'.*versions 0-4"),
        (b"\x00\x0c\xff\xff" + bytes(frame(HEARTBEAT, 0))[4:], "Heartbeat v-1 of client 'me'.*versions 0-4"),
        (b"\x00\x00" + bytes(frame(HEARTBEAT, 3))[2:], "API key 0 v3 of client 'me'"),
    ],
)
def test_what_cannot_be_understood_closes_the_connection(refused: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        dispatcher(lambda ctx, request: OK)(PEER, memoryview(refused))


@pytest.mark.parametrize("version", [5, 99, 32767, 65535])
def test_an_unknown_version_of_api_versions_is_answered_as_apache_kafka_does(version: int) -> None:
    request = b"\x00\x12" + version.to_bytes(2) + b"\x00\x00\x00\x07\x00\x02me\x00\xff\xff"
    reply = dispatcher(lambda ctx, request: OK)(PEER, memoryview(request))
    assert reply == bytes.fromhex("00000010 00000007 0023 00000001 0012 0000 0004")


def test_a_handler_that_need_not_wait_answers_at_once() -> None:
    async def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        return OK

    assert decoded(dispatcher(handler)(PEER, frame(HEARTBEAT, 4)), 4) == (7, OK)


async def test_a_handler_that_waits_answers_later() -> None:
    event = asyncio.Event()

    async def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        await event.wait()
        await asyncio.sleep(0)
        return OK

    waiting = dispatcher(handler)(PEER, frame(HEARTBEAT, 4))
    assert isinstance(waiting, Coroutine)
    event.set()
    assert decoded(await waiting, 4) == (7, OK)


@pytest.mark.parametrize("waits", [False, True])
async def test_an_error_of_a_handler_that_waits_becomes_the_response(waits: bool) -> None:
    async def handler(ctx: RequestContext, request: HeartbeatRequest) -> HeartbeatResponse:
        if waits:
            await asyncio.sleep(0)
        raise KafkaError(ErrorCode.REBALANCE_IN_PROGRESS)

    reply = dispatcher(handler)(PEER, frame(HEARTBEAT, 4))
    if isinstance(reply, Coroutine):
        reply = await reply
    assert decoded(reply, 4) == (7, HeartbeatResponse(error_code=ErrorCode.REBALANCE_IN_PROGRESS))
