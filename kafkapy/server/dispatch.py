"""From a request frame to its reply: header, version, body, handler, response.

What a handler raises ends here: a KafkaError becomes the error response of the API, anything else is logged
and becomes UNKNOWN_SERVER_ERROR. Only a request that cannot be understood closes the connection.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, NamedTuple

from kafkapy.handlers.api_versions import unsupported_version
from kafkapy.handlers.context import Held, Peer, RequestContext
from kafkapy.handlers.registry import Api
from kafkapy.protocol.codegen import Decoder, decoder, encoder
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError, MalformedMessage
from kafkapy.protocol.headers import RequestHeader, parse_request_header, response_header
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from kafkapy.server.connection import Refused
from kafkapy.server.eager import Waiting, begin
from kafkapy.server.frames import Chunk, Reply, response_frame

if TYPE_CHECKING:
    from kafkapy.broker.broker import Broker

log = logging.getLogger(__name__)


class Call(NamedTuple):
    """One API in one version, ready for use."""

    api: Api
    version: int
    head: Callable[[int], bytes]
    decode: Decoder[Any]
    encode: Callable[[Any], list[Chunk]]


class Dispatcher:
    """Answers the requests of all connections with the handlers in `apis`."""

    def __init__(self, broker: "Broker", apis: Mapping[int, Api]) -> None:
        self._broker = broker
        self._apis = apis
        self._calls: dict[tuple[int, int], Call] = {}

    def __call__(self, peer: Peer, frame: memoryview) -> Reply | Held | Coroutine[Any, Any, Reply]:
        try:
            header, body = parse_request_header(frame)
        except MalformedMessage as error:
            raise Refused(f"the request header does not parse: {error}") from None
        call = self._calls.get((header.api_key, header.api_version)) or self._prepare(header)
        if call is None:
            return self._unknown_api_versions(header)
        try:
            request, _ = call.decode(frame, body)
        except MalformedMessage as error:
            raise Refused(f"{_described(header, call.api)}: the body does not parse: {error}") from None
        context = RequestContext(self._broker, peer, header.api_key, header.api_version, header.client_id)
        waiting: Waiting[Any] | None = None
        try:
            response = call.api.handler(context, request)
            if call.api.may_wait or type(response) is CoroutineType:
                response, waiting = begin(response)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever it is, the client is told
            response = _failure(call, header, request, error)
        if waiting is not None or self._broker.metadata_log.unsettled is not None:
            return self._wait(call, header, request, response if waiting is None else waiting)
        if isinstance(response, Held):
            response.encode = partial(_encoded_late, call, header)
            return response
        return _reply(call, header, request, response)

    async def _wait(self, call: Call, header: RequestHeader, request: Any, response: Any) -> Reply:
        """Whatever is answered may rest on what the metadata log said, so that has to be settled first."""
        try:
            if isinstance(response, Waiting):
                response = await response
            elif isinstance(response, Held):
                response = await response.released()
            await self._broker.metadata_log.settled()
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            response = _failure(call, header, request, error)
        return _reply(call, header, request, response)

    def _prepare(self, header: RequestHeader) -> Call | None:
        """Codecs for a version that is used for the first time; None for an unknown ApiVersions version."""
        key, version = header.api_key, header.api_version
        api = self._apis.get(key)
        if api is None:
            raise Refused(f"{_described(header)}: there is no such API")
        if version not in api.versions:
            if api.request is ApiVersionsRequest:
                return None
            raise Refused(f"{_described(header, api)}: this broker has versions {_shown(api.versions)}")
        head = response_header(key, version)
        call = Call(api, version, head, decoder(api.request, version), encoder(api.response, version))
        self._calls[key, version] = call
        return call

    def _unknown_api_versions(self, header: RequestHeader) -> Reply:
        """A client from the future learns in version 0 what to ask for (KIP-511)."""
        chunks = encoder(ApiVersionsResponse, 0)(unsupported_version(self._apis[header.api_key]))
        return response_frame([response_header(header.api_key, 0)(header.correlation_id), *chunks])


def _reply(call: Call, header: RequestHeader, request: Any, response: Any) -> Reply:
    if response is None:
        return None
    try:
        return _encoded(call, header, response)
    except Exception as error:  # noqa: BLE001 - a response that cannot be sent is a failed request
        return _encoded(call, header, _failure(call, header, request, error))


def _encoded(call: Call, header: RequestHeader, response: Any) -> Reply:
    return response_frame([call.head(header.correlation_id), *call.encode(response)])


def _encoded_late(call: Call, header: RequestHeader, response: Any) -> Reply:
    """Of a request that is not here any more. Refused: it cannot be encoded."""
    try:
        return _encoded(call, header, response)
    except Exception as error:
        log.exception("%s failed", _described(header, call.api))
        raise Refused(f"{_described(header, call.api)}: {error}") from None


def _failure(call: Call, header: RequestHeader, request: Any, error: BaseException) -> Any:
    """The response to a request whose handler raised `error`. Refused when no response can say so."""
    if not isinstance(error, KafkaError):
        log.error("%s failed", _described(header, call.api), exc_info=error)
        error = KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
    response = call.api.fail(request, error, call.version)
    if response is None:
        raise Refused(f"{_described(header, call.api)}: {error}")
    return response


def _described(header: RequestHeader, api: Api | None = None) -> str:
    name = api.name if api else f"API key {header.api_key}"
    return f"{name} v{header.api_version} of client {header.client_id!r}"


def _shown(versions: range) -> str:
    return f"{versions[0]}-{versions[-1]}"
