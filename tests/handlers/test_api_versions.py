"""ApiVersions announces what there is, in every version of itself."""

import pytest

from kafkapy.cluster.features import SUPPORTED, finalized_features
from kafkapy.handlers.registry import apis
from kafkapy.protocol.api_key import ApiKey
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest, ApiVersionsResponse
from tests.harness.broker import MemoryBroker

REQUEST = ApiVersionsRequest(
    client_software_name="apache-kafka-java", client_software_version="4.3.0-SNAPSHOT"
)


@pytest.mark.parametrize("version", range(5))
async def test_every_version_announces_every_api_with_a_handler(broker: MemoryBroker, version: int) -> None:
    response = await broker.send(REQUEST if version >= 3 else ApiVersionsRequest(), version)
    assert response.error_code == ErrorCode.NONE
    ranges = {entry.api_key: (entry.min_version, entry.max_version) for entry in response.api_keys}
    assert list(ranges) == sorted(ranges)
    assert ranges.pop(ApiKey.PRODUCE) == (0, apis()[ApiKey.PRODUCE].versions[-1])
    expected = {key: (api.versions[0], api.versions[-1]) for key, api in apis().items()}
    del expected[ApiKey.PRODUCE]
    assert ranges == expected


async def test_features_are_told_from_version_3_on(broker: MemoryBroker) -> None:
    image = broker.broker.metadata.image
    response = await broker.send(REQUEST, 3)
    levels = finalized_features(image)
    assert {f.name: f.max_version_level for f in response.finalized_features} == levels
    assert {f.name: f.min_version_level for f in response.finalized_features} == levels
    assert response.finalized_features_epoch == image.offset
    assert (await broker.send(ApiVersionsRequest(), 2)).finalized_features == []


async def test_features_that_begin_at_level_0_are_told_to_those_who_understand_them(
    broker: MemoryBroker,
) -> None:
    supported = {feature.name for feature in SUPPORTED}
    from_one = {feature.name for feature in SUPPORTED if feature.min_version > 0}
    assert {f.name for f in (await broker.send(REQUEST, 3)).supported_features} == from_one
    assert {f.name for f in (await broker.send(REQUEST, 4)).supported_features} == supported


@pytest.mark.parametrize(
    ("name", "version"),
    [("", "1"), ("lib", ""), ("-lib", "1"), ("lib", "1 0"), ("lib.", "1"), ("lib\n", "1")],
)
async def test_a_client_with_a_bad_name_is_told_so(broker: MemoryBroker, name: str, version: str) -> None:
    request = ApiVersionsRequest(client_software_name=name, client_software_version=version)
    assert await broker.send(request, 3) == ApiVersionsResponse(
        error_code=ErrorCode.INVALID_REQUEST, api_keys=[]
    )
