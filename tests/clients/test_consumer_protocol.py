"""Groups whose assignments the broker makes (KIP-848), through librdkafka."""

from collections.abc import Callable
from functools import partial

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from tests.clients.doomed import DoomedMember
from tests.clients.facade import Client, Committed, Partition, Sent, produce, settle, shares_all, take, until

pytestmark = pytest.mark.needs_api(68)  # ConsumerGroupHeartbeat
CONSUMER_PROTOCOL = {"group_protocol": "consumer"}


@pytest.fixture
def six(unique: str, new_topic: Callable[..., str]) -> str:
    """A topic with six partitions."""
    return new_topic(unique, 6)


def all_of(topic: str, count: int = 6) -> list[Partition]:
    return [(topic, partition) for partition in range(count)]


@pytest.mark.parametrize("assignor", ["uniform", "range"])
def test_members_share_the_partitions_as_they_join_and_leave(
    assignor: str, confluent: Client, six: str, group: str
) -> None:
    options = {**CONSUMER_PROTOCOL, "group_remote_assignor": assignor}
    members = [confluent.consumer(six, group=group, **options)]
    settle(members, shares_all(all_of(six)), "one member owns everything")
    for count in (2, 3):
        members.append(confluent.consumer(six, group=group, **options))
        settle(members, shares_all(all_of(six)), f"{count} members share")
    members.pop(0).close()
    settle(members, shares_all(all_of(six)), "the others take over from a member that left")


def test_the_partitions_of_a_member_that_died_are_taken_over(
    confluent: Client, six: str, group: str, bootstrap: str
) -> None:
    with DoomedMember("confluent-kafka", bootstrap, six, group, **CONSUMER_PROTOCOL) as doomed:
        survivor = confluent.consumer(six, group=group, **CONSUMER_PROTOCOL)
        settle([survivor], lambda owned: len(owned[0]) == 3 and doomed.owns == 3, "both have their half")
        doomed.kill()
        settle([survivor], shares_all(all_of(six)), "the survivor owns everything")


def test_a_static_member_comes_back_to_its_partitions(
    confluent: Client, six: str, group: str, bootstrap: str
) -> None:
    stays = confluent.consumer(six, group=group, group_instance_id="stays", **CONSUMER_PROTOCOL)
    goes = confluent.consumer(six, group=group, group_instance_id="goes", **CONSUMER_PROTOCOL)
    kept, left = settle([stays, goes], shares_all(all_of(six)), "two static members share")
    goes.close()
    returned = confluent.consumer(six, group=group, group_instance_id="goes", **CONSUMER_PROTOCOL)
    settle([stays, returned], lambda owned: owned == [kept, left], "it has its partitions again")


def test_a_new_member_goes_on_where_the_group_has_committed(
    confluent: Client, topic: str, group: str
) -> None:
    producer = confluent.producer()
    produce(producer, topic, [Sent(b"%d" % n) for n in range(30)])
    first = confluent.consumer(topic, group=group, **CONSUMER_PROTOCOL)
    take(first, 30)
    first.commit()
    first.close()
    produce(producer, topic, [Sent(b"%d" % n) for n in range(5)])
    second = confluent.consumer(topic, group=group, **CONSUMER_PROTOCOL)
    assert [record.offset for record in take(second, 5)] == [30, 31, 32, 33, 34]


def test_each_record_is_processed_exactly_once_though_a_transaction_is_aborted(
    confluent: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    source, target = new_topic(f"{unique}-source", 2), new_topic(f"{unique}-target")
    produce(confluent.producer(), source, [Sent(b"%d" % n, partition=n % 2) for n in range(60)])
    options = {**CONSUMER_PROTOCOL, "isolation_level": "read_committed", "enable_auto_commit": False}
    processed: list[int] = []
    while len(processed) < 60:
        consumer = confluent.consumer(source, group=group, **options)
        producer = confluent.producer(transactional_id=unique)
        records = until(partial(consumer.poll, 0.2), "some records")[:20]
        for end in (producer.abort, producer.commit):
            producer.begin()
            produce(producer, target, [Sent(record.value) for record in records])
            producer.send_offsets(consumer, {(source, r.partition): r.offset + 1 for r in records})
            end()
        processed += [int(record.value or b"") for record in records]
        consumer.close()
    assert sorted(processed) == list(range(60))
    copies = take(confluent.consumer(target, group=f"{group}-reader", **options), 60)
    assert [int(record.value or b"") for record in copies] == processed


def test_new_partitions_are_given_to_the_group(
    confluent: Client, topic: str, group: str, admin: AdminClient
) -> None:
    members = [confluent.consumer(topic, group=group, **CONSUMER_PROTOCOL) for _ in range(2)]
    settle(members, lambda owned: sorted(map(len, owned)) == [0, 1], "one of two has the only partition")
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(10)
    settle(members, shares_all(all_of(topic, 4)), "two members share four partitions")


def test_a_regular_expression_subscribes_to_topics_as_they_appear(
    confluent: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    first = new_topic(f"{unique}-a", 2)
    member = confluent.consumer(f"^{unique}.*", group=group, **CONSUMER_PROTOCOL)
    settle([member], shares_all(all_of(first, 2)), "the topic that is there")
    second = new_topic(f"{unique}-b", 2)
    settle([member], shares_all(all_of(first, 2) + all_of(second, 2)), "the new topic as well")


def test_a_classic_group_goes_on_under_the_new_protocol_with_its_offsets(
    confluent: Client, topic: str, group: str
) -> None:
    produce(confluent.producer(), topic, [Sent(b"%d" % n) for n in range(20)])
    classic = confluent.consumer(topic, group=group)
    take(classic, 20)
    classic.commit({(topic, 0): Committed(15, "")})
    classic.close()
    modern = confluent.consumer(topic, group=group, **CONSUMER_PROTOCOL)
    assert [record.offset for record in take(modern, 5)] == [15, 16, 17, 18, 19]
