"""Brokers and controllers come and go: the records of a start, of a controlled shutdown, of being
unregistered.

Each function gives the records of one commit, in Kafka's order (`ClusterControlManager`,
`BrokerHeartbeatManager`).
"""

from dataclasses import dataclass

from kafkapy.cluster.features import SUPPORTED
from kafkapy.cluster.image import BrokerImage, ClusterImage, ControllerImage, Endpoint
from kafkapy.cluster.leadership import come_back, distrust, leave
from kafkapy.cluster.record_types import (
    IV_3_7_0,
    IV_4_3_0,
    BrokerRegistrationChangeRecord,
    MetadataRecord,
    UnregisterBrokerRecord,
)
from kafkapy.cluster.registrations import broker_record, controller_record
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError

FENCE, UNFENCE = 1, -1


@dataclass(frozen=True, slots=True)
class NodeRegistration:
    """What a node says of itself when it starts: listeners as
    clients reach them, and the ids of its log directories.
    """

    node_id: int
    endpoints: tuple[Endpoint, ...]
    controller_endpoints: tuple[Endpoint, ...]
    log_dirs: tuple[bytes, ...]
    rack: str | None = None


def register_controller(
    image: ClusterImage, node: NodeRegistration, incarnation_id: bytes
) -> list[MetadataRecord]:
    """This process is a controller of the quorum (KIP-919)."""
    if image.metadata_version < IV_3_7_0:
        return []
    return [
        controller_record(ControllerImage(node.node_id, incarnation_id, node.controller_endpoints, SUPPORTED))
    ]


def register_broker(
    image: ClusterImage, node: NodeRegistration, incarnation_id: bytes, epoch: int, *, was_clean: bool
) -> list[MetadataRecord]:
    """This process is a broker, fenced until it has loaded its logs. `epoch` is the offset of the first
    record.

    Unless the process before it ended cleanly, what it had in sync is not trusted.
    """
    return [
        *([] if was_clean else distrust(image, node.node_id)),
        broker_record(
            BrokerImage(
                broker_id=node.node_id,
                epoch=epoch,
                incarnation_id=incarnation_id,
                endpoints=node.endpoints,
                features=SUPPORTED,
                rack=node.rack,
                fenced=True,
                in_controlled_shutdown=False,
                log_dirs=node.log_dirs,
                cordoned_log_dirs=None,
            )
        ),
    ]


def no_cordoned_directories(image: ClusterImage, broker: BrokerImage) -> list[MetadataRecord]:
    """All log directories of the broker take new partitions (KIP-1066)."""
    if image.metadata_version < IV_4_3_0 or broker.cordoned_log_dirs is not None:
        return []
    return [
        BrokerRegistrationChangeRecord(
            broker_id=broker.broker_id, broker_epoch=broker.epoch, cordoned_log_dirs=[]
        )
    ]


def fence(image: ClusterImage, broker: BrokerImage) -> list[MetadataRecord]:
    """The broker is gone: others lead its partitions, if there are others."""
    return [
        *leave(image, broker.broker_id),
        BrokerRegistrationChangeRecord(broker_id=broker.broker_id, broker_epoch=broker.epoch, fenced=FENCE),
    ]


def unfence(image: ClusterImage, broker: BrokerImage) -> list[MetadataRecord]:
    """The broker serves clients from now on, and leads what has no leader."""
    return [
        BrokerRegistrationChangeRecord(broker_id=broker.broker_id, broker_epoch=broker.epoch, fenced=UNFENCE),
        *come_back(image, broker.broker_id),
    ]


def begin_shutdown(image: ClusterImage, broker: BrokerImage) -> list[MetadataRecord]:
    """The broker wants to stop: it gives up its partitions."""
    return [
        BrokerRegistrationChangeRecord(
            broker_id=broker.broker_id, broker_epoch=broker.epoch, in_controlled_shutdown=1
        ),
        *leave(image, broker.broker_id),
    ]


def unregister_broker(image: ClusterImage, broker_id: int) -> list[MetadataRecord]:
    """UnregisterBroker: the cluster forgets the broker. KafkaError(BROKER_ID_NOT_REGISTERED)."""
    broker = image.brokers.get(broker_id)
    if broker is None:
        raise KafkaError(
            ErrorCode.BROKER_ID_NOT_REGISTERED, f"Broker ID {broker_id} is not currently registered"
        )
    return [
        *leave(image, broker_id),
        UnregisterBrokerRecord(broker_id=broker_id, broker_epoch=broker.epoch),
    ]
