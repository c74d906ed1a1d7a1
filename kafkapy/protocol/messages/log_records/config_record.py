"""ConfigRecord (type 4 of `__cluster_metadata`): sets a config of a resource; a null value removes it."""

from kafkapy.protocol.schema import int8, message, string


@message(key=4, valid="0", flexible="0+")
class ConfigRecord:
    resource_type: int = int8()
    resource_name: str = string()
    name: str = string()
    value: str | None = string(nullable="0+")
