"""A broker's or controller's registration as a record: at its start, and in snapshots."""

from kafkapy.cluster.image import BrokerImage, ControllerImage
from kafkapy.cluster.record_types import RegisterBrokerRecord, RegisterControllerRecord
from kafkapy.protocol.messages.log_records.register_broker_record import BrokerEndpoint, BrokerFeature
from kafkapy.protocol.messages.log_records.register_controller_record import (
    ControllerEndpoint,
    ControllerFeature,
)


def broker_record(broker: BrokerImage) -> RegisterBrokerRecord:
    """The record that replay makes this registration of."""
    return RegisterBrokerRecord(
        broker_id=broker.broker_id,
        incarnation_id=broker.incarnation_id,
        broker_epoch=broker.epoch,
        end_points=[
            BrokerEndpoint(name=e.name, host=e.host, port=e.port, security_protocol=e.security_protocol)
            for e in broker.endpoints
        ],
        features=[
            BrokerFeature(
                name=f.name, min_supported_version=f.min_version, max_supported_version=f.max_version
            )
            for f in broker.features
        ],
        rack=broker.rack,
        fenced=broker.fenced,
        in_controlled_shutdown=broker.in_controlled_shutdown,
        log_dirs=list(broker.log_dirs),
        cordoned_log_dirs=None if broker.cordoned_log_dirs is None else list(broker.cordoned_log_dirs),
    )


def controller_record(controller: ControllerImage) -> RegisterControllerRecord:
    """The record that replay makes this registration of."""
    return RegisterControllerRecord(
        controller_id=controller.controller_id,
        incarnation_id=controller.incarnation_id,
        zk_migration_ready=False,
        end_points=[
            ControllerEndpoint(name=e.name, host=e.host, port=e.port, security_protocol=e.security_protocol)
            for e in controller.endpoints
        ],
        features=[
            ControllerFeature(
                name=f.name, min_supported_version=f.min_version, max_supported_version=f.max_version
            )
            for f in controller.features
        ],
    )
