"""Classic consumer groups: members join, leave and die, static ones come back, all kinds of clients share."""

from collections.abc import Callable

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from tests.clients.doomed import DoomedMember
from tests.clients.facade import (
    Client,
    Committed,
    Partition,
    Refused,
    Sent,
    produce,
    settle,
    shares_all,
    take,
    until,
)

FENCED_INSTANCE_ID = 82
LIBRDKAFKA_FATAL = -150  # what librdkafka makes of it once a heartbeat was told


@pytest.fixture
def six(unique: str, new_topic: Callable[..., str]) -> str:
    """A topic with six partitions."""
    return new_topic(unique, 6)


def all_of(topic: str, count: int = 6) -> list[Partition]:
    return [(topic, partition) for partition in range(count)]


def fill(client: Client, topic: str, partitions: int, per_partition: int) -> None:
    sent = [Sent(b"%d" % n, partition=p) for n in range(per_partition) for p in range(partitions)]
    produce(client.producer(), topic, sent)


def test_members_share_the_partitions_as_they_join_and_leave(client: Client, six: str, group: str) -> None:
    members = [client.consumer(six, group=group)]
    settle(members, shares_all(all_of(six)), "one member owns everything")
    for count in (2, 3):
        members.append(client.consumer(six, group=group))
        settle(members, shares_all(all_of(six)), f"{count} members share")
    members.pop(0).close()
    settle(members, shares_all(all_of(six)), "the others take over from a member that left")
    members.pop().close()
    settle(members, shares_all(all_of(six)), "the last member owns everything")


def test_the_partitions_of_a_member_that_died_are_taken_over(
    client: Client, six: str, group: str, bootstrap: str
) -> None:
    with DoomedMember(client.name, bootstrap, six, group, session_timeout_ms=1500) as doomed:
        survivor = client.consumer(six, group=group, session_timeout_ms=1500)
        settle([survivor], lambda owned: len(owned[0]) == 3 and doomed.owns == 3, "both have their half")
        doomed.kill()
        settle([survivor], shares_all(all_of(six)), "the survivor owns everything")


def test_a_group_reads_every_record_once_while_members_come_and_go(
    client: Client, six: str, group: str
) -> None:
    fill(client, six, 6, 50)
    first = client.consumer(six, group=group)
    seen = take(first, 300)
    first.commit()
    second = client.consumer(six, group=group)
    settle([first, second], shares_all(all_of(six)), "two members share")
    first.close()
    settle([second], shares_all(all_of(six)), "the second owns everything")
    fill(client, six, 6, 10)
    seen += take(second, 60)
    second.commit()
    assert len({(record.partition, record.offset) for record in seen}) == 360


def test_a_new_member_goes_on_where_the_group_has_committed(client: Client, topic: str, group: str) -> None:
    fill(client, topic, 1, 30)
    first = client.consumer(topic, group=group)
    take(first, 30)
    first.commit()
    first.close()
    fill(client, topic, 1, 5)
    second = client.consumer(topic, group=group)
    assert [record.offset for record in take(second, 5)] == [30, 31, 32, 33, 34]


def test_closing_commits_what_was_read_when_commits_are_automatic(
    client: Client, topic: str, group: str
) -> None:
    fill(client, topic, 1, 30)
    first = client.consumer(topic, group=group, enable_auto_commit=True, auto_commit_interval_ms=60_000)
    take(first, 30)
    first.poll(0.1)
    first.close()
    committed = client.consumer(group=group).committed((topic, 0))
    assert committed is not None
    assert committed.offset == 30


def test_a_static_member_comes_back_to_its_partitions_without_a_rebalance(
    client: Client, six: str, group: str, bootstrap: str
) -> None:
    stays = client.consumer(six, group=group, group_instance_id="stays")
    with DoomedMember(client.name, bootstrap, six, group, group_instance_id="goes") as goes:
        (kept,) = settle(
            [stays], lambda owned: len(owned[0]) == 3 and goes.owns == 3, "two static members share"
        )
    returned = client.consumer(six, group=group, group_instance_id="goes")
    others = set(all_of(six)) - kept
    settle([stays, returned], lambda owned: owned == [kept, others], "it has its partitions again")


