"""UpdateFeatures (API key 57), v0-2: other finalized levels for features (KIP-584), all or none.

v1: kinds of upgrades and validation only. v2: no results per feature any more.
Not supported: nothing.
"""

from kafkapy.cluster.features import SAFE_DOWNGRADE, UPGRADE, FeatureUpdate
from kafkapy.cluster.features import update_features as update
from kafkapy.handlers.context import RequestContext
from kafkapy.handlers.registry import handles
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.messages.update_features import (
    FeatureUpdateKey,
    UpdatableFeatureResult,
    UpdateFeaturesRequest,
    UpdateFeaturesResponse,
)

FIRST_VERSION_WITH_UPGRADE_TYPES = 1


@handles(UpdateFeaturesRequest, "0-2")
def update_features(ctx: RequestContext, request: UpdateFeaturesRequest) -> UpdateFeaturesResponse:
    metadata = ctx.broker.metadata
    wanted = {asked.feature: _feature_update(asked, ctx.api_version) for asked in request.feature_updates}
    change = update(metadata.image, metadata.node_id, list(wanted.values()))
    if not request.validate_only:
        metadata.commit(change.records, ctx.now_ms)
    return UpdateFeaturesResponse(
        error_message=None,
        results=[
            UpdatableFeatureResult(feature=asked.feature, error_message=ErrorCode.NONE.message)
            for asked in request.feature_updates
        ],
    )


def _feature_update(asked: FeatureUpdateKey, api_version: int) -> FeatureUpdate:
    upgrade_type = asked.upgrade_type
    if api_version < FIRST_VERSION_WITH_UPGRADE_TYPES:
        upgrade_type = SAFE_DOWNGRADE if asked.allow_downgrade else UPGRADE
    return FeatureUpdate(asked.feature, asked.max_version_level, upgrade_type)
