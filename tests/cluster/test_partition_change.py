from dataclasses import replace

from kafkapy.cluster.image import LeaderRecoveryState, PartitionImage
from kafkapy.cluster.partition_change import (
    Assignment,
    Election,
    ElectionRules,
    allows_unclean_election,
    assignment_of,
    change_partition,
    rules_for,
)
from kafkapy.cluster.record_types import PartitionChangeRecord
from tests.cluster.memory_metadata_log import create_topic, started_metadata

TOPIC = bytes(15) + b"t"
THREE = PartitionImage(0, [1, 2, 3], [1, 2, 3], 1, 5, 5, directories=[bytes([n]) * 16 for n in (1, 2, 3)])


def rules(*alive: int, elr: bool = True, min_isr: int = 1) -> ElectionRules:
    return ElectionRules(lambda broker: broker in alive, elr, min_isr)


def without(partition: PartitionImage, *brokers: int) -> Assignment:
    target = assignment_of(partition)
    target.isr = [replica for replica in partition.isr if replica not in brokers]
    return target


def record(**fields: object) -> PartitionChangeRecord:
    expected = PartitionChangeRecord(partition_id=0, topic_id=TOPIC)
    for name, value in fields.items():
        setattr(expected, name, value)
    return expected


def test_nothing_to_change_is_no_record() -> None:
    assert change_partition(TOPIC, THREE, rules(1, 2, 3), assignment_of(THREE)) is None


def test_the_next_replica_in_sync_leads_when_the_leader_goes() -> None:
    change = change_partition(TOPIC, THREE, rules(2, 3), without(THREE, 1))
    assert change == record(isr=[2, 3], leader=2)


def test_a_follower_that_goes_leaves_the_leader_alone() -> None:
    change = change_partition(TOPIC, THREE, rules(1, 2), without(THREE, 3))
    assert change == record(isr=[1, 2])


def test_replicas_that_leave_an_isr_below_the_minimum_stay_eligible() -> None:
    change = change_partition(TOPIC, THREE, rules(1, min_isr=2), without(THREE, 2, 3))
    assert change == record(isr=[1], eligible_leader_replicas=[2, 3])


def test_without_eligible_leaders_the_last_isr_stays() -> None:
    alone = replace(THREE, isr=[1])
    change = change_partition(TOPIC, alone, rules(elr=False), without(alone, 1))
    assert change == record(leader=-1)


def test_an_eligible_leader_leads_when_it_comes_back() -> None:
    waiting = replace(THREE, isr=[], leader=-1, eligible_leader_replicas=[2, 3], last_known_elr=[1])
    change = change_partition(TOPIC, waiting, rules(1, 2), assignment_of(waiting))
    assert change == record(isr=[2], leader=2, eligible_leader_replicas=[3], last_known_elr=[])


def test_the_last_leader_leads_again_when_nobody_is_eligible() -> None:
    waiting = replace(THREE, isr=[], leader=-1, last_known_elr=[3])
    change = change_partition(TOPIC, waiting, rules(1, 3), assignment_of(waiting))
    recovering = LeaderRecoveryState.RECOVERING
    assert change == record(isr=[3], leader=3, leader_recovery_state=recovering, last_known_elr=[])
    assert change_partition(TOPIC, waiting, rules(1, 2), assignment_of(waiting)) is None


def test_eligible_leaders_outlive_the_feature_that_made_them() -> None:
    waiting = replace(THREE, isr=[], leader=-1, eligible_leader_replicas=[2], last_known_elr=[1])
    change = change_partition(TOPIC, waiting, rules(1, 2, elr=False), assignment_of(waiting))
    assert change == record(isr=[2], leader=2, eligible_leader_replicas=[], last_known_elr=[])


def test_only_an_unclean_election_takes_a_replica_that_was_not_in_sync() -> None:
    waiting = replace(THREE, isr=[1], leader=-1)
    assert change_partition(TOPIC, waiting, rules(2), assignment_of(waiting)) is None
    change = change_partition(TOPIC, waiting, rules(2), assignment_of(waiting), election=Election.UNCLEAN)
    assert change == record(isr=[2], leader=2, leader_recovery_state=LeaderRecoveryState.RECOVERING)


def test_a_preferred_election_gives_the_lead_to_the_first_replica_if_it_is_in_sync() -> None:
    second = replace(THREE, leader=2)
    preferred = Election.PREFERRED
    assert change_partition(TOPIC, second, rules(1, 2), assignment_of(second), election=preferred) == record(
        leader=1
    )
    out_of_sync = replace(second, isr=[2, 3])
    change = change_partition(TOPIC, out_of_sync, rules(1, 2), assignment_of(out_of_sync), election=preferred)
    assert change is None


def test_replicas_that_are_in_sync_replace_others_at_once() -> None:
    target = Assignment([1, 2, 3], [3], [], [1, 2, 3])
    change = change_partition(TOPIC, THREE, rules(1, 2, 3), target)
    assert change == record(
        replicas=[1, 2], isr=[1, 2], leader=1, directories=[bytes([1]) * 16, bytes([2]) * 16]
    )


def test_replicas_that_are_not_in_sync_have_to_come_first() -> None:
    two = replace(THREE, replicas=[1, 2], isr=[1, 2], directories=THREE.directories[:2])
    target = Assignment([1, 3, 2], [2], [3], [1, 2])
    change = change_partition(
        TOPIC, two, rules(1, 2, 3), target, default_directory=lambda broker: bytes([9]) * 16
    )
    assert change == record(
        replicas=[1, 3, 2],
        removing_replicas=[2],
        adding_replicas=[3],
        directories=[bytes([1]) * 16, bytes([9]) * 16, bytes([2]) * 16],
    )


def test_the_rules_of_a_topic_come_from_its_configs() -> None:
    metadata = started_metadata()
    create_topic(metadata, "strict", min_insync_replicas="3", unclean_leader_election_enable="TRUE")
    create_topic(metadata, "plain")
    assert rules_for(metadata.image, "strict").min_isr == 1, "never more than there are replicas"
    assert rules_for(metadata.image, "plain").uses_eligible_leader_replicas
    assert allows_unclean_election(metadata.image, "strict")
    assert not allows_unclean_election(metadata.image, "plain")
