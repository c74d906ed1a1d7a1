"""Finding partitions: by name, by id, and the right refusal when they are not here."""

from collections.abc import Callable

import pytest

from kafkapy.broker.partition import Partition
from kafkapy.broker.partitions import Partitions
from kafkapy.cluster.topics import NewTopic
from kafkapy.protocol.error_code import ErrorCode
from kafkapy.protocol.errors import KafkaError
from tests.harness.broker import MemoryBroker

OTHER_ID = bytes(range(16))


@pytest.fixture
def partitions(broker: MemoryBroker) -> Partitions:
    broker.broker.create_topics([NewTopic("t")])
    return broker.broker.partitions


def test_a_partition_is_found_by_name_and_by_id(partitions: Partitions) -> None:
    partition = partitions.named("t", 0)
    assert partitions.find("t", OTHER_ID, 0) is partition
    assert partitions.find(None, partition.topic_id, 0) is partition
    assert list(partitions) == [partition]


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (lambda p, _: p.find("u", OTHER_ID, 0), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (lambda p, _: p.find(None, OTHER_ID, 0), ErrorCode.UNKNOWN_TOPIC_ID),
        (lambda p, known: p.find(None, known, 9), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (lambda p, _: p.named("t", 9), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ],
)
def test_what_is_not_here_is_refused(
    partitions: Partitions, look: Callable[[Partitions, bytes], Partition], code: ErrorCode
) -> None:
    with pytest.raises(KafkaError) as refused:
        look(partitions, partitions.named("t", 0).topic_id)
    assert refused.value.code is code
