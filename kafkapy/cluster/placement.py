"""Where the replicas of new partitions go: as the request says, or spread over the brokers."""

from collections.abc import Sequence

from kafkapy.cluster.image import ClusterImage
from kafkapy.cluster.record_types import PartitionRecord
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError


def check_assignment(image: ClusterImage, replicas: Sequence[int], replication_factor: int | None) -> None:
    """KafkaError(INVALID_REPLICA_ASSIGNMENT) unless a partition may have these replicas.

    `replication_factor` is that of the partitions before it, if there are any. Source:
    `ReplicationControlManager.validateManualPartitionAssignment`.
    """
    if not replicas:
        raise _refusal("The manual partition assignment includes an empty replica list.")
    previous = None
    for broker in sorted(replicas):
        if broker not in image.brokers:
            raise _refusal(
                f"The manual partition assignment includes broker {broker}, but no such broker is registered."
            )
        if broker == previous:
            raise _refusal(f"The manual partition assignment includes the broker {broker} more than once.")
        previous = broker
    if replication_factor is not None and len(replicas) != replication_factor:
        raise _refusal(
            f"The manual partition assignment includes a partition with {len(replicas)} replica(s), but this "
            f"is not consistent with previous partitions, which have {replication_factor} replica(s)."
        )


def check_alive(image: ClusterImage, replicas: Sequence[int], index: int) -> None:
    """KafkaError(INVALID_REPLICA_ASSIGNMENT) unless one of the brokers may lead partition `index` now."""
    if not any(image.is_active(broker) for broker in replicas):
        raise _refusal(
            f"All brokers specified in the manual partition assignment for partition {index} are fenced or "
            "in controlled shutdown."
        )


def place_replicas(
    image: ClusterImage, count: int, replication_factor: int, first_broker: int
) -> list[list[int]]:
    """Replica lists for `count` new partitions, leaders going round the brokers from `first_broker` on.

    Brokers that may not lead now are taken only after the others. Raises
    KafkaError(INVALID_REPLICATION_FACTOR). Racks are not looked at.
    """
    alive = sorted(broker.broker_id for broker in image.brokers.values() if broker.is_active)
    others = sorted(broker.broker_id for broker in image.brokers.values() if not broker.is_active)
    if not alive:
        raise _unreachable("All brokers are currently fenced or in controlled shutdown.")
    if replication_factor > len(image.brokers):
        raise _unreachable(
            f"The target replication factor of {replication_factor} cannot be reached because only "
            f"{len(image.brokers)} broker(s) are registered or some brokers have all their log directories "
            "cordoned."
        )
    placed = []
    for index in range(first_broker, first_broker + count):
        start, shift = index % len(alive), index // len(alive)
        followers = alive[start + 1 :] + alive[:start]
        turn = shift % len(followers) if followers else 0
        placed.append([alive[start], *followers[turn:], *followers[:turn], *others][:replication_factor])
    return placed


def new_partition(
    image: ClusterImage, topic_id: bytes, index: int, replicas: Sequence[int]
) -> PartitionRecord:
    """The record of a new partition: all replicas that are alive are in sync, the first of them leads."""
    isr = [broker for broker in replicas if image.is_active(broker)]
    return PartitionRecord(
        partition_id=index,
        topic_id=topic_id,
        replicas=list(replicas),
        isr=isr,
        removing_replicas=[],
        adding_replicas=[],
        leader=isr[0],
        leader_epoch=0,
        partition_epoch=0,
        directories=[image.brokers[broker].default_directory for broker in replicas],
    )


def _refusal(detail: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, detail)


def _unreachable(detail: str) -> KafkaError:
    return KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, detail)
