"""One registration per API, from which the rest is derived."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from kafkapy.handlers import registry
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import Api, apis, describe, handles
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.codegen import decoder, encoder
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.delete_records import DeleteRecordsRequest, DeleteRecordsResponse
from kafkapy.protocol.messages.find_coordinator import FindCoordinatorRequest, FindCoordinatorResponse
from kafkapy.protocol.messages.heartbeat import HeartbeatRequest, HeartbeatResponse
from kafkapy.protocol.schema import wires_of

WITHOUT_ROOM_FOR_ERRORS = {(ApiKey.DESCRIBE_LOG_DIRS, 1), (ApiKey.DESCRIBE_LOG_DIRS, 2)}
"""Apache Kafka, too, answers these with an empty response when they fail."""

ERROR = KafkaError(ErrorCode.UNKNOWN_SERVER_ERROR, "what went wrong")


def answer(ctx: RequestContext, request: Any) -> Any:
    raise AssertionError("never called")


async def answer_later(ctx: RequestContext, request: Any) -> Any:
    raise AssertionError("never called")


def test_an_api_is_described_by_its_messages() -> None:
    api = describe(HeartbeatRequest, "1-3", answer)
    assert (api.key, api.name, api.versions) == (12, "Heartbeat", range(1, 4))
    assert api.response is HeartbeatResponse
    assert not api.may_wait
    assert describe(HeartbeatRequest, "1-3", answer_later).may_wait


def test_a_response_with_an_error_code_can_say_by_itself_that_it_failed() -> None:
    response = describe(HeartbeatRequest, "0-4", answer).fail(None, ERROR, 4)
    assert response == HeartbeatResponse(error_code=ErrorCode.UNKNOWN_SERVER_ERROR)


def test_a_failed_response_carries_the_message_where_its_version_has_one() -> None:
    fail = describe(FindCoordinatorRequest, "0-3", answer).fail
    assert fail(None, ERROR, 0).error_message == ""
    assert fail(None, ERROR, 1).error_message == "what went wrong"


def test_an_error_code_that_only_some_versions_have_is_not_enough() -> None:
    with pytest.raises(TypeError, match="FindCoordinatorResponse has no error_code of its own"):
        describe(FindCoordinatorRequest, "0-6", answer)


def test_a_response_without_an_error_code_needs_a_failure_written_by_hand() -> None:
    with pytest.raises(TypeError, match="DeleteRecordsResponse has no error_code of its own"):
        describe(DeleteRecordsRequest, "0-2", answer)
    api = describe(
        DeleteRecordsRequest, "0-2", answer, lambda request, code: DeleteRecordsResponse(topics=[])
    )
    assert api.fail(None, ERROR, 0) == DeleteRecordsResponse(topics=[])


def test_a_written_failure_loses_the_error_code_that_its_version_has_no_room_for() -> None:
    api = describe(
        FindCoordinatorRequest,
        "0-6",
        answer,
        lambda request, code: FindCoordinatorResponse(error_code=code),
    )
    assert api.fail(None, ERROR, 3) == FindCoordinatorResponse(error_code=ErrorCode.UNKNOWN_SERVER_ERROR)
    assert api.fail(None, ERROR, 4) == FindCoordinatorResponse()


def test_versions_that_the_message_does_not_have_are_refused() -> None:
    with pytest.raises(TypeError, match="Heartbeat has no versions 0-5"):
        describe(HeartbeatRequest, "0-5", answer)


def test_an_api_has_one_handler() -> None:
    api = apis()[ApiKey.API_VERSIONS]
    with pytest.raises(TypeError, match="ApiVersions has a handler already"):
        handles(api.request, "0")(answer)


def test_all_apis_are_listed_in_ascending_order() -> None:
    assert list(apis()) == sorted(registry._apis)
    assert {api.key for api in apis().values()} == set(apis())


def sample(cls: type[Any], version: int) -> Any:
    """A message as it may arrive in `version`: something in every field, one element in every list."""
    return cls(
        **{
            name: _sample_value(wire.kind, wire.element, version)
            if version in wire.versions
            else wire.default
            for name, wire in wires_of(cls).items()
        }
    )


def _sample_value(kind: str, element: Any, version: int) -> Any:
    if kind == "array":
        is_struct = isinstance(element, type)
        return [sample(element, version) if is_struct else _sample_value(element, None, version)]
    if kind == "struct":
        return sample(element, version)
    return {"string": "x", "bytes": b"x", "records": b"", "uuid": bytes(16), "bool": False}.get(kind, 1)


def error_codes(message: Any) -> Iterator[int]:
    """Every error code in a message and whatever it nests."""
    for field in dataclasses.fields(message):
        value = getattr(message, field.name)
        if field.name in ("error_code", "partition_error_code"):
            yield value
        for nested in value if isinstance(value, list) else [value]:
            if dataclasses.is_dataclass(nested):
                yield from error_codes(nested)


@pytest.mark.parametrize("api", apis().values(), ids=lambda api: api.name)
def test_every_handler_can_say_in_every_version_that_a_request_failed(api: Api) -> None:
    for version in api.versions:
        response = api.fail(sample(api.request, version), ERROR, version)
        frame = b"".join(encoder(api.response, version)(response))
        decoded, _ = decoder(api.response, version)(frame)
        if (api.key, version) not in WITHOUT_ROOM_FOR_ERRORS:
            assert ErrorCode.UNKNOWN_SERVER_ERROR in set(error_codes(decoded)), f"v{version}: {decoded}"
