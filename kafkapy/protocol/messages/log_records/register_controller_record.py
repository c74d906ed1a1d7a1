"""RegisterControllerRecord (type 27 of `__cluster_metadata`): a controller's registration (KIP-919)."""

from kafkapy.protocol.schema import array, boolean, int16, int32, message, string, struct, uint16, uuid


@struct
class ControllerEndpoint:
    name: str = string()
    host: str = string()
    port: int = uint16()
    security_protocol: int = int16()


@struct
class ControllerFeature:
    name: str = string()
    min_supported_version: int = int16()
    max_supported_version: int = int16()


@message(key=27, valid="0", flexible="0+")
class RegisterControllerRecord:
    controller_id: int = int32()
    incarnation_id: bytes = uuid()
    zk_migration_ready: bool = boolean()
    end_points: list[ControllerEndpoint] = array(ControllerEndpoint)
    features: list[ControllerFeature] = array(ControllerFeature)
