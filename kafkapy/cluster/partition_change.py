"""How one partition changes when replicas come, go or move: who leads it next, and the record that says so.

The rules are Kafka's (`PartitionChangeBuilder`): a leader is taken from the in-sync replicas; when there
are none, from the eligible leader replicas, those that were in sync last and were shut down cleanly
(KIP-966); when there are none of those either, the last known leader is taken back, which counts as
unclean. Only an UNCLEAN election looks further.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto

from kafkapy.cluster.image import (
    NO_LEADER,
    UNASSIGNED_DIRECTORY,
    ClusterImage,
    LeaderRecoveryState,
    PartitionImage,
    ResourceType,
)
from kafkapy.cluster.record_types import PartitionChangeRecord


class Election(Enum):
    """Whom to look for."""

    ONLINE = auto()
    """Any valid leader, the present one first."""
    PREFERRED = auto()
    """The first replica, if it is valid."""
    UNCLEAN = auto()
    """Any replica that is alive if no valid one is: records may be lost."""


@dataclass(frozen=True, slots=True)
class ElectionRules:
    """What holds for all partitions of a topic: which brokers may lead, and how small an ISR may become."""

    may_lead: Callable[[int], bool]
    uses_eligible_leader_replicas: bool
    min_isr: int


def rules_for(
    image: ClusterImage, topic: str, may_lead: Callable[[int], bool] | None = None
) -> ElectionRules:
    """The rules of one topic as the image stands; `may_lead`
    replaces "is active" while a broker changes state.
    """
    overrides = image.config_of(ResourceType.TOPIC, topic)
    defaults = image.config_of(ResourceType.BROKER, "")
    min_isr = int(overrides.get("min.insync.replicas") or defaults.get("min.insync.replicas") or 1)
    replication_factor = len(image.topics[topic].partitions[0].replicas)
    return ElectionRules(
        may_lead or image.is_active,
        image.uses_eligible_leader_replicas,
        min(min_isr, replication_factor),
    )


def allows_unclean_election(image: ClusterImage, topic: str) -> bool:
    """The topic's `unclean.leader.election.enable`."""
    name = "unclean.leader.election.enable"
    value = image.config_of(ResourceType.TOPIC, topic).get(name)
    return (value or image.config_of(ResourceType.BROKER, "").get(name, "false")).lower() == "true"


@dataclass(slots=True)
class Assignment:
    """The replicas a partition has or shall have."""

    replicas: list[int]
    removing: list[int]
    adding: list[int]
    isr: list[int]

    def complete(self) -> None:
        """End a reassignment whose target replicas are all in sync (`maybeCompleteReassignment`)."""
        if not (self.removing or self.adding):
            return
        isr = [replica for replica in self.isr if replica not in self.removing]
        replicas = [replica for replica in self.replicas if replica not in self.removing]
        if isr and replicas and set(replicas) <= set(isr):
            self.replicas, self.isr, self.removing, self.adding = replicas, isr, [], []


def assignment_of(partition: PartitionImage) -> Assignment:
    return Assignment(
        list(partition.replicas),
        list(partition.removing_replicas),
        list(partition.adding_replicas),
        list(partition.isr),
    )


def change_partition(
    topic_id: bytes,
    partition: PartitionImage,
    rules: ElectionRules,
    target: Assignment,
    *,
    election: Election = Election.ONLINE,
    unclean_shutdown: Collection[int] = (),
    default_directory: Callable[[int], bytes] = lambda _broker_id: UNASSIGNED_DIRECTORY,
) -> PartitionChangeRecord | None:
    """The record that brings `partition` to `target` and elects a leader; None if nothing changes.

    `unclean_shutdown` names brokers that may have lost what they had in sync.
    """
    target.complete()
    elr = _eligible_leader_replicas(partition, rules, target.isr, unclean_shutdown)
    leader, isr, elr, is_unclean = _elect(partition, rules, target, elr, election)
    record = PartitionChangeRecord(partition_id=partition.index, topic_id=topic_id)
    if leader != partition.leader:
        record.leader = leader
        if is_unclean:
            record.leader_recovery_state = LeaderRecoveryState.RECOVERING
    elif not set(partition.replicas) <= set(target.replicas):
        record.leader = leader
    if isr != partition.isr and (isr or rules.uses_eligible_leader_replicas):
        record.isr = isr
    if elr != partition.eligible_leader_replicas:
        record.eligible_leader_replicas = elr
    _remember_last_leader(partition, rules, record)
    _assign(partition, target, default_directory, record)
    is_no_change = record == PartitionChangeRecord(partition_id=partition.index, topic_id=topic_id)
    return None if is_no_change else record


def _eligible_leader_replicas(
    partition: PartitionImage, rules: ElectionRules, isr: list[int], unclean_shutdown: Collection[int]
) -> list[int]:
    if len(isr) >= rules.min_isr:
        return []
    if not rules.uses_eligible_leader_replicas:
        return [] if isr else partition.eligible_leader_replicas  # left from when the feature was on
    candidates = {*partition.eligible_leader_replicas, *partition.isr}
    return sorted(candidates - set(isr) - set(unclean_shutdown))


def _elect(
    partition: PartitionImage, rules: ElectionRules, target: Assignment, elr: list[int], election: Election
) -> tuple[int, list[int], list[int], bool]:
    """(leader, ISR, eligible leader replicas, whether the election was unclean)."""
    eligible = target.isr or elr
    valid = [replica for replica in target.replicas if replica in eligible and rules.may_lead(replica)]
    prefers_present = election is not Election.PREFERRED or valid[:1] != target.replicas[:1]
    if prefers_present and partition.leader in valid:
        return partition.leader, target.isr, elr, False
    if valid:
        leader = valid[0]
        if leader in elr:
            return leader, [leader], [replica for replica in elr if replica != leader], False
        return leader, target.isr, elr, False
    if not eligible and len(partition.last_known_elr) == 1:
        unclean = [replica for replica in partition.last_known_elr if rules.may_lead(replica)]
    else:
        unclean = []
    if not unclean and election is Election.UNCLEAN:
        unclean = [replica for replica in target.replicas if rules.may_lead(replica)]
    if unclean:
        return unclean[0], [unclean[0]], [], True
    return NO_LEADER, target.isr, elr, False


def _remember_last_leader(
    partition: PartitionImage, rules: ElectionRules, record: PartitionChangeRecord
) -> None:
    """The last leader is kept while there is none, and forgotten once there is one again."""
    has_leader = record.leader >= 0 or (partition.leader != NO_LEADER and record.leader != NO_LEADER)
    if record.isr == [] and partition.last_known_elr != [partition.leader]:
        record.last_known_elr = [partition.leader]
    elif has_leader and partition.last_known_elr:
        record.last_known_elr = []


def _assign(
    partition: PartitionImage,
    target: Assignment,
    default_directory: Callable[[int], bytes],
    record: PartitionChangeRecord,
) -> None:
    if target.replicas != partition.replicas:
        known = dict(zip(partition.replicas, partition.directories, strict=False))
        record.replicas = target.replicas
        record.directories = [known.get(broker) or default_directory(broker) for broker in target.replicas]
    if target.removing != partition.removing_replicas:
        record.removing_replicas = target.removing
    if target.adding != partition.adding_replicas:
        record.adding_replicas = target.adding
