"""ListConfigResources (API key 74): resources that have configs.

v0: client metrics only (KIP-714), then named ListClientMetricsResources.  v1: any type (KIP-1142).
"""

from kafkapy.protocol.schema import array, int8, int16, int32, message, string, struct


@message(key=74, valid="0-1", flexible="0+")
class ListConfigResourcesRequest:
    resource_types: list[int] = array(int8, "1+", default=[])


@struct
class ConfigResource:
    resource_name: str = string()
    resource_type: int = int8("1+", default=16, ignorable=True)


@message(key=74, valid="0-1", flexible="0+")
class ListConfigResourcesResponse:
    throttle_time_ms: int = int32(default=0)
    error_code: int = int16(default=0)
    config_resources: list[ConfigResource] = array(ConfigResource)