@pytest.mark.parametrize("name", ["confluent-kafka", "kafka-python"])
def test_a_second_static_member_of_the_same_name_fences_the_first(
    name: str, six: str, group: str, bootstrap: str, clients: Callable[..., Client]
) -> None:
    """aiokafka is left out: its heartbeats do not name the instance, so it fights back."""
    client = clients(name, bootstrap)
    first = client.consumer(six, group=group, group_instance_id="one")
    settle([first], shares_all(all_of(six)), "the first owns everything")
    second = client.consumer(six, group=group, group_instance_id="one")
    settle([second], shares_all(all_of(six)), "the second owns everything")

    with pytest.raises(Refused) as refusal:
        first.commit({(six, 0): Committed(1, "")})
    assert refusal.value.code in (FENCED_INSTANCE_ID, LIBRDKAFKA_FATAL)
    assert second.committed((six, 0)) is None


def test_a_static_member_that_stays_away_loses_its_partitions(
    client: Client, six: str, group: str, bootstrap: str
) -> None:
    stays = client.consumer(six, group=group, group_instance_id="stays", session_timeout_ms=1500)
    with DoomedMember(
        client.name, bootstrap, six, group, group_instance_id="goes", session_timeout_ms=1500
    ) as goes:
        settle([stays], lambda owned: len(owned[0]) == 3 and goes.owns == 3, "two static members share")
    settle([stays], shares_all(all_of(six)), "the other owns everything")


def test_clients_of_every_kind_share_one_group(
    six: str, group: str, bootstrap: str, clients: Callable[..., Client]
) -> None:
    """They name different assignors; the broker chooses one that all of them have (round robin).

    aiokafka joins while it starts, the others rejoin only while they are polled: so it comes first.
    """
    members = [
        clients(name, bootstrap).consumer(six, group=group)
        for name in ("aiokafka", "kafka-python", "confluent-kafka")
    ]
    settle(members, shares_all(all_of(six)), "three kinds of members share")
    fill(clients("confluent-kafka", bootstrap), six, 6, 20)
    seen = set()

    def complete() -> bool:
        for member in members:
            seen.update((record.partition, record.offset) for record in member.poll(0.1))
        return len(seen) == 120

    until(complete, "all records are read")


def test_members_without_a_common_assignor_are_refused(
    six: str, group: str, bootstrap: str, clients: Callable[..., Client]
) -> None:
    first = clients("confluent-kafka", bootstrap).consumer(
        six, group=group, partition_assignment_strategy="range"
    )
    settle([first], shares_all(all_of(six)), "the first owns everything")
    second = clients("aiokafka", bootstrap)  # round robin only
    with pytest.raises(Refused) as refusal:
        second.consumer(six, group=group).poll(5)
    assert refusal.value.code == 23  # INCONSISTENT_GROUP_PROTOCOL


def test_new_partitions_are_given_to_the_group(
    client: Client, topic: str, group: str, admin: AdminClient
) -> None:
    members = [client.consumer(topic, group=group, metadata_max_age_ms=500) for _ in range(2)]
    settle(members, lambda owned: sorted(map(len, owned)) == [0, 1], "one of two has the only partition")
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(10)
    settle(members, shares_all(all_of(topic, 4)), "two members share four partitions")


def test_a_group_of_twenty_members_settles(
    unique: str, group: str, confluent: Client, new_topic: Callable[..., str]
) -> None:
    topic = new_topic(unique, 20)
    members = [confluent.consumer(topic, group=group) for _ in range(20)]
    settle(members, shares_all(all_of(topic, 20)), "twenty members have a partition each")


def test_thirty_groups_read_one_topic_at_the_same_time(topic: str, confluent: Client) -> None:
    fill(confluent, topic, 1, 200)
    members = [confluent.consumer(topic, group=f"{topic}-{n}") for n in range(30)]
    counts = [0] * len(members)

    def complete() -> bool:
        for index, member in enumerate(members):
            if counts[index] < 200:
                counts[index] += len(member.poll(0.02))
        return all(count == 200 for count in counts)

    until(complete, "every group has read everything")
    for member in members:
        member.commit()
        member.close()


def test_a_member_of_two_topics_gets_partitions_of_both(
    client: Client, unique: str, group: str, new_topic: Callable[..., str]
) -> None:
    topics = [new_topic(f"{unique}-{n}", 3) for n in range(2)]
    members = [client.consumer(*topics, group=group) for _ in range(2)]
    every = [(topic, partition) for topic in topics for partition in range(3)]

    def wanted(owned: list[set[Partition]]) -> bool:
        return sorted(p for partitions in owned for p in partitions) == every and all(owned)

    settle(members, wanted, "two members share two topics")
