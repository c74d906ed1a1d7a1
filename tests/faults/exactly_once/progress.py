"""How far a group of copiers is, and what is there in the end."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient

from tests.clients.facade import until
from tests.faults.exactly_once.crew import Crew
from tests.faults.exactly_once.history import Reading

CATCH_UP_SECONDS = 120.0
SETTINGS = (
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.consumer.min.session.timeout.ms=1000",
    "group.consumer.session.timeout.ms=2000",
    "group.consumer.min.heartbeat.interval.ms=300",
    "group.consumer.heartbeat.interval.ms=300",
    "group.consumer.assignment.interval.ms=0",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms=500",
)
"""Of a broker that misses nobody for long."""


def committed(admin: AdminClient, group: str) -> dict[int, int]:
    """By partition, what the group has copied; nothing while there is no answer."""
    asked = ConsumerGroupTopicPartitions(group)
    try:
        (answer,) = admin.list_consumer_group_offsets([asked], request_timeout=5).values()
        found = answer.result(10).topic_partitions
    except KafkaException:
        return {}
    return {each.partition: each.offset for each in found if each.error is None}


def wait_for_copies(admin: AdminClient, crew: Crew, sources: Mapping[int, Sequence[int]]) -> None:
    """Until the group's offsets are behind the last source of each partition."""
    wanted = {partition: offsets[-1] + 1 for partition, offsets in sources.items()}

    def has_all() -> bool:
        crew.care()
        time.sleep(0.1)
        done = committed(admin, crew.group)
        return all(done.get(partition, -1) >= offset for partition, offset in wanted.items())

    until(has_all, f"{crew.group} has copied everything up to {wanted}", CATCH_UP_SECONDS)


def offsets_of(reading: Reading, topic: str) -> dict[int, list[int]]:
    """By partition, where the records of a topic are."""
    offsets: dict[int, list[int]] = defaultdict(list)
    for seen in reading.seen:
        if seen.topic == topic:
            offsets[seen.partition].append(seen.offset)
    return offsets
