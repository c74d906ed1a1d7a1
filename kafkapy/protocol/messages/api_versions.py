"""ApiVersions (API key 18): which APIs and versions a broker speaks, and the cluster's features.

v3: first flexible version, client name and version (KIP-511), features as tagged fields (KIP-584).
v4: features may start at level 0.  The response's header is v0 in every version.
"""

from kafkapy.protocol.schema import array, boolean, int16, int32, int64, message, string, struct


@message(key=18, valid="0-4", flexible="3+")
class ApiVersionsRequest:
    client_software_name: str = string("3+", default="", ignorable=True)
    client_software_version: str = string("3+", default="", ignorable=True)


@struct
class ApiVersion:
    api_key: int = int16()
    min_version: int = int16()
    max_version: int = int16()


@struct
class SupportedFeatureKey:
    name: str = string()
    min_version: int = int16()
    max_version: int = int16()


@struct
class FinalizedFeatureKey:
    name: str = string()
    max_version_level: int = int16()
    min_version_level: int = int16()


@message(key=18, valid="0-4", flexible="3+")
class ApiVersionsResponse:
    error_code: int = int16(default=0)
    api_keys: list[ApiVersion] = array(ApiVersion)
    throttle_time_ms: int = int32("1+", default=0, ignorable=True)
    supported_features: list[SupportedFeatureKey] = array(
        SupportedFeatureKey, "3+", default=[], tag=0, ignorable=True
    )
    finalized_features_epoch: int = int64("3+", default=-1, tag=1, ignorable=True)
    finalized_features: list[FinalizedFeatureKey] = array(
        FinalizedFeatureKey, "3+", default=[], tag=2, ignorable=True
    )
    zk_migration_ready: bool = boolean("3+", default=False, tag=3, ignorable=True)
