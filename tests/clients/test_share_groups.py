"""Share groups (KIP-932) through librdkafka: members share partitions and acknowledge record by record."""

from collections import Counter
from collections.abc import Callable, Iterator

import confluent_kafka
import pytest
from confluent_kafka import AcknowledgeType
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from tests.clients.facade import Client, Sent, produce, until

pytestmark = pytest.mark.needs_api(76, 78, 79)  # ShareGroupHeartbeat, ShareFetch, ShareAcknowledge
OpenShare = Callable[..., confluent_kafka.ShareConsumer]


@pytest.fixture
def open_share(bootstrap: str, topic: str, group: str) -> Iterator[OpenShare]:
    """Opens members of the test's group, which reads the test's topic from its beginning."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    from_beginning = ConfigResource(ConfigResourceType.GROUP, group, {"share.auto.offset.reset": "earliest"})
    admin.alter_configs([from_beginning], raise_on_unknown=False)
    admin.close()
    members: list[confluent_kafka.ShareConsumer] = []

    def open_member(**options: object) -> confluent_kafka.ShareConsumer:
        config = {name.replace("_", "."): value for name, value in options.items()}
        member = confluent_kafka.ShareConsumer({"bootstrap.servers": bootstrap, "group.id": group, **config})
        member.subscribe([topic])
        members.append(member)
        return member

    yield open_member
    for member in members:
        member.close()


def values(messages: confluent_kafka.Messages) -> list[bytes]:
    assert not [message.error() for message in messages if message.error()]
    return [message.value() for message in messages]


def test_members_of_a_share_group_read_one_partition_together(
    confluent: Client, topic: str, open_share: OpenShare
) -> None:
    members = [open_share(), open_share()]
    producer = confluent.producer()
    seen: list[Counter[bytes]] = [Counter(), Counter()]
    produced: list[bytes] = []

    def complete() -> bool:
        batch = [b"%d" % n for n in range(len(produced), len(produced) + 20)]
        if len(produced) < 2000 and not all(seen):
            produce(producer, topic, [Sent(value) for value in batch])
            produced.extend(batch)
        for member, counter in zip(members, seen, strict=True):
            counter.update(values(member.poll(0.2)))
        return all(seen) and set(produced) == set(seen[0]) | set(seen[1])

    until(complete, "both have read something, and together everything")
    for member in members:
        member.commit_sync(10.0)
    assert max((seen[0] + seen[1]).values()) == 1


def test_released_records_come_again_and_rejected_ones_do_not(
    confluent: Client, topic: str, open_share: OpenShare
) -> None:
    produce(confluent.producer(), topic, [Sent(value) for value in (b"accept", b"release", b"reject")])
    member = open_share(share_acknowledgement_mode="explicit")
    deliveries: Counter[bytes] = Counter()

    def acknowledge_what_comes() -> bool:
        for message in member.poll(0.2):
            value = message.value()
            deliveries[value] += 1
            first_release = value == b"release" and deliveries[value] == 1
            kind = AcknowledgeType.RELEASE if first_release else AcknowledgeType.ACCEPT
            member.acknowledge(message, AcknowledgeType.REJECT if value == b"reject" else kind)
        member.commit_sync(10.0)
        return deliveries[b"release"] == 2

    until(acknowledge_what_comes, "the released record is delivered again")
    assert deliveries == {b"accept": 1, b"release": 2, b"reject": 1}


def test_what_a_member_left_unacknowledged_goes_to_the_next_one(
    confluent: Client, topic: str, open_share: OpenShare
) -> None:
    produce(confluent.producer(), topic, [Sent(b"%d" % n) for n in range(10)])
    first = open_share(share_acknowledgement_mode="explicit")
    got = until(lambda: list(first.poll(0.3)), "the first gets records")
    for message in got[:3]:
        first.acknowledge(message)
    first.close()
    second = open_share()
    again: list[bytes] = []

    def complete() -> bool:
        again.extend(values(second.poll(0.3)))
        return len(again) >= 7

    until(complete, "the second gets the rest")
    assert again == [b"%d" % n for n in range(3, 10)]
