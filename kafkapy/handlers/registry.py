"""Which APIs this broker implements, and in which versions: `@handles` is the only place where that is said.

Dispatch, the ranges that ApiVersions announces and docs/support.md are derived from it.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from kafkapy.handlers.context import RequestContext
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.schema import parse_versions, schema_of, wires_of

Request = TypeVar("Request")
H = TypeVar("H", bound=Callable[[RequestContext, Any], Any])


@dataclass(frozen=True, slots=True)
class Api:
    """One implemented API.

    `fail(request, error, version)` is the response that says of everything in the request that it failed;
    None where no response can (a produce request with acks=0).
    """

    key: int
    name: str
    request: type[Any]
    response: type[Any]
    versions: range
    handler: Callable[[RequestContext, Any], Any]
    may_wait: bool
    fail: Callable[[Any, KafkaError, int], Any]


_apis: dict[int, Api] = {}


def handles(
    request: type[Request], versions: str, fail: Callable[[Request, ErrorCode], Any] | None = None
) -> Callable[[H], H]:
    """Register a handler for the versions that it implements, such as `"0-4"`.

    A plain function answers at once, or returns the coroutine that will; an `async def` may wait. Waiting
    holds up its own connection only.
    Either returns the response, or None for a request that gets no response. A KafkaError that it raises
    becomes the response `fail(request, code)`, which can be left out where the response has an `error_code`
    of its own.
    """

    def register(handler: H) -> H:
        api = describe(request, versions, handler, fail)
        if api.key in _apis:
            raise TypeError(f"{api.name} has a handler already, in {_apis[api.key].handler.__module__}")
        _apis[api.key] = api
        return handler

    return register


def describe(
    request: type[Request],
    versions: str,
    handler: Callable[[RequestContext, Any], Any],
    fail: Callable[[Request, ErrorCode], Any] | None = None,
) -> Api:
    """What `@handles` registers. TypeError: there are no such versions, or no way to say that it failed."""
    schema = schema_of(request)
    name = request.__name__.removesuffix("Request")
    response = getattr(sys.modules[request.__module__], f"{name}Response")
    implemented = parse_versions(versions)
    if schema.api_key is None or not set(implemented) <= set(schema.valid_versions):
        raise TypeError(f"{name} has no versions {versions}")
    return Api(
        schema.api_key,
        name,
        request,
        response,
        implemented,
        handler,
        inspect.iscoroutinefunction(handler),
        _top_level_failure(response, implemented) if fail is None else _written_failure(response, fail),
    )


def _written_failure(
    response: type[Any], fail: Callable[[Any, ErrorCode], Any]
) -> Callable[[Any, KafkaError, int], Any]:
    """What the handler's author wrote, without an error code of the whole where the version has none."""
    wire = wires_of(response).get("error_code")

    def fail_in_version(request: Any, error: KafkaError, version: int) -> Any:
        failed = fail(request, error.code)
        if failed is not None and wire is not None and version not in wire.versions:
            failed.error_code = ErrorCode.NONE
        return failed

    return fail_in_version


def _top_level_failure(response: type[Any], versions: range) -> Callable[[Any, KafkaError, int], Any]:
    """A response with an error code, its message if the version has one, and nothing else."""
    wires = wires_of(response)
    if "error_code" not in wires or not all(version in wires["error_code"].versions for version in versions):
        raise TypeError(f"{response.__name__} has no error_code of its own: its handler needs fail=")

    def fail(_: Any, error: KafkaError, version: int) -> Any:
        fields = {
            name: list(wire.default) if isinstance(wire.default, list) else wire.default
            for name, wire in wires.items()
        }
        fields["error_code"] = error.code
        if "error_message" in wires and version in wires["error_message"].versions:
            fields["error_message"] = error.detail
        return response(**fields)

    return fail


@cache
def apis() -> Mapping[int, Api]:
    """Every implemented API by its key, in ascending order; imports all handlers."""
    package = sys.modules[__name__.rpartition(".")[0]]
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return MappingProxyType(dict(sorted(_apis.items())))
