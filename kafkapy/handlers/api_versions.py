"""ApiVersions (API key 18), v0-4.

Tells a client which APIs and versions it may use: those that have a handler, no others. A version that this
broker does not know is answered in version 0 with UNSUPPORTED_VERSION, so that clients of the future can
fall back. v3: client name and version (KIP-511), features (KIP-584). v4: features whose lowest level is 0.
Not supported: nothing.
"""

import re
from collections.abc import Iterable
from functools import cache

from kafkapy.cluster.features import SUPPORTED, finalized_features
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import Api, apis, handles
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from kafkapy.protocol.messages.api_versions import (
    ApiVersion,
    ApiVersionsRequest,
    ApiVersionsResponse,
    FinalizedFeatureKey,
    SupportedFeatureKey,
)

FIRST_VERSION_WITH_CLIENT_NAMES = 3
FIRST_VERSION_WITH_FEATURES_FROM_ZERO = 4
CLIENT_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?")


@handles(ApiVersionsRequest, "0-4")
def api_versions(ctx: RequestContext, request: ApiVersionsRequest) -> ApiVersionsResponse:
    if ctx.api_version >= FIRST_VERSION_WITH_CLIENT_NAMES:
        names = (request.client_software_name, request.client_software_version)
        if not all(map(CLIENT_NAME.fullmatch, names)):
            raise KafkaError(ErrorCode.INVALID_REQUEST)
        ctx.peer.client_software_name, ctx.peer.client_software_version = names
    image = ctx.broker.metadata.image
    from_zero = ctx.api_version >= FIRST_VERSION_WITH_FEATURES_FROM_ZERO
    return ApiVersionsResponse(
        api_keys=_all_announced(),
        supported_features=[
            SupportedFeatureKey(name=f.name, min_version=f.min_version, max_version=f.max_version)
            for f in SUPPORTED
            if f.min_version > 0 or from_zero
        ],
        finalized_features_epoch=image.offset,
        finalized_features=[
            FinalizedFeatureKey(name=name, min_version_level=level, max_version_level=level)
            for name, level in finalized_features(image).items()
            if level
        ],
    )


def announced(implemented: Iterable[Api]) -> list[ApiVersion]:
    """The ranges as clients are told; Produce seems to begin at 0, as librdkafka expects (KAFKA-18659)."""
    return [
        ApiVersion(
            api_key=api.key,
            min_version=0 if api.key == ApiKey.PRODUCE else api.versions[0],
            max_version=api.versions[-1],
        )
        for api in implemented
    ]


@cache
def _all_announced() -> list[ApiVersion]:
    """Made once: every connection of every client asks for it."""
    return announced(apis().values())


def unsupported_version(api_versions_api: Api) -> ApiVersionsResponse:
    """The answer to a version from the future, sent as version 0: the range of this very API."""
    return ApiVersionsResponse(
        error_code=ErrorCode.UNSUPPORTED_VERSION, api_keys=announced([api_versions_api])
    )
