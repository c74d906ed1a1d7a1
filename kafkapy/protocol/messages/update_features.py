"""UpdateFeatures (API key 57): raises or lowers the finalized level of features (KIP-584).

v1: validate only.  v2: no results per feature any more.
"""

from kafkapy.protocol.schema import array, boolean, int8, int16, int32, message, string, struct


@struct
class FeatureUpdateKey:
    feature: str = string()
    max_version_level: int = int16()
    allow_downgrade: bool = boolean("0", default=False)
    upgrade_type: int = int8("1+", default=1)


@message(key=57, valid="0-2", flexible="0+")
class UpdateFeaturesRequest:
    timeout_ms: int = int32(default=60000)
    feature_updates: list[FeatureUpdateKey] = array(FeatureUpdateKey)
    validate_only: bool = boolean("1+", default=False)


@struct
class UpdatableFeatureResult:
    feature: str = string()
    error_code: int = int16(default=0)
    error_message: str | None = string(nullable="0+")


@message(key=57, valid="0-2", flexible="0+")
class UpdateFeaturesResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    error_message: str | None = string(nullable="0+")
    results: list[UpdatableFeatureResult] = array(UpdatableFeatureResult, "0-1", default=[], ignorable=True)
