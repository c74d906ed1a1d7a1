"""ClientQuotaRecord (type 14 of `__cluster_metadata`): sets or removes a quota."""

from kafkapy.protocol.schema import array, boolean, float64, message, string, struct


@struct
class EntityData:
    entity_type: str = string()
    entity_name: str | None = string(nullable="0+")


@message(key=14, valid="0", flexible="0+")
class ClientQuotaRecord:
    entity: list[EntityData] = array(EntityData)
    key: str = string()
    value: float = float64()
    remove: bool = boolean()
