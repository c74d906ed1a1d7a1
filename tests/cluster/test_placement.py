from collections import Counter
from dataclasses import replace

import pytest

from kafkapy.cluster.image import BrokerImage, ClusterImage
from kafkapy.cluster.placement import check_assignment, new_partition, place_replicas
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.cluster.memory_metadata_log import started_metadata


def cluster_of(*broker_ids: int, fenced: tuple[int, ...] = ()) -> ClusterImage:
    some: BrokerImage = started_metadata().image.brokers[1]
    image = ClusterImage()
    for broker_id in broker_ids:
        image.brokers[broker_id] = replace(some, broker_id=broker_id, fenced=broker_id in fenced)
    return image


def test_leaders_go_round_and_replicas_differ() -> None:
    placed = place_replicas(cluster_of(1, 2, 3), 6, 2, first_broker=1)
    assert [replicas[0] for replicas in placed] == [2, 3, 1, 2, 3, 1]
    assert all(len(set(replicas)) == 2 for replicas in placed)
    assert set(Counter(replicas[1] for replicas in placed).values()) == {2}, "followers are spread, too"


def test_fenced_brokers_come_last() -> None:
    placed = place_replicas(cluster_of(1, 2, fenced=(1,)), 3, 2, first_broker=0)
    assert placed == [[2, 1]] * 3


def test_a_broker_that_shuts_down_gets_replicas_only_if_it_must() -> None:
    image = cluster_of(1, 2)
    image.brokers[1] = replace(image.brokers[1], in_controlled_shutdown=True)
    assert place_replicas(image, 2, 1, first_broker=0) == [[2], [2]]
    assert place_replicas(image, 1, 2, first_broker=0) == [[2, 1]]


def test_there_must_be_as_many_brokers_as_replicas() -> None:
    with pytest.raises(KafkaError, match="because only 2 broker"):
        place_replicas(cluster_of(1, 2), 1, 3, first_broker=0)


def test_the_first_living_replica_leads_a_new_partition() -> None:
    record = new_partition(cluster_of(1, 2, 3, fenced=(1,)), bytes(16), 5, [1, 3, 2])
    assert (record.replicas, record.isr, record.leader) == ([1, 3, 2], [3, 2], 3)
    assert len(record.directories) == 3


def test_partitions_of_a_topic_have_equally_many_replicas() -> None:
    with pytest.raises(KafkaError) as refused:
        check_assignment(cluster_of(1, 2), [1, 2], replication_factor=1)
    assert refused.value.code is ErrorCode.INVALID_REPLICA_ASSIGNMENT
    assert refused.value.detail == (
        "The manual partition assignment includes a partition with 2 replica(s), but this is not consistent "
        "with previous partitions, which have 1 replica(s)."
    )
