import pytest

from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.api_versions import ApiVersionsRequest
from kafkapy.protocol.messages.update_features import (
    FeatureUpdateKey,
    UpdatableFeatureResult,
    UpdateFeaturesRequest,
)
from tests.harness.broker import MemoryBroker

ELR = "eligible.leader.replicas.version"


def downgrade(*features: str, validate_only: bool = False) -> UpdateFeaturesRequest:
    return UpdateFeaturesRequest(
        feature_updates=[FeatureUpdateKey(feature=f, max_version_level=0, upgrade_type=2) for f in features],
        validate_only=validate_only,
    )


async def test_a_new_level_is_there_at_once_and_after_a_restart(broker: MemoryBroker) -> None:
    response = await broker.send(downgrade(ELR))
    assert (response.error_code, response.error_message, response.results) == (0, None, [])
    versions = ApiVersionsRequest(client_software_name="test", client_software_version="1")
    assert ELR not in {f.name for f in (await broker.send(versions)).finalized_features}
    await broker.restart()
    assert ELR not in broker.broker.metadata.image.features


async def test_validation_changes_nothing(broker: MemoryBroker) -> None:
    assert (await broker.send(downgrade(ELR, validate_only=True))).error_code == 0
    assert broker.broker.metadata.image.features[ELR] == 1


async def test_one_bad_update_refuses_all(broker: MemoryBroker) -> None:
    response = await broker.send(downgrade(ELR, "nope"))
    assert response.error_code == ErrorCode.INVALID_UPDATE_VERSION
    assert response.error_message == (
        "The update failed for all features since the following feature had an error: Invalid update version "
        "0 for feature nope. Feature nope not found."
    )
    assert broker.broker.metadata.image.features[ELR] == 1


@pytest.mark.parametrize(("allowed", "code"), [(True, 0), (False, ErrorCode.INVALID_UPDATE_VERSION)])
async def test_the_oldest_version_says_whether_a_downgrade_is_allowed(
    broker: MemoryBroker, allowed: bool, code: int
) -> None:
    update = FeatureUpdateKey(feature=ELR, max_version_level=0, allow_downgrade=allowed)
    response = await broker.send(UpdateFeaturesRequest(feature_updates=[update]), 0)
    assert response.error_code == code
    success = [UpdatableFeatureResult(feature=ELR, error_message="NONE")]
    assert response.results == (success if allowed else [])


async def test_a_feature_named_twice_is_answered_twice(broker: MemoryBroker) -> None:
    response = await broker.send(downgrade(ELR, ELR), 1)
    assert [result.feature for result in response.results] == [ELR, ELR]
